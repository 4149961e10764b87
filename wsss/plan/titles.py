"""What steps make, in plain words for the report."""

import re

from wsss.plan.artifacts import TYPES
from wsss.plan.chains import Chain, Step
from wsss.plan.scores import scored_names
from wsss.plan.steps import CONFIDENCE, MASKS

ROUND = re.compile(r"round(\d+)\.(.+)")


def titles_of(chain: Chain) -> dict[str, str]:
    """The names of a chain's steps, and of all artifacts that can be scored -> their titles."""
    found = {MASKS: "masks, among the tags", CONFIDENCE: "confidence, white where certain"}
    for step in chain:
        found[step.name] = title_of(step)
        for name, type_ in scored_names(step)[1:]:
            found[name] = f"{TYPES[type_.name].about} ({step.name})"
    return found


def title_of(step: Step) -> str:
    """Such as "pseudo-labels, round 2". A step that the recipe gives another name than that of its
    kind has it in brackets.
    """
    match = ROUND.fullmatch(step.name)
    name = match[2] if match else step.name
    title = step.of.title or step.kind.replace("_", " ")
    own = "" if name == step.kind else f" ({name})"
    return f"{title}{own}, round {match[1]}" if match else f"{title}{own}"
