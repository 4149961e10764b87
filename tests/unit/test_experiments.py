"""Experiments: rows become chains, one for each seed; and the files in experiments/ resolve."""

import re
import shutil

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.experiments import read_experiment
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.plan.targets import names_of
from wsss.run.errors import UserError

PLAN = Plan({**DEFAULT, "dataset": "mini"})
"""the plan of the repository, with the experiments in experiments/"""
SEEDS = "{name: seeds, recipe: psa, stage: walk, seeds: 3, settings: {walk: {log_steps: 4}}}"
LENGTH = "{name: length, recipe: irn, stage: walk, settings: {walk: {log_steps: 2}}}"


def make_plan(folder, *rows, choice=False, typed=None, beside="nothing"):
    """A plan whose only experiment, `small`, has these rows, given as YAML."""
    shutil.copytree(PROJECT / "recipes", folder / "recipes", dirs_exist_ok=True)
    (folder / "experiments").mkdir(exist_ok=True)
    text = "".join(f"  - {row}\n" for row in rows)
    text = f"about: small\nbeside: {beside}\nchoice: {str(choice).lower()}\nrows:\n{text}"
    (folder / "experiments" / "small.yaml").write_text(text)
    values = {**DEFAULT, "dataset": "mini"}
    for name, value in (typed or {}).items():
        values[name] = {**DEFAULT[name], **value} if isinstance(value, dict) else value
    return Plan(values, typed or {}, root=folder)


def make_chains(folder, *rows):
    """The chains of the first seed of rows, given as YAML."""
    return [chains[0] for chains in make_plan(folder, *rows).rows("small")]


def test_row_has_a_chain_for_each_seed(tmp_path):
    (chains,) = make_plan(tmp_path, SEEDS).rows("small")
    assert [chain.step("classifier").settings["seed"] for chain in chains] == [0, 1, 2]
    assert [chain.steps[-1].name for chain in chains] == ["walk"] * 3
    assert len({chain.steps[-1].folder for chain in chains}) == 3


def test_row_ends_with_its_stage_and_has_its_settings(tmp_path):
    walked, refined = make_chains(tmp_path, LENGTH, "{name: b, recipe: seam, stage: refine}")
    assert walked.steps[-1].settings["log_steps"] == 2 and refined.steps[-1].name == "refine"


def test_row_may_train_longer(tmp_path):
    plain, longer = make_chains(
        tmp_path,
        "{name: a, recipe: seam, stage: cams}",
        "{name: b, recipe: seam, stage: cams, epochs: 1.5}",
    )
    before, after = (one.step("classifier").settings["epochs"] for one in (plain, longer))
    assert after == 1.5 * before
    assert plain.step("cams").settings == longer.step("cams").settings


def test_row_may_change_the_steps_of_its_recipe(tmp_path):
    steps = "{grow: sec, labels: null, segmenter: null}"
    (chain,) = make_chains(tmp_path, f"{{name: d, recipe: dsrg, stage: predict, chain: {steps}}}")
    assert [step.method for step in chain.steps[-3:]] == ["sec", "segmentation_maps", "predict"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (
            "{name: e, recipe: dsrg, stage: predict, chain: {grow: sek}}",
            r"row 'e'.*'sek'.*did you mean 'sec'",
        ),
        ("{name: c, recipe: seam, stage: walks}", r"no step 'walks'.*walk"),
    ],
)
def test_wrong_row_is_refused_by_name(row, words, tmp_path):
    with pytest.raises(UserError, match=words):
        make_chains(tmp_path, row)


def test_settings_of_a_row_override_typed_ones(tmp_path):
    typed = {"walk": {"log_steps": 5}, "seed": 3}
    seeds, length = make_plan(tmp_path, SEEDS, LENGTH, typed=typed).rows("small")
    assert [chain.steps[-1].settings["log_steps"] for chain in seeds] == [4, 4, 4]
    assert [chain.step("classifier").settings["seed"] for chain in seeds] == [3, 4, 5]
    assert length[0].steps[-1].settings["log_steps"] == 2


def find_scores(plan):
    """The splits that the rows of an experiment train on, and the files of their scores."""
    found = ExperimentJobs(plan, ScoreJobs(plan)).table("small").inputs["scores"]
    splits = {step.split for chains in plan.rows("small") for chain in chains for step in chain}
    return splits, [one.path for one in found]


def test_experiment_trains_on_train_and_is_scored_by_masks(tmp_path):
    splits, paths = find_scores(make_plan(tmp_path, SEEDS))
    assert splits == {"train"}
    assert len(paths) == 3 and all(path.endswith("-train.json") for path in paths)


def test_choice_trains_on_fit_and_is_scored_on_tune(tmp_path):
    row = "{name: a, recipe: psa, stage: predict}"
    plan = make_plan(tmp_path, row, choice=True)
    splits, paths = find_scores(plan)
    assert splits == {"fit"} and len(paths) == 1 and paths[0].endswith("-tune.json")
    trained = {step.folder for step in plan.chain("psa") if step.of.trains}
    assert not trained & {step.folder for step in plan.rows("small")[0][0]}


