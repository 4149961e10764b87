"""Fixtures: a handful of drawn scenes, their index, and small trainings."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from wsss.data.checks import check_index
from wsss.data.index import Index
from wsss.data.mini import write_mini
from wsss.data.mini_settings import MiniSettings
from wsss.data.voc import read_classes, read_voc
from wsss.run.files import write_json
from wsss.run.records import Record

PROJECT = Path(__file__).resolve().parents[1]
VOC = os.environ.get("WSSS_VOC")
"""a folder in VOC layout: tests of faults then work on its photos instead of drawn ones"""
DATASET = "voc" if VOC else "mini"
torch.set_num_threads(2)


def record_beside(path: Path, **told: object) -> Record:
    """Write a record of the artifact `path` in which what is not `told` is empty."""
    empty = {
        "stage": "stages/s.py",
        "method": None,
        "settings": {},
        "options": {},
        "code": "c0de",
        "modules": {},
        "read": {},
        "inputs": {},
        "outputs": {},
        "versions": {},
        "place": path.name,
    }
    record = Record(**{**empty, **told})
    write_json(f"{path}.prov.json", record.as_json())
    return record


@pytest.fixture(scope="session")
def mini_root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("mini") / "photos"
    write_mini(root, MiniSettings(train=8, val=4, width=96, height=72))
    return root


@pytest.fixture(scope="session")
def photo_root(mini_root, tmp_path_factory) -> Path:
    """Eight photos that train and four of val, drawn or, with WSSS_VOC, the first of its lists."""
    return (
        mini_root
        if VOC is None
        else some_of(Path(VOC), tmp_path_factory.mktemp("voc"), {"train": 8, "val": 4})
    )


def some_of(voc: Path, root: Path, counts: dict[str, int]) -> Path:
    """A folder in VOC layout with the first so many photos of another's lists."""
    lists = Path("ImageSets/Segmentation")
    for name, count in counts.items():
        ids = (voc / lists / f"{name}.txt").read_text().split()[:count]
        files = [lists / f"{name}.txt"] + [
            Path(f"{folder}/{photo}.{kind}")
            for photo in ids
            for folder, kind in (
                ("JPEGImages", "jpg"),
                ("Annotations", "xml"),
                ("SegmentationClass", "png"),
            )
        ]
        for path in files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(voc / path, root / path)
        (root / lists / f"{name}.txt").write_text("\n".join(ids))
    return root


@pytest.fixture(scope="session")
def index(mini_root) -> Index:
    return check_index(read_voc("mini", mini_root, read_classes(mini_root), "train"))


@pytest.fixture(scope="session")
def run_stage():
    """Run a stage script as a user would; gives the finished process."""

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, str(PROJECT / "stages" / f"{script}.py"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    return run
