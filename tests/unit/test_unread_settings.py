"""The note on settings that people gave and that nothing in use reads."""

import subprocess

import pytest
import yaml

from tests.conftest import PROJECT
from tests.programs import program_folder
from wsss.nets.resnet38 import ResNet38
from wsss.plan.given import read_given
from wsss.plan.missing_weights import IN_NO_HUB, weights_note
from wsss.plan.notes import Notes
from wsss.plan.plan import Plan
from wsss.plan.targets import chains_of, names_of
from wsss.plan.unread import unread_note
from wsss.run.settings import merge

DEFAULT = yaml.safe_load((PROJECT / "config.yaml").read_text())
CAM = "results/cam/mini_val_miou.txt"
KINDS_OF_CAM = "(kinds in use: classifier, cams, labels, segmenter, predict)"


def plan_of(typed, files=(), base=DEFAULT):
    """The plan of what was typed and of files, as Snakemake joins them."""
    typed = {"dataset": "mini", **typed}
    values = base
    for path in files:
        values = merge(values, yaml.safe_load(path.read_text()))
    given = read_given(merge(values, typed), typed, files)
    return Plan(given.values, given.typed, stated=given.stated)


def note(typed, *targets, files=()):
    return unread_note(plan_of(typed, files), targets)


def test_a_key_of_a_step_that_the_recipe_lacks_is_reported():
    named = note({"grow": {"epochs": 3}}, CAM)
    assert named == f"config: grow.epochs is read by no step of recipe cam {KINDS_OF_CAM}"
    assert note({"grow": {"epochs": 3}}, "results/dsrg/mini_val_miou.txt") == ""
    boxes = {"annotations": {"boxes": ["b.csv"]}}
    for recipe in ("boxes", "mixture"):
        assert note(boxes, f"results/{recipe}/mini_val_miou.txt") == ""


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"classifier": {"seam": {"er": 2}}}, "classifier.seam.er"),
        ({"classifier": {"epochs": 2}, "labels": {"crf": {"alpha": 2}}}, ""),
        ({"labels": {"argmax": {"alpha": 2}}}, "labels.argmax.alpha"),
        ({"walk": {"beta": 3}}, "walk.beta"),
        ({"walk": {"beta": 8}, "grow": {"batch": "20"}}, ""),
        ({"saliency": {"learned": {"scales": [1]}}}, "saliency.learned.scales"),
        ({"training": {"batch": 3}}, ""),
        ({"steps": {"walk": {"beta": 3}}}, "steps.walk.beta"),
        ({"steps": {"labels": {"alpha": 3}}}, ""),
        ({"steps": {"labels": {"crf": {"alpha": 3}}}}, ""),
        ({"steps": {"labels": {"argmax": {"alpha": 3}}}}, "steps.labels.argmax.alpha"),
        ({"instances": {"iterations": 3}}, "instances.iterations"),
        ({"consistency": {"flip": False}}, ""),
        ({"report": {"pixels": 100}, "seed": 3, "shards": 3, "threads": 1}, ""),
        ({"mini": {"train": 3}}, ""),
        ({"saliency_photos": {"held_out": 3}}, "saliency_photos.held_out"),
        ({"recipe": "psa", "compare": ["cam"]}, ""),
        ({"grown": {"stride": 4}}, "segmentation_maps.stride"),
        ({"annotations": {"boxes": ["b.csv"]}}, "annotations.boxes"),
    ],
)
def test_what_the_recipe_cam_does_not_read(typed, named):
    line = note(typed, CAM)
    assert bool(line) == bool(named) and named in line and "\n" not in line


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"mini": {"train": 3}, "dataset": "voc"}, "mini.train is not read for the dataset voc"),
        ({"folder": {"val_share": 0.3}}, "folder.val_share is not read for the dataset mini"),
        ({"download": {"voc_md5": "a"}}, "download.voc_md5 is not read for the dataset mini"),
        ({"data_root": "x", "train_split": "trainaug"}, "data_root, train_split are not read"),
        ({"download": {"voc_md5": "a"}, "dataset": "voc"}, ""),
    ],
)
def test_what_the_dataset_does_not_read(typed, named):
    line = note(typed, "results/cam/voc_val_miou.txt")
    assert bool(line) == bool(named) and named in line


