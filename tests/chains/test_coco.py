"""Chains on COCO: a photo without annotations and a grey one go through all of it, and a change of
the annotations runs again only what read what changed.
"""

import json
import shutil

import numpy as np
import pytest

from tests.coco_folder import SMALL, write_coco_folder
from tests.conftest import VOC
from tests.dag.runs import copy_project, copy_run, make, plan_jobs
from wsss.data.images import read_labels
from wsss.data.maps import MapReader

TARGET = "results/cam/coco_val_miou.txt"
pytestmark = pytest.mark.skipif(VOC is not None, reason="reads synthetic photos")
SCORED = {"draw_masks", "score", "result"}


@pytest.fixture(scope="module")
def coco_run(tmp_path_factory):
    """The finished chain of the recipe cam, and its settings; to be read only."""
    place = tmp_path_factory.mktemp("coco")
    config = ["dataset=coco", f"data_root={write_coco_folder(place / 'photos')}"]
    project = copy_project(place / "project")
    make(project, TARGET, config=config)
    return project, config


def find(project, pattern):
    """The only path that fits."""
    (path,) = project.glob(pattern)
    return path


def test_photo_without_annotations_has_no_map_and_background_as_its_label(coco_run):
    project, _ = coco_run
    maps = MapReader(list(project.glob("work/*/cams/*/maps/train/*.h5")))
    assert maps["train_001"].scores.shape[0] == 0
    assert maps["train_002"].scores.shape[0] == 1
    assert not read_labels(find(project, "work/*/labels/*/labels/train/*/train_001.png")).any()


@pytest.mark.slow
def test_default_chain_seeds_background_alone_where_nothing_is_annotated(coco_run, tmp_path):
    original, config = coco_run
    project = copy_run(original, tmp_path / "project")
    make(project, "results/coco_val_miou.txt", config=config)
    seeds = read_labels(find(project, "work/*/seeds/*/seeds/train/*/train_001.png"))
    assert not np.setdiff1d(seeds, [0, 255]).size
    for path in project.glob("work/*/labels/*/labels/train/*/train_001.png"):
        assert not read_labels(path).any()


def test_moved_folder_and_a_json_in_another_form_run_nothing_again(coco_run, tmp_path):
    original, config = coco_run
    project = copy_run(original, tmp_path / "project")
    moved = shutil.copytree(config[1].partition("=")[2], tmp_path / "moved")
    config = [config[0], f"data_root={moved}"]
    assert plan_jobs(project, *config, target=TARGET) == {}
    path = moved / "annotations" / "instances_train2017.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    assert plan_jobs(project, *config, target=TARGET) == {}


def change_json(config, split, change):
    """Apply `change` to the list of annotations of a split."""
    root = config[1].partition("=")[2]
    path = f"{root}/annotations/instances_{split}2017.json"
    with open(path) as file:
        before = file.read()
    data = json.loads(before)
    change(data["annotations"])
    with open(path, "w") as file:
        json.dump(data, file)


def test_changed_shapes_run_scores_again_and_changed_tags_train(coco_run, tmp_path):
    original, config = coco_run
    project = copy_run(original, tmp_path / "project")
    assert plan_jobs(project, *config, target=TARGET) == {}
    change_json(config, "val", lambda rows: rows[0].update(segmentation=SMALL, id=1))
    jobs = plan_jobs(project, *config, target=TARGET)
    assert set(jobs) == SCORED and jobs["draw_masks"] == 2 and jobs["score"] == 1
    make(project, TARGET, config=config)
    assert plan_jobs(project, *config, target=TARGET) == {}
    change_json(config, "train", lambda rows: rows[0].update(category_id=90))
    assert "train_classifier" in plan_jobs(project, *config, target=TARGET)