def test_rows_that_are_not_run_are_no_input_of_the_table(tmp_path):
    rows = [f"{{name: {name}, recipe: psa, stage: walk}}" for name in "abc"]
    plan = make_plan(tmp_path, *rows, typed={"claims_rows": 2})
    table = ExperimentJobs(plan, ScoreJobs(plan)).table("small")
    assert [one.label for one in table.inputs["scores"]] == ["0.0", "1.0"]
    assert len(plan.rows("small")) == 3


@pytest.mark.parametrize("name", PLAN.experiments)
def test_experiment_of_the_repository_resolves(name):
    experiment = PLAN.experiment(name)
    assert experiment.about and len({row.name for row in experiment.rows}) == len(experiment.rows)
    for row, chains in zip(experiment.rows, PLAN.rows(name)):
        assert len(chains) == row.seeds
        assert {chain.steps[-1].name for chain in chains} == {row.stage}


def test_a_row_is_compared_with_rows_that_exist(tmp_path):
    plain = "{name: plain, recipe: cam, stage: predict}"
    fine = "{name: better, recipe: cam, stage: predict, against: plain, ceiling: plain}"
    make_plan(tmp_path, plain, fine, beside="foreground").rows("small")
    make_plan(tmp_path, fine, plain, beside="foreground").rows("small")
    with pytest.raises(UserError, match=r"'plian', which is no row .did you mean 'plai"):
        wrong = fine.replace("ceiling: plain", "ceiling: plian")
        make_plan(tmp_path, plain, wrong, beside="foreground").rows("small")
    with pytest.raises(UserError, match=r"'against' is shown with 'beside: foreground'"):
        make_plan(tmp_path, plain, fine).rows("small")


ROW = "name: plain, recipe: cam, stage: predict"
PUBLISHED = f"{ROW}, published: '50'"


def read_text(path, row, beside="recipe", more=""):
    """The experiment of a file with one row."""
    path.write_text(f"about: small\nbeside: {beside}\n{more}\nrows: [{{{row}}}]\n")
    return read_experiment(path)


@pytest.mark.parametrize(
    ("row", "beside", "more", "words"),
    [
        (ROW, "recipe", "compared_with: [plian]", r"small.yaml is compared with 'plian'.*'plain'"),
        (ROW, "recipe", "choice: true", r"row 'plain': 'beside: recipe' shows scores on val"),
        (f"{ROW}, against: plain", "recipe", "", r"'against' is shown with 'beside: foreground';"),
        (f"{ROW}, ceiling: plain", "nothing", "", r"with 'beside: foreground' or 'beside: recipe'"),
        (PUBLISHED, "foreground", "", r"row 'plain': 'published' is shown with 'beside: recipe'"),
    ],
)
def test_experiment_of_whole_recipes_that_contradicts_itself_is_refused(
    row, beside, more, words, tmp_path
):
    with pytest.raises(UserError, match=words):
        read_text(tmp_path / "small.yaml", row, beside, more)


def test_whole_recipes_may_be_compared_with_several_rows(tmp_path):
    row = f"{PUBLISHED}, ceiling: plain"
    found = read_text(tmp_path / "small.yaml", row, more="compared_with: [plain]")
    assert found.compared_with == ("plain",) and found.rows[0].published == "50"


def test_whole_recipes_are_read_with_their_last_maps_and_labels(tmp_path):
    rows = [f"{{name: {name}, recipe: {name}, stage: predict}}" for name in ("seam", "rrm", "sec")]
    plan = make_plan(tmp_path, *rows, beside="recipe")
    job = ExperimentJobs(plan, ScoreJobs(plan)).table("small")
    paths = {}
    for score in job.inputs["scores"]:
        paths.setdefault(score.label, []).append(score.path.split("/")[2])
    assert paths == {
        "0.0": ["refine", "labels", "predict"],
        "1.0": ["online_labels", "online_labels", "predict"],
        "2.0": ["cams", "predict"],
    }
    assert job.options["trainings"] == ["0=3", "1=1", "2=2"]
    assert job.options["recipes"][0].startswith("0=SEAM (CVPR 2020)")
    assert job.options["known"] == ["0=tags", "1=tags", "2=tags"]
    folders = [word.partition("=")[2] for word in job.options["folders"] if word.startswith("0.0=")]
    assert folders == [f"work/{step.folder}" for step in plan.rows("small")[0][0]]
    plan = make_plan(tmp_path, "{name: a, recipe: cam, stage: cams}", beside="recipe")
    with pytest.raises(UserError, match=r"compares predictions.*ends with 'cams'"):
        ExperimentJobs(plan, ScoreJobs(plan)).table("small")


def test_table_of_all_recipes_has_what_is_published_and_shares_rows_of_others():
    rows = dict(zip([row.name for row in PLAN.experiment("results").rows], PLAN.rows("results")))
    network = PLAN.experiment("network").rows
    for row, chains in zip(network, PLAN.rows("network")):
        if row.name in rows and row.stage == "predict":
            assert chains[0].steps[-1].folder == rows[row.name][0].steps[-1].folder, row.name
    pages = ("published.yaml", "claims.md")
    told = " ".join((PROJECT / "docs" / page).read_text() for page in pages)
    for row in PLAN.experiment("results").rows:
        if row.published:
            figure = row.published.removesuffix(".0")
            assert re.search(rf"\b{re.escape(figure)}\b", told), row.name


def test_short_name_of_the_table_of_all_recipes_is_of_its_experiment():
    assert names_of(PLAN, "results_table") == names_of(PLAN, "claims_results") != []
