"""What published systems cost: steps, operations and memory that are counted without values, and
docs/published_costs.json against the presets.
"""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.conftest import PROJECT
from tests.unit.test_pair_information import import_benchmark
from wsss.plan.kinds import KINDS
from wsss.plan.published import chain_of, read_systems
from wsss.plan.published_costs import SUSTAINED, Cost, cost_lines, count_steps, read_costs
from wsss.plan.without_preset import other_lines, read_others

BENCHMARK = import_benchmark("published_costs")
SYSTEMS = read_systems()


@pytest.mark.parametrize(
    ("settings", "photos", "steps"),
    [
        ({"batch": 16, "epochs": 15, "most_steps": None}, 10582, 661 * 15),
        ({"batch": 15, "epochs": 12, "most_steps": 8000}, 10582, 8000),
        ({"batch": 15, "epochs": 1, "most_steps": 8000}, 10582, 705),
        ({"batch": 6, "size": 3, "epochs": 2, "most_steps": None}, 11, 2 * 6),
    ],
)
def test_steps_of_a_training(settings, photos, steps):
    assert count_steps(settings, photos) == steps


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_file_has_every_training_and_every_export_of_each_preset(name):
    chain, costs = chain_of(SYSTEMS[name], name), read_costs()
    rows = {cost.step: cost for cost in costs if cost.system == name}
    for step in BENCHMARK.steps_of(chain):
        alike = [other for other in chain if BENCHMARK.alike(step, other)]
        first = alike[0].name
        if KINDS[step.kind].trains:
            steps = len(alike) * count_steps(step.settings, SYSTEMS[name].photos)
            assert rows[first].count == steps, "run: python benchmarks/published_costs.py"
            assert rows[first].gib and rows[first].unit == "step"
        elif step.kind in BENCHMARK.EXPORTED:
            assert any(other.name in rows for other in alike), step.name
    assert min(cost.tflop for cost in rows.values()) > 0


def test_the_file_is_what_the_benchmark_counts():
    counted = [Cost(**row) for row in BENCHMARK.cost_rows("rloss")]
    assert counted == [cost for cost in read_costs() if cost.system == "rloss"]


def test_hours_are_operations_over_the_rate_of_the_card():
    cost = Cost(system="a", step="b", unit="step", count=7200, tflop=SUSTAINED, gib=2.5)
    assert cost.hours == 2
    lines = list(cost_lines([cost, cost.model_copy(update={"unit": "photo", "gib": None})]))
    assert lines[0].startswith("About 4.0 hours") and "2.5 GiB" in lines[0]
    assert lines[-2:] == [
        "| `b` | 7,200 steps | 60 | 2.00 | 2.5 |",
        "| `b` | 7,200 photos | 60 | 2.00 |  |",
    ]


def test_memory_is_what_the_gradient_needs_each_piece_once():
    layer = nn.Linear(6, 5, device="meta")
    kept, x = BENCHMARK.Kept(layer), torch.zeros(3, 6, device="meta")
    with kept.watch():
        y = layer(x)
        (y.exp() + y.exp()).sum()  # x, and the results of two exponentials
    assert kept.bytes() == 4 * (3 * 6 + 2 * 3 * 5)
    assert BENCHMARK.weights_bytes(layer) == 4 * 3 * (6 * 5 + 5)
    layer.bias.requires_grad = False
    assert BENCHMARK.weights_bytes(layer) == 4 * (3 * 6 * 5 + 5)


def test_operations_on_tensors_without_values_are_those_on_tensors_with():
    def count(device):
        x = torch.ones(2, 4, 8, 8, device=device)
        mask = torch.ones(2, dtype=torch.bool, device=device)
        with BENCHMARK.Imagined(), FlopCounterMode(display=False) as counter:
            y = nn.Conv2d(4, 3, 3, device=device)(x[mask])
            assert float(y.detach().sum()) == 1 or device == "cpu"
            assert y.detach().cpu().shape == (2, 3, 6, 6) and len(mask.nonzero()) == 2
        return counter.get_total_flops()

    assert count("meta") == count("cpu") == 2 * (2 * 3 * 6 * 6) * (4 * 3 * 3)


def test_gradients_of_a_convolution_cost_twice_the_convolution():
    for groups, frozen in ((1, False), (4, False), (4, True)):
        conv = nn.Conv2d(4, 8, 3, groups=groups, device="meta")
        conv.weight.requires_grad = not frozen
        x = torch.zeros(2, 4, 9, 7, device="meta", requires_grad=True)
        with BENCHMARK.counting() as counter:
            y = conv(x).sum()
            forward = counter.get_total_flops()
            y.backward()
        assert forward == 2 * (2 * 8 * 7 * 5) * (4 // groups * 9)
        assert counter.get_total_flops() == (2 if frozen else 3) * forward


def test_systems_without_a_preset_have_a_recipe_and_say_why():
    others = read_others()
    for other in others:
        assert (PROJECT / "recipes" / f"{other.recipe}.yaml").exists() and other.why
        assert other.title not in {system.title for system in SYSTEMS.values()}
    page = (PROJECT / "docs" / "published.md").read_text()
    assert all(line in page for line in other_lines(others))
