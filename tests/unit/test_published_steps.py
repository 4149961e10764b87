"""One step of every training of the published presets, at its crop, with one photo and with two."""

import math

import pytest

from tests.unit.test_pair_information import import_benchmark
from wsss.plan.published import chain_of, read_systems

BENCHMARK = import_benchmark("published_step")


def trainings():
    """(system, step) of all trainings."""
    found = []
    for name, system in read_systems().items():
        for step in BENCHMARK.trainings_of(chain_of(system, name)):
            found.append((name, step.name))
    return found


def test_memory_is_extrapolated_on_a_line():
    assert BENCHMARK.extrapolate((1, 2), (500.0, 700.0), 16) == 500 + 15 * 200


@pytest.mark.slow
@pytest.mark.parametrize(("system", "step"), trainings())
def test_one_step_of_every_published_training_runs_at_its_crop(system, step):
    row = BENCHMARK.measure(system, step)
    print(row)
    assert all(map(math.isfinite, row["losses"])) and min(row["losses"]) > 0
    settings = chain_of(read_systems()[system], system).step(step).settings
    assert row["crop"] == settings["crop"] >= 321 and max(row["mib"]) > 0
