"""Networks as one file: as the network itself on photos of any size, and refused where not."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from wsss.classify.settings import ClassifierSettings
from wsss.export.network_files import (
    FORMATS,
    check_exportable,
    compare,
    drawn_photos,
    export_network,
)
from wsss.export.whole_photo import WholePhoto, resize
from wsss.run.errors import UserError
from wsss.segment.class_maps_settings import ClassMapPredictSettings
from wsss.segment.photo_predictor import PhotoPredictor
from wsss.segment.predict_settings import PredictSettings

CPU = torch.device("cpu")
PHOTOS = list(drawn_photos())


class Tagger(nn.Module):
    """Class maps, and features, as classifiers give them."""

    def __init__(self):
        super().__init__()
        self.maps = nn.Conv2d(3, 3, 9, stride=8)

    def forward(self, images):
        maps = 30 * self.maps(images)
        return maps, maps


def make_predictor(**settings):
    """Networks of one convolution with random weights, one of them a classifier."""
    torch.manual_seed(0)
    network = nn.Conv2d(3, 4, 5, stride=4, padding=2).eval()
    network.weight.data *= 20
    task = SimpleNamespace(network=network, classes=("a", "b", "c"))
    asked = {"scales": (0.75, 1.0), "precision": "float32", **settings}
    known = {}
    if asked.get("tag_prior", "none") != "none":
        about = ClassifierSettings(weights="none", pooling="max")
        known["tagger"] = SimpleNamespace(network=Tagger().eval(), settings=about)
    if asked.pop("with_factors", False):
        known["factors"] = (0.5, 2.0, 1.0, 1.5)
    return PhotoPredictor(task, "predict", PredictSettings(**asked), CPU, known)


SETTINGS = [
    {"scales": (1.0,), "flip": False},
    {"long_side": 96},
    {"scales": (0.5, 1.25), "long_side": 400, "background": 0.7, "with_factors": True},
    {"tag_prior": "product"},
    {"tag_prior": "foreground_first", "long_side": 100},
]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("settings", SETTINGS)
def test_files_give_what_the_network_gives(form, settings, tmp_path):
    if form == "onnx":
        pytest.importorskip("onnx", reason="the extra onnx is not installed")
        pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")
    predictor = make_predictor(**settings)
    path = tmp_path / f"network.{form}"
    about = {"labels": "x\ny"}
    found = export_network(predictor, WholePhoto(predictor), form, path, about, PHOTOS)
    assert found.photos == 10 and found.probability < 1e-4 and found.pixels < 10
    assert found.of == sum(photo.shape[0] * photo.shape[1] for photo in PHOTOS)
    labels, probabilities = FORMATS[form][1](path)(PHOTOS[0])
    assert labels.dtype == np.uint8 and labels.shape == PHOTOS[0].shape[:2]
    assert probabilities.dtype == np.float32 and probabilities.shape == (4, *labels.shape)
    assert len(np.unique(labels)) > 1


@pytest.mark.parametrize("size", [(40, 31), (7, 90), (20, 30), (1, 1)])
def test_resizing_by_matrices_is_that_of_torch(size):
    image = torch.rand(2, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    expected = F.interpolate(image, size, mode="bilinear", antialias=True)
    found = resize(image, tuple(map(torch.tensor, size)))
    assert found.shape == expected.shape and (found - expected).abs().max() < 1e-5
    plain = F.interpolate(image, size, mode="bilinear")
    found = resize(image, tuple(map(torch.tensor, size)), torch.tensor(False))
    assert (found - plain).abs().max() < 1e-5
    if size == (20, 30):
        assert (found == image).all()


def test_a_file_that_differs_is_not_written(tmp_path):
    predictor = make_predictor()
    other = make_predictor(background=0.3)
    path = tmp_path / "network.pt"
    with pytest.raises(UserError, match=r"would differ from the network: on 10 photos"):
        export_network(predictor, WholePhoto(other), "torchscript", path, {}, PHOTOS)
    assert list(tmp_path.iterdir()) == []


def test_the_comparison_counts_pixels_and_sees_nan_and_other_sizes():
    predictor = make_predictor()

    def run(photo):
        found = predictor.predict(photo)
        labels, probabilities = found.labels.copy(), found.probabilities.copy()
        labels[0, :3] = 9
        probabilities[0, 0, 0] += 0.25
        return labels, probabilities

    found = compare(predictor, run, PHOTOS[:2])
    assert found.pixels == 6 and abs(found.probability - 0.25) < 1e-6 and not found.is_rounding
    for broken in (
        lambda photo: (run(photo)[0], run(photo)[1] * np.nan),
        lambda photo: (run(photo)[0][1:], run(photo)[1]),
    ):
        assert not compare(predictor, broken, PHOTOS[:2]).is_rounding


def test_what_cannot_be_one_file_is_refused():
    with pytest.raises(UserError, match="--iterations 0"):
        check_exportable(make_predictor(iterations=3))
    maps = PhotoPredictor(None, "class_maps", ClassMapPredictSettings(), CPU)
    with pytest.raises(UserError, match="'class_maps' cannot be exported"):
        check_exportable(maps)
    in_float = check_exportable(make_predictor(precision="bfloat16"))
    assert in_float.settings.precision == "float32"


@pytest.mark.parametrize("name", ["onnx", "onnxruntime"])
def test_a_missing_extra_is_told_in_one_line(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)  # an import then fails
    predictor = make_predictor()
    write, read = FORMATS["onnx"]
    with pytest.raises(UserError, match=f"ONNX needs the package {name}: pip install"):
        if name == "onnx":
            write(WholePhoto(predictor), tmp_path / "network.onnx", {})
        read(tmp_path / "network.onnx")


def test_torchscript_says_what_its_labels_are(tmp_path):
    predictor = make_predictor()
    path = tmp_path / "network.pt"
    about = {"labels": "background\na"}
    export_network(predictor, WholePhoto(predictor), "torchscript", path, about, PHOTOS[:1])
    extra = {"about.json": ""}
    torch.jit.load(str(path), _extra_files=extra)
    assert json.loads(extra["about.json"]) == about
