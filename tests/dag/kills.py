"""Runs that are killed at a random moment, and checks that the next one goes on from there."""

import os
import random
import re
import shutil
import signal
import subprocess
import time

from tests.conftest import VOC
from tests.dag.runs import SNAKEMAKE, TARGET, command, make

VICTIMS = ("stage", "snakemake", "group")
"""what is killed: a stage, Snakemake alone, or both and all else that they started"""
LATEST = 20 if VOC else 14
"""seconds after which a run is killed, at most: so that thirty kills fall on all stages of the
chain"""


def start_run(project, *config, target=TARGET):
    """Start Snakemake in a session of its own, to be killed with all that it started."""
    return subprocess.Popen(
        command("--", target, config=config, program=SNAKEMAKE),
        cwd=project,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def find_stages(run):
    """The processes of stages in a run's session, which is what it started and what outlives it."""
    found = subprocess.run(
        ["ps", "-s", str(run.pid), "-o", "pid=,args="], capture_output=True, text=True
    ).stdout
    stages = [line for line in found.splitlines() if re.match(r"\s*\d+ python \S*stages/", line)]
    return [int(line.split()[0]) for line in stages]


def kill(run, victim, rng):
    """SIGKILL to what `victim` names, then wait until the run has ended."""
    stages = find_stages(run)
    if victim == "stage" and stages:
        os.kill(rng.choice(stages), signal.SIGKILL)
        run.wait(timeout=300)  # Snakemake ends with the other jobs that it began
    elif victim == "group":
        os.killpg(run.pid, signal.SIGKILL)
    else:
        run.kill()
    run.wait(timeout=60)
    wait_for_stages(run)


def wait_for_stages(run):
    """Wait until no stage of a killed run is left; they end by themselves, a training at its
    checkpoint.
    """
    deadline = time.monotonic() + 60
    while find_stages(run):
        assert time.monotonic() < deadline, "a stage outlived its run"
        time.sleep(0.05)


def find_checkpoints(project):
    """Model that is being trained -> the step of its last checkpoint."""
    found = {}
    for path in project.glob("work/**/.resume-*/state-*.pt"):
        model, step = path.parent.parent, int(path.name.split("-")[1])
        found[model] = max(found.get(model, 0), step)
    return found


def check_resumed(project, before, since):
    """Check that every training that ran since then went on from its last checkpoint."""
    for folder, step in before.items():
        logs = project / "logs" / folder.relative_to(project / "work")
        for log in logs.glob("*.log"):
            text = log.read_text()
            if log.stat().st_mtime > since and "step" in text:
                assert f"going on at step {step}" in text, f"{log} began before step {step}"


def run_and_kill(project, victim, rng, *config):
    """Start a run and kill `victim` at a random moment; False when the run ended before that."""
    before, since = find_checkpoints(project), time.time()
    run = start_run(project, "checkpoint_steps=1", *config)
    deadline = time.monotonic() + rng.uniform(4, LATEST)
    while time.monotonic() < deadline and run.poll() is None:
        time.sleep(0.05)
    alive = run.poll() is None
    if alive:
        kill(run, victim, rng)
    else:
        assert run.returncode == 0
    check_resumed(project, before, since)
    return alive


def run_until_checkpoints(project, target, kind, how_many, config):
    """Start a run; gives it, still under way, once so many trainings of a kind have checkpoints."""
    run = start_run(project, *config, target=target)
    found, deadline = set(), time.monotonic() + 600
    while len(found) < how_many:
        found |= {folder for folder in find_checkpoints(project) if folder.parent.name == kind}
        assert run.poll() is None, f"the run ended when {len(found)} trainings of {kind} had begun"
        assert time.monotonic() < deadline, f"{len(found)} trainings of {kind} began in 10 minutes"
        time.sleep(0.02)
    return run


def make_through_kills(project, victims, seed, *config):
    """Kill the run once for each of `victims`, each time at a random moment, and type the same
    command again.

    When it comes to its end before it is killed, all is made once more from the start.
    """
    rng = random.Random(seed)
    for victim in victims:
        while not run_and_kill(project, victim, rng, *config):
            for folder in ("work", "results", "logs"):
                shutil.rmtree(project / folder)
    before, since = find_checkpoints(project), time.time()
    make(project, TARGET, config=["checkpoint_steps=1", *config], program=SNAKEMAKE)
    check_resumed(project, before, since)
    return project
