"""The tiny chain on a real Slurm of two nodes: the same result as on one machine, whatever happens
to its jobs.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.slurm import NODES, Cluster, install
from tests.dag.runs import copy_project
from tests.dag.toy_methods import SMALL, add_toys

pytestmark = pytest.mark.cluster
SETTINGS = [
    "--configfile",
    "presets/tiny.yaml",
    "--config",
    "dataset=mini",
    "threads=1",
    "device=cpu",
]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
QUICK = [
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "2",
    "--seconds-between-status-checks",
    "1",
    "--latency-wait",
    "20",
    "--group-components",
    "scores=1",
]
"""No accounting database here, nodes of one core, and little patience."""
ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if not install():
        pytest.skip("no Slurm, and no right to install one")
    cluster = Cluster(tmp_path_factory.mktemp("slurm") / "slurm")
    try:
        yield cluster.up()
    finally:
        cluster.down()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("cluster"))


@pytest.fixture(scope="module")
def local_project(tmp_path_factory):
    """Another copy, which runs on this machine alone."""
    return copy_project(tmp_path_factory.mktemp("alone"))


def run_locally(project, target, *config):
    run = subprocess.run(
        [SNAKEMAKE, "--cores", "2", *SETTINGS, *config, "--", target],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return (project / target.replace(".txt", ".json")).read_bytes()


def submit_run(project, target, *config, more=()):
    return subprocess.Popen(
        [SNAKEMAKE, "--profile", "profiles/slurm", *QUICK, *more, *SETTINGS, *config, "--", target],
        cwd=project,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_slurm_run_gives_the_same_bytes_as_a_local_one(cluster, project, local_project):
    run = submit_run(project, "results/mini_val_miou.txt")
    out, _ = run.communicate(timeout=1500)
    assert run.returncode == 0, out[-4000:]
    assert (project / "results/mini_val_miou.json").read_bytes() == run_locally(
        local_project, "results/mini_val_miou.txt"
    )
    jobs = cluster.completed()
    assert {job["NodeList"] for job in jobs} == set(NODES)
    assert all(job["JobState"] == "COMPLETED" for job in jobs) and len(jobs) > 20


def list_running_jobs():
    """Job id -> what it runs, from the comment that the plugin gives it."""
    listed = subprocess.run(
        ["squeue", "-h", "-t", "R", "-o", "%i %k"], capture_output=True, text=True
    ).stdout
    return dict(line.split(maxsplit=1) for line in listed.splitlines())


def wait_for(condition, run, seconds=300):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        assert run.poll() is None, run.stdout.read()[-4000:]
        time.sleep(0.3)
    raise AssertionError("it did not come to that")


def test_run_completes_after_cancelled_jobs_a_dead_node_and_too_little_memory(
    cluster, project, local_project
):
    target, config = "results/cam/mini_val_miou.txt", ("seed=1",)
    before = len(cluster.completed())
    run = submit_run(
        project, target, *config, more=["--set-resources", "export_cams:mem_mb=250*10**(attempt-1)"]
    )
    training = wait_for(
        lambda: [i for i, rule in list_running_jobs().items() if "train_classifier" in rule], run
    )[0]
    subprocess.run(["scancel", training], check=True)
    wait_for(lambda: any("train_segmenter" in rule for rule in list_running_jobs().values()), run)
    cluster.kill_node("two")
    cluster.start_node("two")
    out, _ = run.communicate(timeout=1200)
    assert run.returncode == 0, out[-4000:]
    assert (project / target.replace(".txt", ".json")).read_bytes() == run_locally(
        local_project, target, *config
    )
    states = [job["JobState"] for job in cluster.completed()[before:]]
    assert "CANCELLED" in states and ("OUT_OF_MEMORY" in states or "FAILED" in states)


def test_a_refused_input_is_not_computed_again(cluster, project):
    lines = (project / "results/cam/mini_val_chain.txt").read_text().splitlines()
    model = project / dict(line.split() for line in lines)["segmenter"] / "model.safetensors"
    whole = model.read_bytes()
    model.write_bytes(whole[:-4] + bytes(4))
    try:
        run = submit_run(project, "results/cam/mini_val_miou.txt", "seed=1", "predict={flip: true}")
        out, _ = run.communicate(timeout=900)
        assert run.returncode == 1 and "is not what stages/train_segmenter.py wrote there" in out
        assert "(not tried again)" in out
    finally:
        model.write_bytes(whole)


def test_comment_of_a_slurm_job_names_its_rule(cluster, project):
    add_toys(project)
    run = submit_run(project, "results/single/mini_val_miou.txt", *SMALL)
    wait_for(
        lambda: any("train_online" in comment for comment in list_running_jobs().values()), run
    )
    out, _ = run.communicate(timeout=900)
    assert run.returncode == 0, out[-4000:]


def test_logs_are_named_after_rule_and_shard(cluster, project):
    logs = [path.relative_to(project / "logs") for path in project.glob("logs/**/*.log")]
    assert any(path.match("*/export_cams/train/0-of-2.log") for path in logs)
    assert (
        json.loads(next(project.glob("work/**/maps/train/0-of-2.h5.run.json")).read_text())[
            "threads"
        ]
        == 1
    )
    assert shutil.which("squeue")
