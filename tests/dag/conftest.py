"""The whole chain at the size tiny in a copy of the project: unbroken, and killed on the way."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import DATASET, PROJECT, VOC, some_of

TARGET = f"results/{DATASET}_val_miou.txt"
TARGETS = ("stage", "snakemake", "group")
"""what is killed: a stage, Snakemake alone, or both and all else that they started"""
LATEST = 20 if VOC else 14
"""seconds after which a run is killed, at most: so that thirty kills fall on all stages of the
chain"""


def copied(folder):
    """A copy of the project, so that its code can be edited."""
    for name in (
        "rules",
        "stages",
        "wsss",
        "recipes",
        "experiments",
        "presets",
        "profiles",
        "envs",
    ):
        shutil.copytree(PROJECT / name, folder / name)
    for name in ("Snakefile", "config.yaml"):
        shutil.copy(PROJECT / name, folder / name)
    return folder


PHOTOS = {"train": 60, "val": 30} if VOC else {"train": 12, "val": 6}


@cache
def real_photos():
    """A folder with the first photos of VOC, which goes with this process."""
    folder = tempfile.TemporaryDirectory()
    some_of(Path(VOC), Path(folder.name), PHOTOS)
    return folder


def command(*arguments, config=(), cores=2):
    return [
        str(Path(sys.executable).with_name("snakemake")),
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


def snakemake(project, *arguments, config=(), cores=2):
    return subprocess.run(
        command(*arguments, config=config, cores=cores), cwd=project, capture_output=True, text=True
    )


def start(project, *config):
    return subprocess.Popen(
        command("--", TARGET, config=config),
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def stages_of(run):
    """The processes of stages in a run's session, which is what it started and what outlives it."""
    found = subprocess.run(
        ["ps", "-s", str(run.pid), "-o", "pid=,args="], capture_output=True, text=True
    ).stdout
    return [
        int(line.split()[0])
        for line in found.splitlines()
        if re.match(r"\s*\d+ python \S*stages/", line)
    ]


def kill(run, target, rng):
    """SIGKILL to what `target` names, then wait until the run has ended."""
    victims = stages_of(run)
    if target == "stage" and victims:
        os.kill(rng.choice(victims), signal.SIGKILL)
        run.wait(timeout=300)  # Snakemake ends with the other jobs that it began
    elif target == "group":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait(timeout=60)
    deadline = time.monotonic() + 60
    while stages_of(run):  # they end by themselves, a training at its checkpoint
        assert time.monotonic() < deadline, "a stage outlived its run"
        time.sleep(0.05)


def checkpoints(project):
    """Model that is being trained -> the step of its last checkpoint."""
    found = {}
    for path in project.glob("work/**/.resume-*/state-*.pt"):
        found[path.parent.parent] = max(
            found.get(path.parent.parent, 0), int(path.name.split("-")[1])
        )
    return found


def resumed(project, before, since):
    """Check that every training that ran since then went on from its last checkpoint."""
    for folder, step in before.items():
        logs = project / "logs" / folder.relative_to(project / "work")
        for log in logs.glob("*.log"):
            text = log.read_text()
            if log.stat().st_mtime > since and "step" in text:
                assert f"going on at step {step}" in text, f"{log} began before step {step}"


def killed(project, target, rng, *config):
    """Run, and kill what `target` names at a random moment; whether it had not come to its end by
    then.
    """
    before, since = checkpoints(project), time.time()
    run = start(project, "checkpoint_steps=1", *config)
    deadline = time.monotonic() + rng.uniform(4, LATEST)
    while time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.05)
    alive = run.poll() is None
    if alive:
        kill(run, target, rng)
    else:
        assert run.returncode == 0
    resumed(project, before, since)
    return alive


def killed_when(project, target, kind, how_many, config):
    """A run that has made checkpoints of so many trainings of a kind; it is still under way."""
    run = subprocess.Popen(
        command("--", target, config=config),
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    seen, deadline = set(), time.monotonic() + 600
    while len(seen) < how_many:
        seen |= {folder for folder in checkpoints(project) if folder.parent.name == kind}
        assert run.poll() is None and time.monotonic() < deadline, (
            f"{len(seen)} trainings of {kind} began"
        )
        time.sleep(0.02)
    return run


def through_kills(project, targets, seed, *config):
    """Kill the run once for each of `targets`, each time at a random moment, and type the same
    command again.

    When it comes to its end before it is killed, all is made once more from the start.
    """
    rng = random.Random(seed)
    for target in targets:
        while not killed(project, target, rng, *config):
            for folder in ("work", "results", "logs"):
                shutil.rmtree(project / folder)
    before, since = checkpoints(project), time.time()
    run = snakemake(project, "--", TARGET, config=["checkpoint_steps=1", *config])
    assert run.returncode == 0, run.stderr[-3000:]
    resumed(project, before, since)
    return project


@pytest.fixture(scope="session")
def done(tmp_path_factory):
    """The chain, made although a stage, Snakemake and the whole group were killed once each."""
    return through_kills(copied(tmp_path_factory.mktemp("dag")), TARGETS, seed=0)


@pytest.fixture(scope="session")
def unbroken(tmp_path_factory):
    """The chain, made in one go, on one core and in one shard."""
    project = copied(tmp_path_factory.mktemp("unbroken"))
    run = snakemake(project, "--", TARGET, config=["shards=1"], cores=1)
    assert run.returncode == 0, run.stderr[-3000:]
    return project
