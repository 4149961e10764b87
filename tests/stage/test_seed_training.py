"""A network on seeds: the same model with and without masks, and one started from another."""

import json
import shutil

import pytest

from tests.stage.test_scripts import NET, one_line
from wsss.run.records import Given, Input, content_digest


@pytest.fixture(scope="module")
def house(mini_root, tmp_path_factory, run_stage):
    """Photos with masks, their index, and their masks in the place of seeds."""
    folder = tmp_path_factory.mktemp("seeds")
    shutil.copytree(mini_root, folder / "photos")
    shutil.copytree(mini_root / "SegmentationClass", folder / "seeds")
    made = run_stage("make_index", "--name", "mini", "--data-root", folder / "photos",
                     "--out", folder / "i.json")
    assert made.returncode == 0, made.stderr
    grown = run_stage(*grow(folder, "with"))
    assert grown.returncode == 0, grown.stderr
    return folder


def grow(folder, name, *more):
    return ["grow_seeds", "sec", "--index", folder / "i.json", "--seeds", folder / "seeds", *NET,
            "--hidden", "8", "--out", folder / name / "m.safetensors", *more]


def test_a_model_is_the_same_without_masks(house, run_stage, tmp_path):
    model = house / "with" / "m.safetensors"
    measured = json.loads((house / "with" / "m.safetensors.measured.json").read_text())
    assert measured["history"][0]["supervision_precision"] > 99
    described = json.loads((house / "with" / "m.safetensors.json").read_text())
    assert "supervision_precision" not in described["history"][0]
    out = ["--picture", tmp_path / "s.png", "--table", tmp_path / "s.csv"]
    assert run_stage("draw_supervision", "--model", model, *out).returncode == 0
    assert float((tmp_path / "s.csv").read_text().splitlines()[1].split(",")[3]) > 99
    shutil.copytree(house / "with", house / "without")
    shutil.rmtree(house / "photos" / "SegmentationClass")
    done = run_stage(*grow(house, "without"))
    assert done.returncode == 0, done.stderr
    for name in ("m.safetensors", "m.safetensors.json"):
        assert (house / "without" / name).read_bytes() == (house / "with" / name).read_bytes()
    assert not (house / "without" / "m.safetensors.measured.json").exists()


def test_a_training_starts_from_a_model(house, run_stage):
    model = house / "with" / "m.safetensors"
    nowhere = ["--weights", str(house / "nowhere.pth")]
    done = run_stage(*grow(house, "started", "--start", model, *nowhere))
    assert done.returncode == 0 and f"started from {model}" in done.stdout, done.stderr
    record = json.loads((house / "started" / "m.safetensors.prov.json").read_text())
    assert record["inputs"]["start"]["digest"] == Input.of([Given("", content_digest(model), "")]).digest
    one_line(run_stage(*grow(house, "no", "--start", house / "i.json")), 1, "i.json cannot be read")
