"""The whole default chain at the size tiny through Snakemake: its result, and what a change of
settings or code makes again.
"""

import re
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.conftest import PROJECT, VOC
from tests.dag.runs import (
    AFTER_WALK,
    TARGET,
    edit,
    plan_jobs,
    read_json,
    run_snakemake,
    step_folders,
)
from wsss.data.index import Index

pytestmark = pytest.mark.skipif(VOC is not None, reason="reads the files of the synthetic dataset")
AFTER_LABELS = AFTER_WALK - {"propagate"}


def test_result_has_scores_of_every_stage(finished_run):
    result = read_json(finished_run / "results/mini_val_miou.json")
    assert result["recipe"] == "default" and result["dataset"] == "mini" and result["images"] == 6
    assert 0 <= result["miou"] <= 100 and set(result["per_class"]) > {"background", "fish"}
    assert list(result["stages"]) == [
        "cams",
        "refine",
        "seeds",
        "segmentation_maps",
        "confident",
        "walk",
        "labels",
    ]
    assert result["stages"]["cams"]["oracle"]["miou"] >= result["stages"]["cams"]["miou"]
    assert "mIoU" in (finished_run / TARGET).read_text()


def test_chain_file_names_existing_folders(finished_run):
    folders = step_folders(finished_run)
    assert len(folders) == 13
    for folder in folders.values():
        assert folder.is_dir()


def test_labels_contain_only_background_and_the_tags_of_the_photo(finished_run):
    index = Index.load(next(finished_run.glob("work/*/index.json")))
    labels = list(step_folders(finished_run)["labels"].glob("labels/train/*/*.png"))
    assert len(labels) == 12
    for path in labels:
        tags = set(index.photos[path.stem].tags)
        assert set(np.unique(np.array(Image.open(path)))) <= tags | {0}


def test_documented_use_of_the_network_runs(finished_run, tmp_path, monkeypatch):
    page = (PROJECT / "docs/usage.md").read_text().split("## Use the network")[1]
    code = re.search(r"^```python\n(.*?)^```", page, re.M | re.S)[1]
    index = Index.load(next(finished_run.glob("work/*/index.json")))
    photo = index.split("val")[0]
    for name in ("model.safetensors", "model.safetensors.json"):
        shutil.copy(step_folders(finished_run)["segmenter"] / name, tmp_path / name)
    shutil.copy(finished_run / index.image_path(photo), tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code.replace('("cat", "dog")', repr(index.classes)), names)
    assert names["labels"].shape == names["photo"].shape[:2]
    assert names["labels"].dtype == np.uint8 and names["labels"].max() <= len(index.classes)


def test_second_run_has_nothing_to_do(project):
    assert plan_jobs(project) == {}


def test_runtime_settings_rerun_nothing(project):
    assert plan_jobs(project, "workers=2", "device=cpu") == {}


def test_changed_setting_reruns_its_stage_and_later_ones(project):
    jobs = plan_jobs(project, "walk={beta: 6.0}")
    assert set(jobs) == AFTER_WALK
    assert jobs["score"] == 3


def test_typed_settings_override_those_of_the_recipe(project):
    jobs = plan_jobs(project, "confident={bilateral_rgb: 5}")
    assert {"find_confident", "train_affinity", "propagate"} <= set(jobs)
    target = "results/irn/mini_labels.txt"
    assert "train_affinity" in plan_jobs(project, "affinity={output_stride: 8}", target=target)


def test_recipes_share_equal_first_steps(project):
    jobs = plan_jobs(project, target="results/seam/mini_val_miou.txt")
    assert "propagate" in jobs and "make_index" not in jobs


def test_labels_are_scored_without_training_a_segmentation_network(project):
    jobs = plan_jobs(project, target="results/default/mini_labels.txt")
    assert set(jobs) == {"step_result"}
    other = plan_jobs(project, target="results/seam_dsrg/mini_labels.txt")
    assert set(other) == {"write_labels", "score", "step_result"}


EXPERIMENT = """
about: walks of two lengths and methods
beside: confident
rows:
  - {name: "PSA, 4 steps", recipe: psa, stage: walk, settings: {walk: {log_steps: 2}}}
  - {name: "PSA, 16 steps", recipe: psa, stage: walk, settings: {walk: {log_steps: 4}}}
  - {name: "IRNet, 4 steps", recipe: irn, stage: walk, settings: {walk: {log_steps: 2}}}
"""


def test_experiment_plans_the_scores_of_all_its_rows(project):
    (project / "experiments/lengths.yaml").write_text(EXPERIMENT)
    jobs = plan_jobs(project, target="claims_lengths")
    assert jobs["score_confident"] == jobs["score"] == 3 and jobs["train_affinity"] == 2
    assert jobs["claims_lengths"] == 1 and "train_segmenter" not in jobs
    assert plan_jobs(project) == {}


def test_comment_in_code_reruns_nothing(project):
    edit(project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-5  # a comment")
    assert plan_jobs(project) == {}


def test_edited_label_script_reruns_labels_and_later_stages(project):
    old, new = 'f"{photo_id}.png", values', 'photo_id + ".png", values'
    edit(project, "stages/write_labels.py", old, new)
    assert set(plan_jobs(project)) == AFTER_LABELS
    edit(project, "stages/write_labels.py", new, old)
    assert plan_jobs(project) == {}


def test_edited_crf_reruns_the_stages_that_import_it(project):
    edit(project, "wsss/crf/photo.py", "SMALLEST = 1e-5", "SMALLEST = 1e-6")
    run = run_snakemake(project, "-n", "--", TARGET)
    assert "code-of-find_confident.py-and-all-it-imports" in run.stdout + run.stderr
    assert set(plan_jobs(project)) == AFTER_WALK | {"find_confident", "train_affinity"}


def test_damaged_photo_is_reported_and_no_model_is_lost(project):
    photo = next(project.glob("work/*/photos/JPEGImages/val_0000.jpg"))
    data = photo.read_bytes()
    models = set(project.glob("work/**/model.safetensors"))
    photo.write_bytes(data[:400])
    run = run_snakemake(project, "--", TARGET)
    assert run.returncode == 1 and "val_0000.jpg cannot be read" in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
    photo.write_bytes(data)
    assert len(models) >= 4 and set(project.glob("work/**/model.safetensors")) == models
    assert not list(project.glob("work/**/*.tmp")) and plan_jobs(project) == {}
