"""The package, built and installed without the clone: a library that finds its own data."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

USE = """
import numpy as np, torch, wsss
from pathlib import Path
from wsss.classify.registry import CLASSIFIERS
from wsss.classify.settings import ClassifierSettings
from wsss.crf.photo import dense_crf
from wsss.crf.settings import CrfSettings
from wsss.nets.inference import inference_task
from wsss.nets.models import save_model
from wsss.classify.cam import Cam
from wsss.plan.plan import Plan
from wsss.report.page import page
from wsss.report.summary import Sources, summary_of
from wsss.run.errors import UserError
from wsss.segment.class_maps import predict_from_class_maps
from wsss.segment.class_maps_settings import ClassMapPredictSettings

assert Path(wsss.__file__).is_relative_to({place!r}) and wsss.__version__
photo = np.random.default_rng(0).integers(0, 255, (40, 56, 3), dtype=np.uint8)
scores = np.random.default_rng(1).random((2, 40, 56))
assert dense_crf(photo, scores, CrfSettings()).shape == (2, 40, 56)
settings = ClassifierSettings(backbone="tf_efficientnet_lite0", weights="none")
save_model("m.safetensors", Cam(settings, 2).network, "cam", settings, ("cat", "dog"), [])
cpu = torch.device("cpu")
task = inference_task("m.safetensors", CLASSIFIERS, ("cat", "dog"), cpu)
labels = predict_from_class_maps(task, photo, ClassMapPredictSettings(scales=(1.0,)), cpu, (1,))
assert labels.shape == (40, 56) and labels.max() <= 1
gallery = {{"labels": [], "about": "", "steps": [], "photos": [], "recipes": []}}
head = {{"dataset": "pets", "split": "val", "labels": ("background",), "command": "", "make": ""}}
head |= {{"files": [], "about": ""}}
assert "<html" in page([summary_of("cam", Sources("", {{}}))], gallery, head)
try:
    Plan({{}})
except UserError as error:
    assert "an installed package is the library alone" in str(error)
else:
    raise AssertionError("it planned without recipes")
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that the wheel was installed into; what it needs is that of this interpreter."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source / name)
    shutil.copytree(PROJECT / "wsss", source / "wsss", ignore=shutil.ignore_patterns("__pycache__"))
    place = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place)]
    done = subprocess.run([*pip, str(source)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return place


def test_the_installed_package_is_the_library(installed, tmp_path):
    code = USE.format(place=str(installed))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
