"""A folder with one artifact of every kind, made by the stages; and stages run inside this process,
which is fast.
"""

import importlib
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import DATASET, PROJECT
from tests.stage.test_scripts import NET


@dataclass
class Ended:
    """How a stage ended: its exit code, and the lines that it wrote to stderr."""

    code: int
    errors: list[str]


@pytest.fixture
def stage(capsys):
    """Run a stage in this process as `python stages/SCRIPT.py ARGUMENTS` would."""
    if str(PROJECT / "stages") not in sys.path:
        sys.path.append(str(PROJECT / "stages"))
    before = signal.getsignal(signal.SIGTERM)

    def run(script: str, *arguments: object) -> Ended:
        module, code = importlib.import_module(script), 0
        try:
            module.STAGE.run(module.main, [str(a) for a in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return Ended(
            code,
            [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")],
        )

    yield run
    signal.signal(signal.SIGTERM, before)


@pytest.fixture(scope="session")
def made(photo_root, tmp_path_factory, run_stage) -> Path:
    """index.json, m.safetensors, maps.h5, labels/, seg.safetensors, pred/, s.json with s.npz: made
    by subprocesses.
    """
    folder = tmp_path_factory.mktemp("made")
    steps = [
        (
            "make_index",
            "--name",
            DATASET,
            "--data-root",
            photo_root,
            "--out",
            folder / "index.json",
        ),
        (
            "train_classifier",
            "cam",
            "--index",
            folder / "index.json",
            "--out",
            folder / "m.safetensors",
            *NET,
        ),
        (
            "export_cams",
            "cams",
            "--index",
            folder / "index.json",
            "--model",
            folder / "m.safetensors",
            "--scales",
            "[1.0]",
            "--out",
            folder / "maps.h5",
        ),
        (
            "write_labels",
            "argmax",
            "--index",
            folder / "index.json",
            "--maps",
            folder / "maps.h5",
            "--out",
            folder / "labels",
        ),
        (
            "train_segmenter",
            "deeplab",
            "--index",
            folder / "index.json",
            "--labels",
            folder / "labels",
            "--out",
            folder / "seg.safetensors",
            *NET,
        ),
        (
            "predict",
            "predict",
            "--index",
            folder / "index.json",
            "--model",
            folder / "seg.safetensors",
            "--split",
            "val",
            "--scales",
            "[1.0]",
            "--out",
            folder / "pred",
        ),
        (
            "score",
            "--what",
            "labels",
            "--index",
            folder / "index.json",
            "--split",
            "val",
            "--artifact",
            folder / "pred",
            "--out",
            folder / "s.json",
            "--counts",
            folder / "s.npz",
        ),
    ]
    for step in steps:
        done = run_stage(*step)
        assert done.returncode == 0, done.stderr
    return folder
