"""Killed at any moment, in other shards, on other cores: to the byte what an unbroken run makes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.dag.conftest import PHOTOS, TARGET, TARGETS, copied, snakemake, start, through_kills


def of_default(house, pattern):
    """The files below the classifier of the default recipe; other recipes may have been run beside it."""
    lines = (house / TARGET.replace("results", "results/default").replace("miou", "chain")).read_text().splitlines()
    return (house / dict(line.split() for line in lines)["classifier"]).glob(pattern)


def outcome_of(house):
    """The result, and every map of labels by its chain of stages and its photo."""
    maps = {}
    for path in of_default(house, "**/*-of-*/*.png"):
        chain = "/".join(part.split("-")[0] for part in path.relative_to(house).parts[2:-2])
        maps[chain, path.name] = path.read_bytes()
    return (house / TARGET.replace(".txt", ".json")).read_bytes(), maps


def test_killed_and_unbroken_runs_make_the_same_bytes(done, unbroken):
    result, maps = outcome_of(done)
    other_result, other_maps = outcome_of(unbroken)
    assert len(maps) == 3 * PHOTOS["train"] + PHOTOS["val"]  # seeds, sure areas, labels; predictions on val
    assert maps == other_maps and result == other_result


def test_trainings_are_the_same_bytes(done, unbroken):
    models = [sorted((p.parts[-2].split("-")[0], p.read_bytes()) for p in of_default(house, "**/model.safetensors"))
              for house in (done, unbroken)]
    assert len(models[0]) == 4 and models[0] == models[1]


def test_nothing_is_left_behind(done):
    assert not list(done.glob("work/**/.resume-*")) and not list(done.glob("work/**/.*.tmp"))


def test_a_second_run_is_told_who_works_here(tmp_path):
    house = copied(tmp_path)
    run = start(house)
    try:
        for _ in range(600):
            if (house / "work/.lock").exists() and (house / "work/.lock").read_text():
                break
            assert run.poll() is None
            time.sleep(0.05)
        second = snakemake(house, "--", TARGET)
        assert second.returncode == 1 and f"process {run.pid}" in second.stderr and "Traceback" not in second.stderr
    finally:
        run.kill()
        run.wait()


def test_verify_tells_what_is_damaged_and_the_same_command_mends_it(done):
    before = outcome_of(done)
    assert snakemake(done, "--", "verify").returncode == 0
    path = next(done.glob("work/**/predictions/val/0-of-2/*.png"))
    path.write_bytes(path.read_bytes()[:-20])
    told = snakemake(done, "--", "verify")
    assert told.returncode != 0
    (line,) = [line for line in told.stdout.splitlines() if line.startswith("error: ")]
    assert "1 artifacts are not whole" in line
    remake = line.split("remake exactly these: ")[1]
    assert remake.endswith("-- " + str(path.parent.relative_to(done)))
    subprocess.run(remake, shell=True, cwd=done, check=True, capture_output=True,
                   env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"})
    assert outcome_of(done) == before and snakemake(done, "--", "verify").returncode == 0
    assert snakemake(done, "--", TARGET).returncode == 0  # what follows it is younger again


def test_explain_names_the_first_stage_that_differs(done):
    def explain(first, second):
        told = subprocess.run([sys.executable, str(done / "stages/explain.py"), str(first), str(second)], text=True,
                              capture_output=True)
        assert told.returncode == 0, told.stderr
        return told.stdout

    walks = "work/**/psa-*/psa-*/psa-*/maps/train/0-of-2.h5"
    (walk,), seeds = done.glob(walks), next(done.glob("work/**/threshold-*/seeds/train/0-of-2"))
    assert explain(walk, walk).strip() == "both are the same"
    assert "one goes on with stages/grow_seeds.py dsrg and the other ends" in explain(walk, seeds)
    run = snakemake(done, "--", "results/default/mini_labels.txt", config=["walk={beta: 3.0}"])
    assert run.returncode == 0, run.stderr[-3000:]
    (other,) = (path for path in done.glob(walks) if path != walk)
    told = explain(walk, other)
    assert "they part at stages/propagate.py psa" in told and "setting beta: 8.0 and 3.0" in told


@pytest.mark.slow
def test_thirty_kills(done, tmp_path):
    assert outcome_of(through_kills(copied(tmp_path), TARGETS * 10, seed=1)) == outcome_of(done)
