"""The command that exports a network: a checked file, its card, and the lines of the documentation
that use it.
"""

import json
import re
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from tests.conftest import PROJECT, check_done, check_refused
from wsss.data.images import read_labels
from wsss.nets.models import save_model
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings

PLAIN = ["--scales", "[1.0]", "--flip", "false", "--precision", "float32"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder with a DeepLab of random weights, for the classes cat and dog."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    settings = SegmenterSettings(backbone="tf_efficientnet_lite0", weights="none")
    network = DeepLab(settings, 2).network
    save_model(folder / "model.safetensors", network, "deeplab", settings, ("cat", "dog"), [])
    return folder


@pytest.fixture
def result(tmp_path):
    """The result of a recipe."""
    found = {"recipe": "psa", "dataset": "pets", "miou": 51.5, "supervision": ["tags"], "of": "x"}
    (tmp_path / "result.json").write_text(json.dumps(found))
    return tmp_path / "result.json"


def test_a_network_is_exported_with_its_card(stage, model, result, tmp_path):
    words = ["export_model", model, "--to", "torchscript", "--out", tmp_path / "pets.pt", *PLAIN]
    made = check_done(stage(*words, "--result", result))
    assert re.search(r"on 10 photos the probabilities differ by at most \d\.\de-\d\d", made.stdout)
    card = json.loads((tmp_path / "pets.pt.json").read_text())
    assert card["labels"] == ["background", "cat", "dog"]
    assert card["score"] == {"miou": 51.5}
    assert card["data"] == {"recipe": "psa", "dataset": "pets", "supervision": ["tags"]}
    assert card["prediction"]["scales"] == [1.0] and card["network"]["method"] == "deeplab"
    assert {"wsss", "python", "torch"} <= set(card["versions"])
    assert card["checked"]["photos"] == 10 and card["checked"]["probability"] < 1e-3
    assert "no score" in check_done(stage(*words)).stdout
    refused = stage(*words, "--iterations", "5")
    check_refused(refused, "dense CRF", "--iterations 0")


def test_documented_inference_runs(stage, model, result, tmp_path, monkeypatch):
    pytest.importorskip("onnx", reason="the extra onnx is not installed")
    pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    rng = np.random.default_rng(0)
    photos = tmp_path / "photos"
    photos.mkdir()
    for place, size in enumerate([(60, 90), (91, 47), (33, 120)]):
        pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(photos / f"{place}.png")
    words = ["export_model", model, "--to", "onnx", "--out", tmp_path / "pets.onnx", *PLAIN]
    made = check_done(stage(*words, "--photos", photos, "--result", result))
    assert "on 3 photos" in made.stdout
    page = (PROJECT / "docs/usage.md").read_text().split("## Export the network")[1]
    code = re.search(r"^```python\n(.*?)^```", page, re.M | re.S)[1]
    assert len(code.splitlines()) <= 12
    shutil.copy(photos / "1.png", tmp_path / "photo.jpg")
    monkeypatch.chdir(tmp_path)
    found = {}
    exec(code, found)
    assert found["names"] == ["background", "cat", "dog"]
    assert found["labels"].shape == (91, 47)
    given = ["predict_photos", model, photos, "--out", tmp_path / "masks", *PLAIN]
    check_done(stage(*given, "--device", "cpu"))
    same = read_labels(tmp_path / "masks/1.png") == read_labels(tmp_path / "mask.png")
    assert same.mean() > 0.999
