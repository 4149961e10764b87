"""Killed at any moment, in other shards, on other cores: to the byte what an unbroken run makes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import DATASET
from tests.dag.conftest import PHOTOS, TARGET, TARGETS, copied, snakemake, start, through_kills


def folders_of(project, recipe="default"):
    """Step -> its folder; other recipes may have been run beside it."""
    lines = (project / f"results/{recipe}/{DATASET}_val_chain.txt").read_text().splitlines()
    return {name: project / folder for name, folder in (line.split() for line in lines)}


def of_default(project, pattern):
    """(step, path) of the files of the default recipe."""
    return [
        (name, path)
        for name, folder in folders_of(project).items()
        for path in sorted(folder.glob(pattern))
    ]


def outcome_of(project):
    """The result, and every map of labels by its chain of stages and its photo."""
    maps = {}
    for pattern in ("seeds/train", "confident/train", "labels/train", "predictions/val"):
        for name, path in of_default(project, f"{pattern}/*-of-*/*.png"):
            maps[name, path.name] = path.read_bytes()
    return (project / TARGET.replace(".txt", ".json")).read_bytes(), maps


def test_killed_and_unbroken_runs_make_the_same_bytes(done, unbroken):
    result, maps = outcome_of(done)
    other_result, other_maps = outcome_of(unbroken)
    assert (
        len(maps) == 3 * PHOTOS["train"] + PHOTOS["val"]
    )  # seeds, confident areas, labels; predictions on val
    assert maps == other_maps and result == other_result


def test_trainings_are_the_same_bytes(done, unbroken):
    models = [
        [(name, path.read_bytes()) for name, path in of_default(project, "model.safetensors")]
        for project in (done, unbroken)
    ]
    assert len(models[0]) == 4 and models[0] == models[1]


def test_nothing_is_left_behind(done):
    assert not list(done.glob("work/**/.resume-*")) and not list(done.glob("work/**/.*.tmp"))


def test_a_second_run_is_told_who_works_here(tmp_path):
    project = copied(tmp_path)
    run = start(project)
    try:
        for _ in range(600):
            if (project / "work/.lock").exists() and (project / "work/.lock").read_text():
                break
            assert run.poll() is None
            time.sleep(0.05)
        second = snakemake(project, "--", TARGET)
        assert (
            second.returncode == 1
            and f"process {run.pid}" in second.stderr
            and "Traceback" not in second.stderr
        )
    finally:
        run.kill()
        run.wait()


def test_verify_tells_what_is_damaged_and_the_same_command_mends_it(done):
    before = outcome_of(done)
    assert snakemake(done, "--", "verify").returncode == 0
    path = next((folders_of(done)["predict"] / "predictions/val/0-of-2").glob("*.png"))
    path.write_bytes(path.read_bytes()[:-20])
    told = snakemake(done, "--", "verify")
    assert told.returncode != 0
    (line,) = [line for line in told.stdout.splitlines() if line.startswith("error: ")]
    assert "1 artifacts are not whole" in line
    remake = line.split("remake exactly these: ")[1]
    assert remake.endswith("-- " + str(path.parent.relative_to(done)))
    subprocess.run(
        remake,
        shell=True,
        cwd=done,
        check=True,
        capture_output=True,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        },
    )
    assert outcome_of(done) == before and snakemake(done, "--", "verify").returncode == 0
    assert snakemake(done, "--", TARGET).returncode == 0  # what follows it is younger again


def test_explain_names_the_first_stage_that_differs(done):
    def explain(first, second):
        told = subprocess.run(
            [sys.executable, str(done / "stages/explain.py"), str(first), str(second)],
            text=True,
            capture_output=True,
        )
        assert told.returncode == 0, told.stderr
        return told.stdout

    walk = folders_of(done)["walk"] / "maps/train/0-of-2.h5"
    seeds = folders_of(done)["seeds"] / "seeds/train/0-of-2"
    assert explain(walk, walk).strip() == "both are the same"
    assert "one goes on with stages/grow_seeds.py dsrg and the other ends" in explain(walk, seeds)
    run = snakemake(done, "--", "results/default/mini_labels.txt", config=["walk={beta: 3.0}"])
    assert run.returncode == 0, run.stderr[-3000:]
    (other,) = (
        path for path in done.glob("work/*/walk/psa-*/maps/train/0-of-2.h5") if path != walk
    )
    told = explain(walk, other)
    assert "they part at stages/propagate.py psa" in told and "setting beta: 8.0 and 3.0" in told


@pytest.mark.slow
def test_thirty_kills(done, tmp_path):
    assert outcome_of(through_kills(copied(tmp_path), TARGETS * 10, seed=1)) == outcome_of(done)
