"""Copies of the project, Snakemake runs in them, and what such a run made or would make."""

import json
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from tests.conftest import DATASET, PROJECT, VOC, copy_some_photos
from tests.programs import program_folder
from wsss.crf.photo import dense_crf
from wsss.crf.settings import CrfSettings

SNAKEMAKE = Path(sys.executable).with_name("snakemake")
"""the program itself, whose jobs are new processes and no forks (tests/programs.py)"""
TARGET = f"results/{DATASET}_val_miou.txt"
PHOTOS = {"train": 60, "val": 30} if VOC else {"train": 12, "val": 6}
FOLDERS = ("rules", "stages", "wsss", "recipes", "experiments", "presets", "profiles", "envs")
AFTER_WALK = {
    "propagate",
    "write_labels",
    "train_segmenter",
    "predict",
    "score",
    "result",
    "configured_result",
}
"""the rules of the default chain from the random walk on"""


def copy_project(folder, source=PROJECT):
    """Copy the code and settings of a project to `folder`, so that they can be edited there.

    Compiled kernels are copied, too.
    """
    compile_kernels()
    for name in FOLDERS:
        shutil.copytree(source / name, folder / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(source / name, folder / name)
    return folder


@cache
def compile_kernels():
    """Compile the kernels of the dense CRF beside their sources, if they are not yet. There are
    some for two values of a pixel and for fours, which three and four labels take.
    """
    for labels in (3, 4):
        scores = np.full((labels, 8, 8), 1 / labels, np.float32)
        dense_crf(np.zeros((8, 8, 3), np.uint8), scores, CrfSettings())


def copy_run(project, folder):
    """Copy a project with all that was made in it; file times are kept."""
    return shutil.copytree(project, folder, symlinks=True)


@cache
def real_photos():
    """A folder with the first photos of VOC, which goes with this process."""
    folder = tempfile.TemporaryDirectory()
    copy_some_photos(Path(VOC), Path(folder.name), PHOTOS)
    return folder


def command(*arguments, config=(), cores=2, program=None):
    """The words of a Snakemake command at the size tiny; its jobs are forks unless `program` is
    SNAKEMAKE.
    """
    return [
        str(program or program_folder() / "snakemake"),
        "--cores",
        str(cores),
        "--configfile",
        "presets/tiny.yaml",
        "--config",
        f"dataset={DATASET}",
        *([f"data_root={real_photos().name}"] if VOC else []),
        *config,
        *arguments,
    ]


def run_snakemake(project, *arguments, **options):
    """Run Snakemake in a project; gives the finished process, whatever its exit code. `options` are
    those of `command`.
    """
    words = command(*arguments, **options)
    return subprocess.run(words, cwd=project, capture_output=True, text=True)


def make(project, *targets, **options):
    """Make targets in a project; fails with Snakemake's last lines when that fails."""
    run = run_snakemake(project, "--", *targets, **options)
    assert run.returncode == 0, run.stderr[-3000:]
    return run


def plan_jobs(project, *config, target=TARGET, options=()):
    """Rule -> number of jobs that a dry run would start."""
    return read_jobs(run_snakemake(project, "-n", *options, "--", target, config=config))


def read_jobs(run):
    """Rule -> number of jobs, from a finished dry run; fails when that failed."""
    assert run.returncode == 0, run.stderr
    text = run.stdout + run.stderr
    if "Nothing to be done" in text:
        return {}
    rows = text.split("Job stats:")[1].split("total")[0].splitlines()[3:]
    return {row.split()[0]: int(row.split()[1]) for row in rows if row.strip()}


def step_folders(project, recipe="default"):
    """Step -> its folder, from the chain file of a finished recipe."""
    lines = (project / f"results/{recipe}/{DATASET}_val_chain.txt").read_text().splitlines()
    return {name: project / folder for name, folder in (line.split() for line in lines)}


def read_result(project, recipe, name="val_miou"):
    """The content of a result's JSON file."""
    return read_json(project / f"results/{recipe}/{DATASET}_{name}.json")


def read_json(path):
    """The content of a JSON file."""
    return json.loads(path.read_text())


def read_gallery(page):
    """The photos and layers that a report's page shows."""
    text = page.read_text().split('id="gallery">')[1]
    return json.loads(text.split("</script>")[0])


def edit(project, file, old, new):
    """Replace a piece of code once; fails when it is not there."""
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
