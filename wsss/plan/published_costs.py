"""What a published system costs on a card, estimated: docs/published_costs.json has the work of
each training and export, which benchmarks/published_costs.py counts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from wsss.plan.config import ROOT
from wsss.run.settings import Settings, validate
from wsss.run.yaml_files import read_yaml

COSTS = ROOT / "docs" / "published_costs.json"
TRAINAUG, VAL = 10_582, 1_449
"""photos of these splits of VOC"""
PHOTO = "500 x 375 pixels"
"""the size of the photos that are exported, as most of VOC's are"""
CARD = "an NVIDIA A100"
SUSTAINED = 60.0
"""10^12 multiplications and additions that it is taken to compute in a second, about a fifth of
what its maker states for bfloat16"""


class Cost(Settings):
    """The work of a step of a recipe."""

    system: str
    """the published system"""
    step: str
    """the step's name in the recipe"""
    unit: Literal["step", "photo"]
    """what is counted: steps of a training, or photos of an export"""
    count: int
    """how many of them there are"""
    tflop: float
    """the work of one, in 10^12 multiplications and additions"""
    gib: float | None
    """GiB of a training step; null for an export"""

    @property
    def hours(self) -> float:
        """Hours on CARD."""
        return self.count * self.tflop / SUSTAINED / 3600


def read_costs(path: Path = COSTS) -> list[Cost]:
    """The rows of docs/published_costs.json."""
    rows = read_yaml(path, "costs of the published systems")["rows"]
    return [validate(Cost, row, path.name) for row in rows]


def count_steps(settings: dict[str, Any], photos: int) -> int:
    """The steps of a training on so many photos, from its settings."""
    groups = settings["batch"] // settings.get("size", 1)
    whole = "size" in settings  # groups: the last step of an epoch may have fewer
    per_epoch = -(-photos // groups) if whole else photos // groups
    steps: int = settings["epochs"] * per_epoch
    return min(steps, settings["most_steps"] or steps)


def hours_of(costs: list[Cost]) -> float:
    """Hours of all of them on CARD."""
    return sum(cost.hours for cost in costs)


def memory_of(costs: list[Cost]) -> float:
    """GiB of the largest training."""
    return max(cost.gib or 0 for cost in costs)


def cost_lines(costs: list[Cost]) -> Iterator[str]:
    """The lines of the page on one system."""
    hours, memory = hours_of(costs), memory_of(costs)
    yield f"About {hours:.1f} hours on {CARD}; a step keeps {memory:.1f} GiB in float32:"
    yield ""
    yield "| step | how much | 10^12 operations each | hours | GiB |"
    yield "|---|---|---|---|---|"
    for cost in costs:
        gib = "" if cost.gib is None else f"{cost.gib:.1f}"
        many = f"{cost.count:,} {cost.unit}s"
        yield f"| `{cost.step}` | {many} | {cost.tflop:.3g} | {cost.hours:.2f} | {gib} |"
