"""Chains of multiple instance learning: trained on photos of another dataset, they run again for a
change of these and not for one of the dataset's own training photos.
"""

import json

import pytest

from tests.conftest import VOC
from tests.dag.runs import (
    copy_project,
    copy_run,
    make,
    plan_jobs,
    read_json,
    read_result,
    step_folders,
)
from tests.other_coco import write_other_coco
from wsss.data.images import read_labels
from wsss.data.superpixels import Superpixels

pytestmark = pytest.mark.skipif(VOC is not None, reason="reads synthetic photos")
TARGET = "results/mil/mini_val_miou.txt"
CONFIG = ["other_photos={root: other}"]
CUT = [*CONFIG, "recipe=cut"]


@pytest.fixture(scope="module")
def mil_run(tmp_path_factory):
    """The finished recipe mil, and one like it with superpixels; to be read only."""
    project = copy_project(tmp_path_factory.mktemp("mil") / "project")
    write_other_coco(project / "other")
    (project / "recipes/cut.yaml").write_text(
        "about: mil in superpixels\nlike: mil\nchain: {superpixels: slic}\n"
        "settings: {predict: {smoothing: superpixels, threshold: 0}}\n"
    )
    make(project, TARGET, "results/cut/mini_val_miou.txt", config=CONFIG)
    return project


@pytest.fixture
def mil_project(mil_run, tmp_path):
    return copy_run(mil_run, tmp_path / "project")


def test_result_says_what_was_known_and_the_mean_class_accuracy(mil_run):
    result = read_result(mil_run, "mil")
    assert result["supervision"] == ["tags of other photos"] and result["images"] == 6
    assert 0 <= result["recall"] <= 100
    assert f"mean class accuracy {result['recall']:.2f}" in (mil_run / TARGET).read_text()


def test_records_name_the_other_photos_and_not_the_datasets(mil_run):
    folders = step_folders(mil_run, "mil")
    assert list(folders) == ["other_photos", "classifier", "predict"]
    record = read_json(folders["classifier"] / "model.safetensors.prov.json")
    assert record["read"] == {} and list(record["inputs"]) == ["photos"]
    counts = read_json(folders["other_photos"] / "photos/counts.json")
    assert counts["photos"] == 10 and counts["left_out"] == 0


def test_superpixels_are_made_of_the_evaluated_photos_and_have_one_label_each(mil_run):
    folders = step_folders(mil_run, "cut")
    shards = sorted((folders["superpixels"] / "superpixels").glob("*/*-of-2"))
    assert {shard.parent.name for shard in shards} == {"val"}
    regions = Superpixels(shards).read("val_0000", (72, 96))
    (path,) = folders["predict"].glob("predictions/val/*/val_0000.png")
    labels = read_labels(path)
    for region in range(regions.max() + 1):
        assert len(set(labels[regions == region].tolist())) == 1


def test_finished_chain_runs_nothing_again(mil_project):
    assert plan_jobs(mil_project, *CONFIG, target=TARGET) == {}


def test_changed_tags_of_other_photos_train_again(mil_project):
    path = mil_project / "other/annotations/instances_train2017.json"
    data = json.loads(path.read_text())
    data["annotations"][0]["category_id"] = 13
    path.write_text(json.dumps(data))
    jobs = plan_jobs(mil_project, *CONFIG, target=TARGET)
    assert {"index_other_photos", "train_classifier", "predict"} <= set(jobs)
