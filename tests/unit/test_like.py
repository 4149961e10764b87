"""Files after --configfile that are like a preset or another file: which value counts, and what is
told of a `like` that leads nowhere.
"""

import json
import re
import subprocess

import pytest
import yaml

from tests.conftest import PROJECT
from tests.programs import program_folder
from wsss.plan.given import LIKE, read_given, read_layers
from wsss.plan.plan import Plan
from wsss.run.errors import UserError
from wsss.run.settings import merge

DEFAULT = yaml.safe_load((PROJECT / "config.yaml").read_text())
PRESETS = sorted((PROJECT / "presets").glob("*.yaml"))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def given(files, typed=None):
    """What Snakemake joins of config.yaml, files and command line, and then what holds."""
    values = DEFAULT
    for path in files:
        values = merge(values, yaml.safe_load(path.read_text()))
    return read_given(merge(values, typed or {}), typed or {}, files)


def preset(name):
    return yaml.safe_load((PROJECT / "presets" / f"{name}.yaml").read_text())


def test_a_file_like_a_preset_is_that_preset_with_its_own_values(tmp_path):
    own = write(tmp_path / "mine.yaml", "like: tiny\nsegmenter: {epochs: 5}\nthreads: 3\n")
    expected = merge(merge(DEFAULT, preset("tiny")), {"segmenter": {"epochs": 5}, "threads": 3})
    assert given([own]).values == expected


def test_likes_are_followed_by_paths_from_the_file_that_says_them(tmp_path):
    write(tmp_path / "a.yaml", "like: tiny\nsegmenter: {epochs: 5, batch: 7}\n")
    own = write(tmp_path / "deep" / "b.yaml", "like: ../a.yaml\nsegmenter: {batch: 6}\n")
    assert [layer.path.name for layer in read_layers(own)] == ["tiny.yaml", "a.yaml", "b.yaml"]
    segmenter = given([own]).values["segmenter"]
    assert (segmenter["epochs"], segmenter["batch"], segmenter["crop"]) == (5, 6, 64)


def test_what_files_are_like_comes_before_all_files_and_what_is_typed_after(tmp_path):
    plain = write(tmp_path / "plain.yaml", "segmenter: {epochs: 9, crop: 70}\n")
    like = write(tmp_path / "like.yaml", "like: tiny\nsegmenter: {epochs: 5}\n")
    for files, epochs in (([plain, like], 5), ([like, plain], 9)):
        values = given(files, {"segmenter": {"batch": 2}}).values
        segmenter = values["segmenter"]
        assert (segmenter["epochs"], segmenter["crop"], segmenter["batch"]) == (epochs, 70, 2)
        assert values["mini"]["train"] == 12 and LIKE not in values
        assert values["segmenter"]["lr"] == DEFAULT["segmenter"]["lr"]


def test_two_files_like_two_others_take_the_later_one(tmp_path):
    files = [
        write(tmp_path / f"{name}.yaml", f"like: {name}\n{key}: 3\n")
        for name, key in (("tiny", "seed"), ("laptop", "threads"))
    ]
    values = given(files).values
    assert values["segmenter"]["crop"] == 256 and values["mini"]["train"] == 12
    assert (values["seed"], values["threads"]) == (3, 3)


def test_files_that_are_like_nothing_are_as_snakemake_read_them(tmp_path):
    plain = write(tmp_path / "plain.yaml", "seed: 3\n")
    templated = {**DEFAULT, "seed": 4}  # Snakemake can fill in a file's templates
    assert read_given(templated, {}, [plain]).values == templated


def test_settings_that_moved_are_moved_in_what_a_file_is_like(tmp_path):
    write(tmp_path / "old.yaml", "grown: {stride: 4}\n")
    own = write(tmp_path / "own.yaml", "like: old.yaml\n")
    found = given([own])
    assert found.values["segmentation_maps"]["stride"] == 4
    assert found.moved == ["grown is now segmentation_maps"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("like: tinny\n", ["like 'tinny'", "did you mean 'tiny'", "laptop"]),
        ("like: nowhere/x.yaml\n", ["like 'nowhere/x.yaml'", "no file"]),
        ("like: [tiny, demo]\n", ['["tiny", "demo"]', "laptop", "take the line out"]),
        ("like:\n", ["null", "take the line out"]),
        ("like: 3\n", ["like is 3"]),
        ("like: own.yaml\n", ["'own.yaml' leads back to itself", "take the line out"]),
        ("like: other.yaml\n", ["other.yaml", "'own.yaml' leads back to itself"]),
        ("like: broken.yaml\n", ["broken.yaml cannot be read"]),
        ("like: twice.yaml\n", ["twice.yaml", "'seed' stands twice"]),
    ],
)
def test_a_like_that_leads_nowhere_is_one_line_with_the_way_out(tmp_path, text, words):
    write(tmp_path / "other.yaml", "like: own.yaml\n")
    write(tmp_path / "broken.yaml", "seed: [\n")
    write(tmp_path / "twice.yaml", "seed: 1\nseed: 2\n")
    with pytest.raises(UserError) as error:
        given([write(tmp_path / "own.yaml", text)])
    for word in (str(tmp_path), *words):
        assert word in str(error.value)


