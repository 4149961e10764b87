"""Settings are told plainly when wrong, and the generated files never drift from the models."""

import re
import shutil
from types import SimpleNamespace

import pytest
import yaml

from tests.conftest import PROJECT
from wsss.plan.config import config_model
from wsss.plan.config_files import config_text, schema_text
from wsss.plan.given import read_as_yaml
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.resources import JobResources
from wsss.plan.startup import command_without
from wsss.run.errors import UserError
from wsss.run.methods import load
from wsss.run.settings import read_yaml, validate

DEFAULT = yaml.safe_load((PROJECT / "config.yaml").read_text())


def test_generated_files_are_current():
    assert (PROJECT / "config.yaml").read_text() == config_text(), "run: make settings"
    assert (PROJECT / "config.schema.json").read_text() == schema_text(), "run: make settings"


def test_config_file_holds_every_default():
    assert validate(config_model(), DEFAULT).model_dump() == config_model()().model_dump()


def test_environment_pins_are_the_requirements():
    wanted = [line for line in (PROJECT / "requirements.txt").read_text().split() if line]
    assert (
        yaml.safe_load((PROJECT / "envs" / "wsss.yaml").read_text())["dependencies"][-1]["pip"]
        == wanted
    )


def test_every_setting_is_described():
    for kind in KINDS.values():
        for name, method in kind.methods.items():
            load(method.code)
            for field, info in load(method.settings).model_fields.items():
                assert info.description, f"{kind.name} {name}.{field}"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recpe": "seam"}, ["recpe", "did you mean 'recipe'"]),
        ({"recipe": "sem"}, ["'sem'", "did you mean 'seam'", "full"]),
        ({"classifier": {"epochs": "many"}}, ["classifier.epochs", "'many'", "integer"]),
        ({"classifier": {"epochs": -1}}, ["classifier.epochs", "-1", "greater than 0"]),
        ({"classifier": {"output_stride": 4}}, ["classifier.output_stride", "4", "8, 16 or 32"]),
        ({"classifier": {"seam": {"eer": 1}}}, ["classifier.seam.eer", "did you mean 'er'"]),
        ({"classifier": {"long_side": [500, 300]}}, ["classifier.long_side", "first number"]),
        ({"classifier": {"jitter": 2}}, ["classifier.jitter", "2", "less than or equal to 1"]),
        ({"cams": {"scales": []}}, ["cams.scales", "at least 1"]),
        ({"segmenter": {"output_stride": 32}}, ["segmenter", "v3plus"]),
        ({"dataset": "vok"}, ["dataset", "'vok'", "did you mean 'voc'"]),
        ({"data_root": "nowhere"}, ["data_root", "nowhere", "VOC"]),
    ],
)
def test_wrong_setting_is_one_line_that_helps(values, words):
    with pytest.raises(UserError) as error:
        Plan({**DEFAULT, **values}).chain("default")
    assert "\n" not in str(error.value)
    for word in words:
        assert word in str(error.value)


def test_a_key_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "twice.yaml"
    path.write_text("seed: 1\nwalk: {beta: 2}\nseed: 2\n")
    with pytest.raises(UserError, match=r"'seed' stands twice.*line 3"):
        read_yaml(path, "configuration")
    path.write_text("a: &a {x: 1}\nb: {<<: *a, x: 2}\nc: {<<: *a, y: 3}\n")
    assert read_yaml(path, "configuration")["b"] == {"x": 2}


def planned(**values):
    return Plan({**DEFAULT, "dataset": "mini", **values})


def test_recipes_share_the_beginning_of_their_chains():
    plan = planned()
    cam, psa = plan.chain("cam"), plan.chain("psa")
    assert [step.folder for step in cam.steps[:2]] == [step.folder for step in psa.steps[:2]]
    assert cam.steps[2].folder != psa.steps[2].folder


def test_a_setting_moves_its_step_and_what_follows():
    old = planned().chain("default")
    new = planned(walk={**DEFAULT["walk"], "beta": 7.0}).chain("default")
    moved = [a.name for a, b in zip(old, new) if a.folder != b.folder]
    assert moved == ["walk", "labels", "segmenter", "predict"]


def test_a_recipe_that_is_wrong_stops_only_itself(tmp_path):
    shutil.copytree(PROJECT / "recipes", tmp_path / "recipes")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "recipes" / "draft.yaml").write_text("about: a draft\nchain: {classifier: kam}\n")
    plan = Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path)
    folder = plan.chain("psa").step("walk").folder
    assert Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path).step(folder).name == "walk"
    with pytest.raises(UserError, match="'kam'"):
        plan.chain("draft")
    with pytest.raises(UserError, match="'kam'"):
        plan.own_folders("cam")  # else what the draft reaches would be taken for nobody's


def test_a_network_trained_on_seeds_predicts_without_a_segmenter():
    plan = planned()
    assert plan.chain("sec").names[-3:] == ["grow", "segmentation_maps", "predict"]
    assert plan.prediction("sec").inputs["model"].step.method == "sec"
    assert plan.prediction("dsrg").inputs["model"].step.method == "deeplab"


