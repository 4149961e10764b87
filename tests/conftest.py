"""Fixtures: a handful of drawn scenes, their index, and small trainings."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from wsss.data.index import Index, checked
from wsss.data.mini import write_mini
from wsss.data.mini_settings import MiniSettings
from wsss.data.voc import read_classes, read_voc

HOUSE = Path(__file__).resolve().parents[1]
torch.set_num_threads(2)


@pytest.fixture(scope="session")
def mini_root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("mini") / "photos"
    write_mini(root, MiniSettings(train=8, val=4, width=96, height=72))
    return root


@pytest.fixture(scope="session")
def index(mini_root) -> Index:
    index = read_voc("mini", mini_root, read_classes(mini_root), "train", seed=0)
    checked(index)
    return index


@pytest.fixture(scope="session")
def run_stage():
    """Run a stage script as a user would; gives the finished process."""

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, str(HOUSE / "stages" / f"{script}.py"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    return run