def test_like_is_for_files_only():
    with pytest.raises(UserError, match=r"on the command line.*--configfile presets"):
        given([], {"like": "tiny"})


def test_like_in_config_yaml_is_refused(tmp_path, monkeypatch):
    write(tmp_path / "config.yaml", "like: tiny\n")
    monkeypatch.setattr("wsss.plan.given.ROOT", tmp_path)
    with pytest.raises(UserError, match=r"in config\.yaml.*--configfile presets"):
        read_given({"like": "tiny"}, {}, [])


TRANSFORMERS = {"attention": "vit_tiny_patch16_224", "mctformer": "deit_small_patch16_224"}
"""recipe -> the backbone that its maps need, whatever the preset"""


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_presets_plan_every_recipe(path):
    plan = Plan({**given([path]).values, "dataset": "mini"})
    for recipe in plan.recipes:
        trained = [step for step in plan.chain(recipe) if step.kind in ("classifier", "segmenter")]
        networks = {step.settings["backbone"] for step in trained}
        assert networks - {TRANSFORMERS.get(recipe)} <= {"tf_efficientnet_lite0"}


TARGET = ("--", "results/full/mini_val_miou.txt")


def dry_run(folder, *arguments):
    """The settings of the one training of the recipe full, by Snakemake's own dry run."""
    command = [program_folder() / "snakemake", "-n", "-p", "--cores", "1"]
    snakefile = ["-s", str(PROJECT / "Snakefile")]
    run = subprocess.run(
        [*command, *snakefile, *arguments], cwd=folder, capture_output=True, text=True
    )
    return run, re.findall(r"train_segmenter\.py.*--settings '(\{.*?\})'", run.stdout + run.stderr)


def test_snakemake_lays_files_in_their_order(tmp_path):
    write(tmp_path / "a.yaml", "like: tiny\nsegmenter: {epochs: 5, batch: 7, crop: 70}\n")
    write(tmp_path / "sub" / "b.yaml", "like: ../a.yaml\nsegmenter: {batch: 6, crop: 80}\n")
    write(tmp_path / "c.yaml", "segmenter: {epochs: 9, crop: 90, poly: 0.5, warmup: 0.1}\n")
    typed = ["--config", "dataset=mini", "segmenter={poly: 0.7}"]
    run, (found,) = dry_run(tmp_path, "--configfile", "c.yaml", "sub/b.yaml", *typed, *TARGET)
    settings = json.loads(found)
    told = [settings[key] for key in ("lr", "epochs", "batch", "crop", "warmup", "poly")]
    assert told == [0.007, 9, 6, 80, 0.1, 0.7] and run.returncode == 0
    assert settings["backbone"] == "tf_efficientnet_lite0" and settings["long_side"] == [64, 96]
    assert "config: " not in run.stderr


def test_a_job_on_another_machine_has_the_same_settings_and_tells_no_note(tmp_path):
    """Snakemake starts it with the files and what was typed, and names the rule and its step."""
    own = write(tmp_path / "a.yaml", "like: tiny\nsegmenter: {epochs: 5}\n")
    given = ["--configfile", str(own), "--config", "dataset=mini", "walk={beta: 3}"]
    run, (planned,) = dry_run(tmp_path, *given, *TARGET)
    assert "config: walk.beta is read by no step" in run.stderr
    base, step = re.search(
        r"--out work/(.*?)/segmenter/(.*?)/model", run.stdout + run.stderr
    ).groups()
    job = ["--target-jobs", f"train_segmenter:base={base},step={step}", "--mode", "remote"]
    run, (found,) = dry_run(tmp_path, *job, "--force", *given)
    assert found == planned and "config: " not in run.stderr


def test_snakemake_ends_with_one_line_where_a_like_is_wrong(tmp_path):
    write(tmp_path / "a.yaml", "like: tinny\n")
    run, found = dry_run(tmp_path, "--configfile", "a.yaml", "--config", "dataset=mini", *TARGET)
    assert run.returncode == 1 and found == [] and "Traceback" not in run.stderr
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("error: ")]
    assert "did you mean 'tiny'" in line


def test_new_name_in_a_file_overrides_the_old_name_in_the_file_it_is_like(tmp_path):
    write(tmp_path / "base.yaml", "sure: {sure_foreground: 0.91, sure_background: 0.5}\n")
    own = write(tmp_path / "own.yaml", "like: base.yaml\nconfident: {foreground_above: 0.77}\n")
    read = given([own])
    confident = read.values["confident"]
    assert (confident["foreground_above"], confident["background_above"]) == (0.77, 0.5)
    assert read.stated["confident"]["foreground_above"] == 0.77 and read.moved
