"""benchmarks/gpu.py on a CPU with small networks, and what it says without CUDA."""

import json
import math

import pytest
import torch

from tests.unit.test_pair_information import import_benchmark
from wsss.plan.published import read_systems

CPU = torch.device("cpu")
BENCHMARK = import_benchmark("gpu")


@pytest.mark.slow
def test_every_published_training_learns_from_what_it_is_given(index):
    """One step of each, on a small network."""
    names = []
    for system in read_systems():
        for trial in BENCHMARK.make_trials(system, len(index.classes), small=True):
            names.append((system, trial.step.name))
            photos = BENCHMARK.training_photos(index, trial.settings)
            batch = BENCHMARK.on_device(next(iter(photos_of(photos, trial.settings))), CPU)
            trial.task.network.train()
            optimiser = BENCHMARK.make_optimiser(
                BENCHMARK.groups_of(trial.task, trial.settings), trial.settings
            )
            assert math.isfinite(BENCHMARK.learn(trial, optimiser, batch)), names[-1]
    assert len(names) == len(set(names)) == 24
    assert ("auxsegnet", "round1.multitask") in names


def photos_of(photos, settings):
    """The batches of a training."""
    return BENCHMARK.loader(photos, BENCHMARK.EpochBatches(len(photos), settings), 0)


def test_it_measures_every_training_and_export_of_a_system(capsys):
    words = ["--device", "cpu", "--small", "--systems", "irn", "--steps", "1", "--workers", "0"]
    BENCHMARK.main(words)
    found = json.loads(capsys.readouterr().out)
    assert found["small"] and found["device"] == "cpu"
    steps = ["classifier", "cams", "affinity", "walk", "segmenter", "predict"]
    assert [row["step"] for row in found["rows"]] == steps
    for row in found["rows"]:
        assert row["photos_per_second"] > 0
    trained = [row for row in found["rows"] if "waiting" in row]
    assert len(trained) == 3
    for row in trained:
        assert 0 <= row["waiting"] <= 1 and row["batch"] == 2 and row["peak_mib"] is None


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA")
def test_without_cuda_it_says_that_nothing_was_measured(capsys):
    BENCHMARK.main([])
    found = json.loads(capsys.readouterr().out)
    assert found["skipped"].startswith("no CUDA") and "rows" not in found
