"""Warns of weights that are not there. A training fails without them, perhaps after hours of other
steps or of a download.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from wsss.plan.chains import Step
from wsss.plan.plan import Plan
from wsss.plan.targets import UPKEEP, chains_of
from wsss.run.errors import UserError
from wsss.run.user_files import WORDS

IN_NO_HUB = ("resnet38",)
"""backbones whose ImageNet weights nobody can download by a name"""


def weights_note(plan: Plan, targets: Iterable[str]) -> str:
    """One line on the weights that the trainings of the targets lack; "" if they lack none."""
    named = list(map(str, targets))
    if named and set(named) <= set(UPKEEP):
        return ""
    try:
        _, chains = chains_of(plan, named)
    except UserError:
        return ""
    steps = [step for chain in chains for step in chain if step.of.trains]
    todo = [step for step in steps if not Path(plan.steps.model(step).path).exists()]
    lacking = list(dict.fromkeys(line for step in todo for line in _lacks(step)))
    return f"weights: {'; '.join(lacking)}" if lacking else ""


def _lacks(step: Step) -> Iterator[str]:
    """What a step lacks, in words."""
    weights, backbone = step.settings.get("weights", "none"), step.settings.get("backbone")
    if "start" in step.inputs:
        return
    if weights == "imagenet" and backbone in IN_NO_HUB:
        yield (
            f"those of {backbone} have to be given as a file, such as --config "
            "'training={weights: FILE}' (docs/backbones.md)"
        )
    elif weights not in WORDS and not Path(weights).is_file():
        yield f"there is no file '{weights}'; correct the setting weights"
