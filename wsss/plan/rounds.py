"""Rounds of a recipe: a list of steps that is repeated, each round after the one before.

The step NAME of the second round is called `round2.NAME`. An input `before.NAME` is the step NAME
of the round before. In the first round it is the step that `first` names for that input.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from pydantic import Field

from wsss.plan.companions import Draft, add_companions
from wsss.plan.step_drafts import (
    LongStep,
    check_left_out,
    kind_of,
    long_form,
    make_draft,
    require_mapping,
)
from wsss.run.errors import UserError, nearest
from wsss.run.settings import Settings, validate

ROUNDS, BEFORE = "rounds", "before."
"""the name of the rounds in a chain; the start of inputs that read the round before"""


class RoundsStep(Settings):
    """The value of `rounds` in a chain."""

    times: int = Field(ge=1, le=100)
    """the number of rounds"""
    chain: dict[str, Any]
    """the steps of a round, as in a recipe's chain"""
    settings: dict[int, dict[str, Any]] = Field(default_factory=dict)
    """round -> step -> settings of that step in that round only"""


def unroll(value: Any, recipe: str) -> list[Draft]:
    """The drafts of all rounds, with companions (companions.py). `value` is that of `rounds` in a
    chain.
    """
    require_mapping(value, ROUNDS, recipe)
    rounds = validate(RoundsStep, value, f"{recipe}: {ROUNDS}")
    drafts: list[Draft] = []
    for number in range(1, rounds.times + 1):
        drafts += _round(rounds, number, recipe)
    return drafts


def _round(rounds: RoundsStep, number: int, recipe: str) -> list[Draft]:
    """The drafts of one round, with companions."""
    prefix = f"round{number}."
    settings = rounds.settings.get(number, {})
    steps, dropped = _steps_of(rounds, recipe)
    names = _names_in(steps, recipe)
    _check_round(rounds, steps, names, recipe)
    drafts = []
    for name, step in steps.items():
        in_round = step.model_copy(update={"inputs": _inputs(step, number, names)})
        drafts.append(make_draft(f"{prefix}{name}", in_round, recipe, settings.get(name)))
    return list(chain.from_iterable(add_companions(drafts, dropped, prefix, settings)))


def _steps_of(rounds: RoundsStep, recipe: str) -> tuple[dict[str, LongStep], set[str]]:
    """The steps of every round by name, and the names that the round sets to null."""
    steps: dict[str, LongStep] = {}
    dropped: set[str] = set()
    for name, value in rounds.chain.items():
        if value is None:
            check_left_out(name, rounds.chain, recipe)
            dropped.add(name)
        else:
            steps[name] = long_form(name, value, recipe)
    return steps, dropped


def _inputs(step: LongStep, number: int, names: list[str]) -> dict[str, str | None]:
    """The inputs that a step names, as input -> the step's name in the whole recipe."""
    inputs = {}
    for key, value in step.inputs.items():
        inputs[key] = _full_name(value, key, step, number, names)
    return inputs


def _names_in(steps: Mapping[str, LongStep], recipe: str) -> list[str]:
    """The names of a round's steps and of their companions."""
    names = list(steps)
    for name, step in steps.items():
        for companion in kind_of(step.kind or name, recipe).companions:
            if companion.place != "end" and companion.kind not in names:
                names.append(companion.kind)
    return names


def _check_round(
    rounds: RoundsStep, steps: Mapping[str, LongStep], names: list[str], recipe: str
) -> None:
    """Refuse settings of a round or a step that does not exist, and a `first` for an input that the
    step does not name.
    """
    for number in rounds.settings:
        if not 0 < number <= rounds.times:
            raise UserError(
                f"recipe {recipe}: rounds.settings names round {number}; there are rounds 1 to "
                f"{rounds.times}"
            )
    for given in rounds.settings.values():
        _check_known(given, names, f"recipe {recipe}: rounds.settings")
    for name, step in steps.items():
        _check_known(step.first, list(step.inputs), f"recipe {recipe}: '{name}.first'")


def _check_known(given: Iterable[str], names: list[str], where: str) -> None:
    """Refuse a given name that is not among `names`."""
    for name in given:
        if name not in names:
            raise UserError(
                f"{where} names '{name}', which does not exist{nearest(name, names)}; there are: "
                f"{', '.join(names)}"
            )


def _full_name(
    value: str | None, key: str, step: LongStep, number: int, names: list[str]
) -> str | None:
    """The name in the whole recipe of the step `value` that a step of round `number` reads as its
    input `key`. `names` is the steps of a round; other steps are outside of the rounds.
    """
    if value is None:
        return None
    if not value.startswith(BEFORE):
        return f"round{number}.{value}" if value in names else value
    return f"round{number - 1}.{value.removeprefix(BEFORE)}" if number > 1 else step.first.get(key)
