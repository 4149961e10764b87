"""Fixtures: a handful of synthetic scenes, their index, and small trainings."""

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from tests.programs import program_folder
from wsss.brought.checks import check_index
from wsss.data.index import Index
from wsss.datasets.mini import write_mini
from wsss.datasets.mini_settings import MiniSettings
from wsss.datasets.voc import read_classes, read_voc
from wsss.run.files import write_json
from wsss.run.records import Record

PROJECT = Path(__file__).resolve().parents[1]
VOC = os.environ.get("WSSS_VOC")
"""a folder in VOC layout: tests of faults then work on its photos instead of synthetic ones"""
DATASET = "voc" if VOC else "mini"
DEFAULT = yaml.safe_load((PROJECT / "config.yaml").read_text())
"""the settings of config.yaml"""
NET = [
    *("--backbone", "tf_efficientnet_lite0", "--crop", "64", "--long-side", "[64, 96]"),
    *("--epochs", "1", "--batch", "4", "--device", "cpu"),
]
"""the words of a command line that trains a small network for one epoch"""
torch.set_num_threads(2)


def write_record(path: Path, **fields: object) -> Record:
    """Write a record beside the artifact `path`; the other fields are empty."""
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
    record = Record(**{**empty, **fields})
    write_json(f"{path}.prov.json", record.as_json())
    return record


@pytest.fixture(scope="session")
def mini_root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("mini") / "photos"
    write_mini(root, MiniSettings(train=8, val=4, width=96, height=72))
    return root


@pytest.fixture(scope="session")
def photo_root(mini_root, tmp_path_factory) -> Path:
    """Eight photos that train and four of val: synthetic, or those of WSSS_VOC."""
    if VOC is None:
        return mini_root
    return copy_some_photos(Path(VOC), tmp_path_factory.mktemp("voc"), {"train": 8, "val": 4})


def copy_some_photos(voc: Path, root: Path, counts: dict[str, int]) -> Path:
    """Make `root` a folder in VOC layout with the first so many photos of another's lists."""
    lists = Path("ImageSets/Segmentation")
    for name, count in counts.items():
        ids = (voc / lists / f"{name}.txt").read_text().split()[:count]
        for photo in ids:
            for file in (
                f"JPEGImages/{photo}.jpg",
                f"Annotations/{photo}.xml",
                f"SegmentationClass/{photo}.png",
            ):
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(voc / file, root / file)
        (root / lists).mkdir(parents=True, exist_ok=True)
        (root / lists / f"{name}.txt").write_text("\n".join(ids))
    return root


@pytest.fixture(scope="session")
def index(mini_root) -> Index:
    return check_index(read_voc("mini", mini_root, read_classes(mini_root), "train"))


@pytest.fixture
def stage(capsys):
    """Run a stage in this process as `python stages/SCRIPT.py ARGUMENTS` would.

    It saves the seconds in which a new process imports torch. Gives what `run_stage` gives.
    """
    if str(PROJECT / "stages") not in sys.path:
        sys.path.append(str(PROJECT / "stages"))
    before = signal.getsignal(signal.SIGTERM)

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        module, code = importlib.import_module(script), 0
        words = [str(argument) for argument in arguments]
        try:
            module.STAGE.run(module.main, words)
        except SystemExit as end:
            code = int(end.code or 0)
        written = capsys.readouterr()
        return subprocess.CompletedProcess([script, *words], code, written.out, written.err)

    yield run
    signal.signal(signal.SIGTERM, before)
    torch.set_num_threads(2)


@pytest.fixture(scope="session")
def run_stage():
    """Run a stage script as a user would, in a process of its own (a fork that has imported torch,
    programs.py); gives the finished process.
    """

    def run(script: str, *arguments: object) -> subprocess.CompletedProcess:
        path = PROJECT / "stages" / f"{script}.py"
        command = [program_folder() / "python", path, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    return run


def read_errors(ended: subprocess.CompletedProcess) -> list[str]:
    """The error lines that a stage wrote."""
    return [line for line in ended.stderr.splitlines() if line.startswith("error: ")]


def check_refused(ended: subprocess.CompletedProcess, *words: str) -> None:
    """Check that a stage failed with one line in which all these words stand."""
    errors = read_errors(ended)
    assert ended.returncode == 1, ended.stderr
    assert len(errors) == 1 and "Traceback" not in ended.stderr, ended.stderr
    for word in words:
        assert word in errors[0], errors[0]


def check_done(ended: subprocess.CompletedProcess) -> subprocess.CompletedProcess:
    """Check that a stage ended well; gives what it gave."""
    assert ended.returncode == 0, ended.stderr
    return ended


DUMP = """
import json
found = []
for rule in workflow.rules:
    found.append(
        {
            "name": rule.name,
            "shell": rule.shellcmd,
            "log": [str(path) for path in rule.log],
            "conda": str(rule.conda_env or ""),
            "resources": sorted(rule.resources),
        }
    )
Path("rules.json").write_text(json.dumps(found))
"""
"""appended to the Snakefile: writes down its rules as Snakemake has read them"""


def read_rules(folder: Path) -> dict[str, dict]:
    """Rule -> what it declares, as Snakemake reads the Snakefile; `folder` is an empty one."""
    for name in ("rules", "wsss", "stages", "recipes", "experiments", "envs", "config.yaml"):
        (folder / name).symlink_to(PROJECT / name)
    (folder / "Snakefile").write_text((PROJECT / "Snakefile").read_text() + DUMP)
    command = [program_folder() / "snakemake", "--list-rules", "--config", "dataset=mini"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return {rule["name"]: rule for rule in json.loads((folder / "rules.json").read_text())}
