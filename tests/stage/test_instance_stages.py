"""IRNet's stages from maps to instances and their score; artifacts that do not fit together are
refused by name.
"""

import json
import shutil

import pytest

from tests.conftest import NET, check_done, check_refused


@pytest.fixture(scope="module")
def irn(made, run_stage, tmp_path_factory):
    """A folder with an IRNet of one epoch, model, and its instances, a.json; to be read only."""
    folder = tmp_path_factory.mktemp("irn")
    index, maps = ["--index", made / "i.json"], ["--maps", made / "maps.h5"]
    confident, model = folder / "confident", ["--model", folder / "model"]
    options = ["--class-above", "0.6", "--out", confident]
    check_done(run_stage("find_confident", "irn", *index, *maps, *options))
    options = [*NET, "--output-stride", 16, "--out", folder / "model"]
    check_done(run_stage("train_affinity", "irn", *index, "--confident", confident, *options))
    options = ["--walk", '{"log_steps": 4}', "--out", folder / "a.json"]
    check_done(run_stage("find_instances", *index, *maps, *model, *options))
    return folder


@pytest.fixture
def instances(irn, tmp_path):
    """A copy of the instances with their record, to be damaged."""
    for name in ("a.json", "a.json.prov.json"):
        shutil.copy(irn / name, tmp_path / name)
    return tmp_path / "a.json"


@pytest.fixture
def write_instances(index_words, instances, stage):
    """Run the stage that writes and scores instances."""

    def run(*more):
        out = ["--coco", instances.with_name("c.json"), "--score", instances.with_name("ap.json")]
        return stage("write_instances", *index_words, "--shards", instances, *out, *more)

    return run


def test_irn_s_affinities_propagate_maps(irn, maps_words, stage, tmp_path):
    model = ["--model", irn / "model"]
    check_done(stage("propagate", "irn", *maps_words, *model, "--out", tmp_path / "walked.h5"))
    assert (tmp_path / "walked.h5").is_file()


def test_affinities_of_another_method_are_refused(irn, maps_words, stage, tmp_path):
    model = ["--model", irn / "model"]
    ended = stage("propagate", "psa", *maps_words, *model, "--out", tmp_path / "walked.h5")
    check_refused(ended, "other affinities")


def test_instances_are_written_and_scored(write_instances, instances):
    check_done(write_instances())
    coco = json.loads(instances.with_name("c.json").read_text())
    score = json.loads(instances.with_name("ap.json").read_text())
    assert len(coco["images"]) == 8 and score["instances"] == len(coco["annotations"])
    assert score["true_boxes"] > 0 and 0 <= score["ap50"] <= 100


def test_instances_of_another_split_are_refused(write_instances):
    check_refused(write_instances("--split", "val"), "val_0000")


def test_damaged_instances_are_refused(write_instances, instances):
    instances.write_text("{")
    check_refused(write_instances(), "a.json is not what")
    instances.with_name("a.json.prov.json").unlink()
    check_refused(write_instances(), "a.json cannot be read")