def test_a_folder_of_photos_reads_its_section_and_no_download(tmp_path):
    typed = {"dataset": "pets", "data_root": str(tmp_path), "folder": {"val_share": 0.3}}
    assert note(typed) == ""
    voc = tmp_path / "JPEGImages"
    voc.mkdir()
    typed = {"dataset": "voc", "data_root": str(tmp_path), "download": {"voc_md5": "a"}}
    assert "download.voc_md5 is not read" in note(typed)


def test_the_section_of_a_loss_that_no_training_has_is_reported():
    typed = {"segmenter": {"dense_crf": {"weight": 3}}}
    assert "segmenter.dense_crf.weight is read by no step" in note(typed, CAM)
    assert note({"segmenter": {"regulariser": "dense_crf", **typed["segmenter"]}}, CAM) == ""
    other = merge(typed, {"segmenter": {"regulariser": "dfr", "dfr": {"radius": 3}}})
    line = note(other, CAM)
    assert "dense_crf.weight" in line and "dfr.radius" not in line


def test_both_reasons_are_one_line():
    line = note({"grow": {"epochs": 3}, "download": {"voc_md5": "a"}}, CAM)
    assert "grow.epochs" in line and "download.voc_md5" in line
    assert f"are read by no step of recipe cam and not for the dataset mini {KINDS_OF_CAM}" in line


def test_shared_keys_are_reported_where_no_training_takes_them():
    full = "results/full/mini_val_miou.txt"
    assert note({"training": {"batch": 3}}, full) == ""
    assert "training.crop (stated by segmenter) is read by no step" in note(
        {"training": {"crop": 300}}, full
    )
    assert note({"training": {"crop": 300}}, CAM) == ""  # the classifier takes it
    typed = {"training": {"batch": 3}, "segmenter": {"batch": 4}}
    assert "training.batch (stated by segmenter) is" in note(typed, full)


def test_shared_keys_are_reported_where_nothing_trains():
    plan = plan_of({"training": {"batch": 3}})
    chain = plan.chain("superpixels")
    line = unread_note(plan, ["results/superpixels/report/index.html"])
    assert [step.kind for step in chain] == ["superpixels"]
    assert "training.batch is read by no step of recipe superpixels (kinds in use: superp" in line


def test_thresholds_that_a_step_finds_are_reported():
    target = "results/default/mini_val_miou.txt"
    line = note({"seeds": {"foreground": 0.7, "conflict": "none"}}, target)
    assert "seeds.foreground (found by the step thresholds) is read by no step" in line
    assert "conflict" not in line
    assert "(found by" in note({"steps": {"seeds": {"foreground": 0.7}}}, target)
    assert note({"seeds": {"foreground": 0.7}}, "results/dsrg/mini_val_miou.txt") == ""


def test_five_are_named_and_the_others_counted():
    grow = {
        "epochs": 3,
        "batch": 3,
        "crop": 300,
        "lr": 0.1,
        "poly": 0.1,
        "warmup": 0.1,
        "jitter": 1,
    }
    line = note({"grow": grow}, CAM)
    assert line.count("grow.") == 5 and ", 2 more are read by" in line
    assert "more" not in note({"grow": {key: grow[key] for key in list(grow)[:5]}}, CAM)


def test_values_of_presets_are_not_reported_but_those_of_own_files_are(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("like: laptop\nwalk: {long_side: 300}\nseeds: {foreground: 0.2}\n")
    presets = [PROJECT / "presets" / f"{name}.yaml" for name in ("laptop", "claims", "tiny")]
    for path in presets:
        assert note({}, CAM, files=[path]) == ""
    line = note({}, CAM, files=[own])
    assert line.startswith("config: walk.long_side is read by no step of recipe cam")
    assert note({}, "results/psa/mini_val_miou.txt", files=[presets[0], own]) == ""


def test_an_edited_config_yaml_is_reported(tmp_path, monkeypatch):
    edited = merge(DEFAULT, {"walk": {"beta": 3}, "cams": {"stride": 4}})
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(edited))
    monkeypatch.setattr("wsss.plan.given.ROOT", tmp_path)
    line = unread_note(plan_of({}, base=edited), [CAM])
    assert line.startswith("config: walk.beta is read by no step of recipe cam")


