"""Thresholds by the stage scripts: seeds with found thresholds are those with the same settings."""

import json

import numpy as np
from PIL import Image

from tests.conftest import DATASET, check_done
from tests.dag.runs import copy_project, plan_jobs


def read_seeds(folder):
    """The label maps of a folder by name."""
    return {path.name: np.asarray(Image.open(path)) for path in sorted(folder.glob("*.png"))}


def test_seeds_take_the_thresholds_that_were_found(maps_words, stage, tmp_path):
    found, out, same = tmp_path / "t.json", tmp_path / "found", tmp_path / "given"
    done = check_done(stage("find_thresholds", "shares", *maps_words, "--out", found))
    assert "seeds of classes above" in done.stdout
    values = json.loads(found.read_text())
    check_done(stage("make_seeds", "threshold", *maps_words, "--thresholds", found, "--out", out))
    words = [f"--{name}={values[name]}" for name in ("foreground", "background")]
    check_done(stage("make_seeds", "threshold", *maps_words, *words, "--out", same))
    seeds, expected = read_seeds(out), read_seeds(same)
    assert seeds.keys() == expected.keys() and len(seeds) == values["photos"]
    assert all(np.array_equal(seeds[name], expected[name]) for name in seeds)
    labels = np.stack(list(seeds.values()))
    assert (labels == 0).any() and ((labels > 0) & (labels < 255)).any()


def test_snakemake_finds_thresholds_once_before_all_shards_of_seeds(tmp_path):
    jobs = plan_jobs(copy_project(tmp_path), target=f"results/default/{DATASET}_seeds.txt")
    assert jobs["find_thresholds"] == 1 and jobs["make_seeds"] == 2
