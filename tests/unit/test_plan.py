"""From settings and recipes to chains: which steps two chains share, and whose settings win."""

import shutil

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.exports import ExportJobs
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import Plan
from wsss.plan.results import ResultJobs
from wsss.plan.scores import ScoreJobs
from wsss.plan.staleness import Staleness
from wsss.plan.upkeep import Upkeep, own_folders
from wsss.run.errors import UserError


def make_plan(**values):
    """The plan of the synthetic dataset with some settings changed."""
    return Plan({**DEFAULT, "dataset": "mini", **values})


def test_recipes_share_equal_first_steps():
    plan = make_plan()
    cam, psa = plan.chain("cam"), plan.chain("psa")
    assert [step.folder for step in cam.steps[:2]] == [step.folder for step in psa.steps[:2]]
    assert cam.steps[2].folder != psa.steps[2].folder


def test_setting_changes_folders_of_its_step_and_later_ones():
    old = make_plan().chain("default")
    new = make_plan(walk={**DEFAULT["walk"], "beta": 7.0}).chain("default")
    moved = [a.name for a, b in zip(old, new) if a.folder != b.folder]
    assert moved == ["walk", "labels", "segmenter", "predict"]


def test_wrong_recipe_does_not_stop_other_recipes(tmp_path):
    shutil.copytree(PROJECT / "recipes", tmp_path / "recipes")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "recipes" / "draft.yaml").write_text("about: a draft\nchain: {classifier: kam}\n")
    plan = Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path)
    folder = plan.chain("psa").step("walk").folder
    assert Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path).step(folder).name == "walk"
    with pytest.raises(UserError, match="'kam'"):
        plan.chain("draft")
    with pytest.raises(UserError, match="'kam'"):
        own_folders(plan, "cam")  # else what the draft reaches would be taken for nobody's


def test_a_network_trained_on_seeds_predicts_without_a_segmenter():
    plan = make_plan()
    assert plan.chain("sec").names[-3:] == ["grow", "segmentation_maps", "predict"]
    assert plan.prediction("sec").inputs["model"].step.method == "sec"
    assert plan.prediction("dsrg").inputs["model"].step.method == "deeplab"


def test_folder_of_a_dataset_does_not_depend_on_path_or_seed(mini_root, tmp_path):
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


def test_recipe_settings_override_the_configuration():
    assert make_plan().chain("psa").step("walk").settings["log_steps"] == 8


def test_typed_settings_override_those_of_recipes():
    typed = {"walk": {"log_steps": 5}, "recipe": "psa"}
    walk = {**DEFAULT["walk"], **typed["walk"]}
    plan = Plan({**DEFAULT, **typed, "dataset": "mini", "walk": walk}, typed)
    psa, irn = (plan.chain(name).step("walk").settings for name in ("psa", "irn"))
    assert psa["log_steps"] == irn["log_steps"] == 5 and irn["beta"] == 10


TWO_LABEL_MAPS = """
about: plain CAMs, two label maps
chain:
  classifier: cam
  labels: crf
  sharper: {kind: labels, method: crf}
  segmenter: {method: deeplab, inputs: {labels: sharper}}
"""


def test_results_name_the_labels_that_the_network_was_trained_on(tmp_path):
    shutil.copytree(PROJECT / "recipes", tmp_path / "recipes")
    (tmp_path / "experiments").mkdir()
    (tmp_path / "recipes" / "two.yaml").write_text(TWO_LABEL_MAPS)
    plan = Plan({**DEFAULT, "dataset": "mini"}, root=tmp_path)
    jobs = ResultJobs(plan, ScoreJobs(plan), CheckJobs(plan))
    named = {name: jobs.result(name, "val").options["trained_on"] for name in ("two", "psa", "sec")}
    assert named == {"two": "sharper", "psa": "labels", "sec": None}
    assert jobs.step_result("psa", "labels").options["trained_on"] is None


def test_dry_clean_names_folders_and_sizes_once(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    plan = make_plan()
    folder = tmp_path / "work" / own_folders(plan, "seam")[0]
    folder.mkdir(parents=True)
    (folder / "model").write_bytes(bytes(2_500_000))
    upkeep = Upkeep(plan, Staleness(), lambda: None, lambda: True)
    words = upkeep.clean("seam")
    assert upkeep.clean("seam") == words and str(folder.relative_to(tmp_path)) in words
    told = capsys.readouterr().err.splitlines()
    assert told == [f"would delete {folder.relative_to(tmp_path)} (2.5 MB)", "would free 2.5 MB"]
    Upkeep(plan, Staleness(), lambda: None).clean("seam")
    assert capsys.readouterr().err == "" and folder.is_dir()


def test_masks_of_all_photos_are_made_for_folders_of_photos_alone():
    plan = make_plan()
    jobs = ExportJobs(plan)
    for ask in (jobs.gather_masks, lambda recipe: jobs.export_labels(recipe, "masks", "coco")):
        with pytest.raises(UserError, match=r"not for mini; results/cam/mini_val_chain\.txt"):
            ask("cam")
    assert jobs.export_labels("cam", "labels", "coco").inputs["labels"]