def test_the_dataset_s_folder_knows_no_path_and_no_seed(mini_root, tmp_path):
    shutil.copytree(mini_root, tmp_path / "other")
    roots = (mini_root, tmp_path / "other")
    bases = {
        Plan({**DEFAULT, "data_root": str(root), "seed": seed}).dataset.base
        for root in roots
        for seed in (0, 1)
    }
    assert len(bases) == 1
    listed = tmp_path / "other/ImageSets/Segmentation"
    (listed / "val.txt").write_text("val_0000\n")
    assert Plan({**DEFAULT, "data_root": str(tmp_path / "other")}).dataset.base in bases
    (listed / "train.txt").write_text("train_0000\n")
    assert Plan({**DEFAULT, "data_root": str(tmp_path / "other")}).dataset.base not in bases


def test_recipe_settings_win_over_the_configuration():
    assert planned().chain("psa").step("walk").settings["log_steps"] == 8


def test_what_is_typed_wins_over_recipes_and_a_row_over_both():
    typed = {"walk": {"log_steps": 5}, "seed": 3, "recipe": "psa"}
    plan = Plan(
        {**DEFAULT, **typed, "dataset": "mini", "walk": {**DEFAULT["walk"], **typed["walk"]}}, typed
    )
    walks = {name: plan.chain(name).step("walk").settings for name in ("psa", "irn")}
    assert (
        walks["psa"]["log_steps"] == walks["irn"]["log_steps"] == 5 and walks["irn"]["beta"] == 10
    )
    rows = dict(zip((row.name for row in plan.experiment("affinity").rows), plan.rows("affinity")))
    assert [c.steps[-1].settings["log_steps"] for c in rows["plain CAM + PSA, 16 steps"]] == [
        4,
        4,
        4,
    ]
    assert [c.step("classifier").settings["seed"] for c in rows["plain CAM"]] == [3, 4, 5]
    steps = [row[0].steps[-1].settings["log_steps"] for row in plan.rows("walk")]
    assert steps == [2, 4, 6, 8, 6, 2, 4, 6, 8]  # what a row's name promises


def test_all_experiments_resolve_and_choices_share_no_training():
    plan = planned()
    trained = {step.folder for step in plan.chain("cam") if step.of.trains}
    for name in plan.experiments:
        for chains in plan.rows(name):
            assert all(chain.steps for chain in chains)
            if plan.experiment(name).choice:
                assert not trained & {step.folder for chain in chains for step in chain}


def test_what_is_typed_in_braces_is_read_as_yaml():
    typed = {
        "affinity": {"output_stride": "8"},
        "walk": {"long_side": "null", "scales": ["0.5", "1"]},
        "row": "on: a: b",
    }
    assert read_as_yaml(typed) == {
        "affinity": {"output_stride": 8},
        "walk": {"long_side": None, "scales": [0.5, 1]},
        "row": "on: a: b",
    }
    assert read_as_yaml({"flip": "no", "seed": 3}) == {"flip": "no", "seed": 3}


def test_every_rule_says_what_it_needs():
    for path in sorted((PROJECT / "rules").glob("*.smk")):
        for rule in re.split(r"\n(?= *rule )", path.read_text())[1:]:
            if not re.search("rule (verify|clean|show_recipe)", rule):
                assert re.search(r"resources:\n\s+\*\*RESOURCES\.\w+\(", rule), (
                    path.name,
                    rule[:60],
                )
            assert "conda:" in rule and "log:" in rule, (path.name, rule[:60])


def test_jobs_ask_for_more_when_they_are_tried_again(index, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = planned(device="cuda", gpus=2)
    job = plan.steps.job(plan.chain("default").step("classifier"))
    training = JobResources(plan).training(lambda w: job)
    asked = [
        training[key](SimpleNamespace(), attempt)
        for key in ("mem_mb", "runtime")
        for attempt in (1, 2)
    ]
    assert asked[1] == pytest.approx(1.5 * asked[0], rel=0.03) and asked[3] == pytest.approx(
        1.5 * asked[2], rel=0.03
    )
    assert (
        training["gpu"] == 2
        and JobResources(planned(device="cpu")).training(lambda w: job)["gpu"] == 0
    )
    minutes = JobResources(plan).shard(100)["runtime"](SimpleNamespace(split="train"), 1)
    (tmp_path / "work" / plan.dataset.base).mkdir(parents=True)
    index.save(plan.dataset.index)
    assert (
        JobResources(planned()).shard(100)["runtime"](SimpleNamespace(split="train"), 1) < minutes
    )


def test_the_typed_command_is_told_without_its_targets():
    typed = ["--cores", "2", "--configfile", "my file.yaml"]
    for arguments in ([*typed, "--", "verify"], [*typed[:2], "verify", *typed[2:]]):
        assert (
            command_without(arguments, {"verify"})
            == "snakemake --cores 2 --configfile 'my file.yaml'"
        )
