"""All commands of docs/tutorial.md, one after the other, on small scenes and at the size tiny."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import PROJECT, VOC
from tests.dag.runs import copy_project
from tests.programs import program_folder
from tests.stage.test_documented_commands import commands_in
from wsss.brought.corrections import KIND
from wsss.data.images import read_labels
from wsss.data.index import Index

pytestmark = pytest.mark.skipif(VOC is not None, reason="draws its own photos")
PAGE = PROJECT / "docs/tutorial.md"
COMMANDS = list(commands_in(PAGE.read_text()))
SMALLER = {
    "presets/demo.yaml": "presets/tiny.yaml",
    "make_mini.py": "make_mini.py --width 96 --height 72",
}
"""what of the commands is replaced, so that the test is short"""


def run(project, line):
    """Run a command of the page; gives its output."""
    for text, other in SMALLER.items():
        line = line.replace(text, other)
    path = f"{program_folder()}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    command = ["bash", "-ec", line]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}\n{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def save_marks(project, names):
    """The table that a reader saves from the report, who marks the photos `names`."""
    rows = "".join(f"{name}.jpg,,x\n" for name in names)
    (project / "scenes_fixes.csv").write_text(f"image,labels,wrong\n{rows}")


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    """The project after all commands, and the output of each."""
    project = copy_project(tmp_path_factory.mktemp("tutorial"))
    save_marks(project, corrected_names())
    return project, {line: run(project, line) for line in COMMANDS}


def corrected_names():
    """The photos whose masks the page corrects."""
    (line,) = [line for line in COMMANDS if line.startswith("cp ")]
    return re.findall(r"(\w+)\.png", line)


def output_of(tutorial, word):
    """The output of the only command with a word."""
    (text,) = [text for line, text in tutorial[1].items() if word in line]
    return text


def test_five_masks_are_marked_exported_and_corrected(tutorial):
    project, names = tutorial[0], corrected_names()
    assert len(names) == 5 and "marked as wrong" in output_of(tutorial, "--fixes")
    exported = [path.stem for path in (project / "results/cam/scenes_masks_labelme").glob("*.json")]
    assert sorted(exported) == sorted(names)
    result = json.loads((project / "results/cam/scenes_val_miou.json").read_text())
    assert "corrected masks of 5 photos" in result["supervision"]
    (found,) = (project / "work").glob("scenes-*/index.json")
    corrected = [p.id for p in Index.load(found).photos.values() if KIND in p.annotations]
    assert sorted(corrected) == sorted(names)


def test_only_labels_network_and_masks_are_made_again(tutorial):
    again = output_of(tutorial, "corrections=corrected -- ")
    words = " ".join(re.findall(r"^\[[\d:]+\] \d+ of \d+: (.+)", again, re.M))
    assert "write pseudo-labels" in words and "train the segmentation network" in words
    assert "train a classifier" not in words and "class maps" not in words


def test_all_photos_are_checked_and_have_masks(tutorial):
    project = tutorial[0]
    rows = list(csv.DictReader((project / "results/cam/scenes_check.csv").open()))
    masks = {path.stem for path in (project / "results/cam/scenes_masks").glob("*.png")}
    assert {Path(row["image"]).stem for row in rows} == masks and len(masks) == 64
    assert (project / "results/cam/report/index.html").exists()
    table = (project / "results/cam/scenes_val_miou.txt").read_text()
    assert "tags of the training photos" in table


def test_new_photos_are_predicted_and_the_network_is_one_file(tutorial):
    project = tutorial[0]
    masks = sorted((project / "new_masks").glob("*.png"))
    assert len(masks) == 8 == len(list((project / "new_seen").glob("*.jpg")))
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(str(project / "scenes.onnx"))
    photo = np.zeros((72, 96, 3), np.uint8)
    labels, _ = session.run(None, {"photo": photo})
    assert labels.shape == read_labels(masks[0]).shape == (72, 96)


def test_the_pictures_of_the_page_are_there_and_small():
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", PAGE.read_text())
    assert len(pictures) == 3
    assert all((PAGE.parent / name).stat().st_size < 250_000 for name in pictures)
