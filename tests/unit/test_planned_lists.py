"""Lists of photos in the settings: which jobs they add, and what runs again when one is edited."""

import shutil
from pathlib import Path

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.artifacts import TYPES
from wsss.plan.expected import Expected, plain_options
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import Plan
from wsss.plan.results import ResultJobs
from wsss.plan.scores import ScoreJobs
from wsss.plan.staleness import Staleness
from wsss.run.errors import UserError
from wsss.run.files import write_json
from wsss.run.records import GivenArtifact, Input, Record, content_digest, read_record


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, index):
    """The current folder, with a list of photos and the dataset's index."""
    monkeypatch.chdir(tmp_path)
    Path("few.txt").write_text("val_0000\nval_0001\n")
    path = Path(make_plan().dataset.index)
    path.parent.mkdir(parents=True)
    index.save(path)


def make_plan(root=PROJECT, **values):
    """The plan of the synthetic dataset with the list `few`, and some settings changed."""
    return Plan({**DEFAULT, "dataset": "mini", "lists": {"few": "few.txt"}, **values}, root=root)


def make_results(plan):
    """What gives the results of a plan's recipes."""
    return ResultJobs(plan, ScoreJobs(plan), CheckJobs(plan))


def finish(job):
    """Write the records of a job's outputs as its stage would, after those that it reads. An
    output that does not exist gets some content.
    """
    for artifact in job.artifacts:
        if artifact.job and read_record(artifact.path) is None:
            finish(artifact.job)
    inputs = {}
    for name, artifacts in job.inputs.items():
        if artifacts:
            inputs[name] = Input.of([as_given(artifact) for artifact in artifacts])
    expected, options = Expected(), plain_options(job.options)
    code, read = expected.code(job), expected.read(job)
    for path in job.outputs.values():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if not Path(path).exists():
            Path(path).write_text(path)
        outputs = {Path(path).name: content_digest(path)}
        record = Record(
            job.stage, job.method, job.settings, options, code, {}, read, inputs, outputs, {}, path
        )
        write_json(f"{path}.prov.json", record.as_json())


def as_given(artifact):
    """An artifact as a stage records it; a file of the user's has no record."""
    digest, record = content_digest(artifact.path), read_record(artifact.path)
    return GivenArtifact(artifact.label, digest, record.lineage if record else digest)


def test_an_edited_list_runs_only_its_score_and_its_results_again():
    plan = make_plan()
    results = make_results(plan)
    jobs = {split: results.result("default", split) for split in ("val", "few")}
    listed = jobs["few"].inputs["score"][0].job
    copied = results.configured_result("few")
    for job in (*jobs.values(), copied):
        finish(job)
    fresh = Staleness()
    assert all(fresh.is_fresh(job) for job in (*jobs.values(), listed, copied))
    Path("few.txt").write_text("val_0001\n")
    judge = Staleness()
    assert judge.reasons(listed) == ["what it reads as list"]
    assert judge.reasons(jobs["few"]) == ["score_list before it is made anew"]
    assert judge.reasons(copied) == ["result before it is made anew"]
    assert judge.is_fresh(jobs["val"])
    for base in (*listed.inputs["score"], *listed.inputs["counts"]):
        assert judge.is_fresh(base.job) and base.job.rule == "score"


def test_a_list_moves_no_folder_and_changes_no_other_job():
    with_list, without = make_plan(), make_plan(lists={})
    for recipe in ("default", "dsrg", "irn"):
        folders = [step.folder for step in with_list.chain(recipe)]
        assert folders == [step.folder for step in without.chain(recipe)]
        jobs = [make_results(plan).result(recipe, "val") for plan in (with_list, without)]
        assert jobs[0] == jobs[1]
    assert with_list.dataset.base == without.dataset.base


def test_result_of_a_list_reads_the_counts_of_val():
    plan = make_plan()
    job = make_results(plan).result("cam", "few")
    assert job.outputs["table"] == "results/cam/mini_few_miou.txt" and job.rule == "result"
    score, step = job.inputs["score"][0], plan.prediction("cam")
    val = ScoreJobs(plan).score(step, TYPES["predictions"], "val")
    assert score.path == f"work/{step.folder}/scores/predictions-val-few.json"
    assert [one.path for one in score.job.inputs["counts"]] == [val.outputs["counts"]]
    assert score.job.index is None


def test_paths_are_relative_to_the_folder_of_photos(mini_root, tmp_path):
    root = shutil.copytree(mini_root, tmp_path / "voc")
    (root / "ImageSets/Segmentation/some.txt").write_text("val_0000\n")
    lists = {"some": "ImageSets/Segmentation/some.txt", "few": str(tmp_path / "few.txt")}
    plan = make_plan(dataset="voc", data_root=str(root), lists=lists)
    for name, path in (("some", root / lists["some"]), ("few", tmp_path / "few.txt")):
        score = make_results(plan).result("cam", name).inputs["score"][0]
        assert [one.path for one in score.job.inputs["list"]] == [str(path)]


@pytest.mark.parametrize(
    ("lists", "words"),
    [
        ({"val": "few.txt"}, "names 'val', which is the name of a split"),
        ({"heldout": "few.txt"}, "names 'heldout', which is the name of a split"),
        ({"labels": "few.txt"}, "names 'labels', which is the name of a step"),
        ({"val_160": "few.txt"}, r"'lists\.val_160.*should match pattern"),
        ({"few": 3}, r"'lists\.few' is 3"),
    ],
)
def test_wrong_names_of_lists_are_refused(lists, words):
    with pytest.raises(UserError, match=words):
        make_plan(lists=lists)


def test_a_missing_list_stops_only_its_own_targets():
    plan = make_plan(lists={"few": "ImageSets/none.txt"})
    results = make_results(plan)
    assert results.result("cam", "val").outputs
    with pytest.raises(UserError, match=r"'lists\.few' is 'ImageSets/none\.txt', but there is no"):
        results.result("cam", "few")
    step = plan.prediction("cam")
    with pytest.raises(UserError, match=r"no list 'fev' \(did you mean 'few'\?\)"):
        ScoreJobs(plan).list_job(step, "fev")


def read_labels(folder, beside="foreground", choice=False):
    """The labels of the scores on lists in the table of an experiment with three rows."""
    shutil.copytree(PROJECT / "recipes", folder / "recipes", dirs_exist_ok=True)
    (folder / "experiments").mkdir(exist_ok=True)
    rows = ["plain, seeds: 2", "better", "labels"]
    lines = [f"about: small\nbeside: {beside}\nchoice: {str(choice).lower()}\nrows:"]
    for row, stage in zip(rows, ("predict", "predict", "predict" if choice else "labels")):
        lines.append(f"  - {{name: {row}, recipe: cam, stage: {stage}}}")
    (folder / "experiments" / "small.yaml").write_text("\n".join(lines))
    plan = make_plan(root=folder)
    found = ExperimentJobs(plan, ScoreJobs(plan)).table("small").inputs["list_scores"]
    assert all(artifact.path.endswith("predictions-val-few.json") for artifact in found)
    return [artifact.label for artifact in found]


def test_experiments_that_show_the_foreground_read_the_scores_of_lists(tmp_path):
    assert read_labels(tmp_path) == ["0.0.few", "0.1.few", "1.0.few"]
    assert read_labels(tmp_path, beside="nothing") == []
    assert read_labels(tmp_path, choice=True) == []
