"""A network on seeds: the same model with and without masks, and one started from another."""

import json
import shutil

import pytest

from tests.stage.test_scripts import NET, one_line
from wsss.run.records import GivenArtifact, Input, content_digest


@pytest.fixture(scope="module")
def project(mini_root, tmp_path_factory, run_stage):
    """Photos with masks, their index, and their masks in the place of seeds."""
    folder = tmp_path_factory.mktemp("seeds")
    shutil.copytree(mini_root, folder / "photos")
    shutil.copytree(mini_root / "SegmentationClass", folder / "seeds")
    made = run_stage(
        "make_index", "--name", "mini", "--data-root", folder / "photos", "--out", folder / "i.json"
    )
    assert made.returncode == 0, made.stderr
    grown = run_stage(*grow(folder, "with"))
    assert grown.returncode == 0, grown.stderr
    return folder


def grow(folder, name, *more):
    return [
        "grow_seeds",
        "sec",
        "--index",
        folder / "i.json",
        "--seeds",
        folder / "seeds",
        *NET,
        "--hidden",
        "8",
        "--out",
        folder / name / "m.safetensors",
        *more,
    ]


def test_a_model_is_the_same_without_masks(project, run_stage, tmp_path):
    model = project / "with" / "m.safetensors"
    measured = json.loads((project / "with" / "m.safetensors.measured.json").read_text())
    assert measured["history"][0]["supervision_precision"] > 99
    described = json.loads((project / "with" / "m.safetensors.json").read_text())
    assert "supervision_precision" not in described["history"][0]
    out = ["--picture", tmp_path / "s.png", "--table", tmp_path / "s.csv"]
    assert run_stage("draw_supervision", "--model", model, *out).returncode == 0
    assert float((tmp_path / "s.csv").read_text().splitlines()[1].split(",")[3]) > 99
    shutil.copytree(project / "with", project / "without")
    shutil.rmtree(project / "photos" / "SegmentationClass")
    done = run_stage(*grow(project, "without"))
    assert done.returncode == 0, done.stderr
    for name in ("m.safetensors", "m.safetensors.json"):
        assert (project / "without" / name).read_bytes() == (project / "with" / name).read_bytes()
    assert not (project / "without" / "m.safetensors.measured.json").exists()


def test_a_training_starts_from_a_model(project, run_stage):
    model = project / "with" / "m.safetensors"
    nowhere = ["--weights", str(project / "nowhere.pth")]
    done = run_stage(*grow(project, "started", "--start", model, *nowhere))
    assert done.returncode == 0 and f"started from {model}" in done.stdout, done.stderr
    record = json.loads((project / "started" / "m.safetensors.prov.json").read_text())
    assert (
        record["inputs"]["start"]["digest"]
        == Input.of([GivenArtifact("", content_digest(model), "")]).digest
    )
    one_line(
        run_stage(*grow(project, "no", "--start", project / "i.json")), 1, "i.json cannot be read"
    )
