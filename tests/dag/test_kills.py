"""Killed runs make the same bytes as an unbroken one with other shards and cores; damage is found
and mended.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.dag.kills import VICTIMS, make_through_kills, start_run
from tests.dag.runs import PHOTOS, TARGET, copy_project, make, run_snakemake, step_folders

ENVIRONMENT = {
    **os.environ,
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
}


def find_files(project, pattern):
    """(step, path) of the files of the default recipe."""
    found = []
    for name, folder in step_folders(project).items():
        found += [(name, path) for path in sorted(folder.glob(pattern))]
    return found


def read_outcome(project):
    """The bytes of the result, and those of every label map by its step and its photo."""
    maps = {}
    for pattern in ("seeds/train", "confident/train", "labels/train", "predictions/val"):
        for name, path in find_files(project, f"{pattern}/*-of-*/*.png"):
            maps[name, path.name] = path.read_bytes()
    return (project / TARGET.replace(".txt", ".json")).read_bytes(), maps


def read_models(project):
    """(step, bytes) of the trained models of the default recipe."""
    return [(name, path.read_bytes()) for name, path in find_files(project, "model.safetensors")]


def explain(project, first, second):
    """What stages/explain.py says of two artifacts."""
    run = subprocess.run(
        [sys.executable, str(project / "stages/explain.py"), str(first), str(second)],
        text=True,
        capture_output=True,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_killed_and_unbroken_runs_make_the_same_bytes(finished_run, unbroken_run):
    result, maps = read_outcome(finished_run)
    other_result, other_maps = read_outcome(unbroken_run)
    # seeds, confident areas and labels of train, predictions on val
    assert len(maps) == 3 * PHOTOS["train"] + PHOTOS["val"]
    assert maps == other_maps and result == other_result


def test_killed_and_unbroken_trainings_make_the_same_bytes(finished_run, unbroken_run):
    models = read_models(finished_run)
    assert len(models) == 4 and models == read_models(unbroken_run)


def test_finished_run_leaves_no_temporary_files(finished_run):
    assert not list(finished_run.glob("work/**/.resume-*"))
    assert not list(finished_run.glob("work/**/.*.tmp"))


def wait_for_lock(project, run):
    """Wait until a run holds its work folder."""
    lock, deadline = project / "work/.lock", time.monotonic() + 120
    while not (lock.exists() and lock.read_text()):
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)


def test_second_run_is_refused_and_names_the_first(tmp_path):
    project = copy_project(tmp_path)
    run = start_run(project)
    try:
        wait_for_lock(project, run)
        second = run_snakemake(project, "--", TARGET)
        assert second.returncode == 1 and "Traceback" not in second.stderr
        assert f"process {run.pid}" in second.stderr
    finally:
        run.kill()
        run.wait()


def test_verify_names_the_command_that_mends_a_damaged_artifact(project):
    before = read_outcome(project)
    assert run_snakemake(project, "--", "verify").returncode == 0
    path = next((step_folders(project)["predict"] / "predictions/val/0-of-2").glob("*.png"))
    path.write_bytes(path.read_bytes()[:-20])
    run = run_snakemake(project, "--", "verify")
    assert run.returncode != 0
    (line,) = [line for line in run.stdout.splitlines() if line.startswith("error: ")]
    assert "1 artifacts are not whole" in line
    remake = line.split("remake exactly these: ")[1]
    assert remake.endswith("-- " + str(path.parent.relative_to(project)))
    subprocess.run(
        remake, shell=True, cwd=project, check=True, capture_output=True, env=ENVIRONMENT
    )
    assert read_outcome(project) == before
    make(project, "verify")
    make(project, TARGET)  # what follows it is younger again


def test_explain_names_the_first_step_that_differs(project):
    walk = step_folders(project)["walk"] / "maps/train/0-of-2.h5"
    seeds = step_folders(project)["seeds"] / "seeds/train/0-of-2"
    assert explain(project, walk, walk).strip() == "both are the same, to the byte"
    text = explain(project, walk, seeds)
    assert "one goes on with stages/grow_seeds.py dsrg and the other ends" in text
    make(project, "results/default/mini_labels.txt", config=["walk={beta: 3.0}"])
    found = set(project.glob("work/*/walk/psa-*/maps/train/0-of-2.h5"))
    (other,) = found - {walk}
    text = explain(project, walk, other)
    assert "they part at stages/propagate.py psa" in text and "setting beta: 8.0 and 3.0" in text


@pytest.mark.slow
def test_thirty_kills_change_no_byte(finished_run, tmp_path):
    project = make_through_kills(copy_project(tmp_path), VICTIMS * 10, seed=1)
    assert read_outcome(project) == read_outcome(finished_run)