def test_the_recipes_of_targets():
    plan = plan_of({"recipe": "psa", "compare": ["cam", "sec"]})
    found = {
        "all": ["psa"],
        "results/mini_val_miou.txt": ["psa"],
        "show_recipe": ["psa"],
        "verify": ["psa"],
        "results/seam/mini_val_miou.txt": ["seam"],
        "results/irn/report/index.html": ["irn"],
        "compare": ["cam", "sec"],
        "results/compare/report.html": ["cam", "sec"],
        "claims_walk": ["experiment walk"],
        "results/claims/mini_walk.md": ["experiment walk"],
        "claims_nothing": [],
        "results/nothing/mini_val_miou.txt": [],
        "clean_unused": [],
        "work/mini-1/walk/psa-2/model.safetensors": [],
    }
    assert {target: names_of(plan, target) for target in found} == found
    assert chains_of(plan, [])[0] == "recipe psa"
    words, chains = chains_of(plan, ["compare", "claims_seam"])
    assert words == "recipes cam, sec or experiment seam"
    assert len(chains) == 2 + sum(map(len, plan.rows("seam")))
    words, chains = chains_of(plan, ["clean_unused", CAM])
    assert words == "any recipe" and len(chains) > len(plan.recipes)


@pytest.mark.parametrize(
    ("target", "named"),
    [("claims_seam", True), ("claims_walk", False), ("compare", False), ("clean_unused", False)],
)
def test_rows_and_compared_recipes_are_in_use(target, named):
    assert bool(note({"walk": {"beta": 3}}, target)) == named


def test_a_wrong_recipe_gives_no_note():
    plan = plan_of({"grow": {"epochs": 3}})
    plan.recipes["cam"] = PROJECT / "recipes" / "nowhere.yaml"
    assert unread_note(plan, [CAM]) == ""


def test_the_note_is_printed_once_and_by_no_job(capsys):
    plan = plan_of({"grow": {"epochs": 3}})
    for main, lines in ((True, 1), (False, 0)):
        named = Notes(plan, lambda: [CAM], main)
        named.tell()
        named.tell()
        assert len(capsys.readouterr().err.splitlines()) == lines


def test_weights_that_are_not_there_are_told_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert weights_note(plan_of({}), [CAM]) == ""
    told = weights_note(plan_of({"classifier": {"backbone": "resnet38"}}), [CAM])
    assert told.startswith("weights: those of resnet38 have to be given as a file")
    own = plan_of({"training": {"weights": "a.params", "backbone": "resnet38"}})
    told = "weights: there is no file 'a.params'; correct the setting weights"
    (tmp_path / "a.params").mkdir()
    assert weights_note(own, [CAM]) == told
    (tmp_path / "a.params").rmdir()
    assert weights_note(own, [CAM]) == told and weights_note(own, ["clean"]) == ""
    (tmp_path / "a.params").touch()
    assert weights_note(own, [CAM]) == ""


def test_backbones_without_weights_in_a_hub_are_known():
    assert IN_NO_HUB == ("resnet38",) and ResNet38.hub_name is None


def test_snakemake_tells_it_when_it_plans(tmp_path):
    command = [program_folder() / "snakemake", "-n", "--cores", "1"]
    given = ["-s", str(PROJECT / "Snakefile"), "--config", "dataset=mini", "grow={epochs: 3}"]
    run = subprocess.run(
        [*command, *given, "--", CAM], cwd=tmp_path, capture_output=True, text=True
    )
    named = [line for line in run.stderr.splitlines() if line.startswith("config: ")]
    assert named == [f"config: grow.epochs is read by no step of recipe cam {KINDS_OF_CAM}"]
    assert run.returncode == 0
