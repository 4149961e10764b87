"""Rounds of a recipe: steps that are done several times, each time after the other.

The steps of the second round are called `round2.NAME`; a step reads what the round before made as
`before.NAME`, and what its `first` names where there is none before.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from pydantic import Field, PositiveInt

from wsss.plan.companions import Draft, add_companions
from wsss.plan.step_drafts import LongStep, as_mapping, kind_named, long_form, make_draft
from wsss.run.errors import UserError, nearest
from wsss.run.settings import Settings, validate

ROUNDS, BEFORE = "rounds", "before."


class RoundsStep(Settings):
    """Steps that are done several times, each time after the other."""

    times: PositiveInt
    chain: dict[str, Any]
    settings: dict[int, dict[str, Any]] = Field(default_factory=dict)


def unroll(value: Any, recipe: str) -> list[Draft]:
    """The steps of all rounds, each with its companions."""
    rounds = validate(RoundsStep, as_mapping(value, ROUNDS, recipe), f"{recipe}: {ROUNDS}")
    drafts: list[Draft] = []
    for number in range(1, rounds.times + 1):
        drafts += _round(rounds, number, recipe)
    return drafts


def _round(rounds: RoundsStep, number: int, recipe: str) -> list[Draft]:
    """The steps of one round."""
    prefix = f"round{number}."
    settings = rounds.settings.get(number, {})
    steps, dropped = _steps_of(rounds, recipe)
    names = _names_in(steps, recipe)
    _check_round(rounds, steps, names, recipe)
    drafts = []
    for name, step in steps.items():
        named = step.model_copy(update={"inputs": _inputs(step, number, names)})
        drafts.append(make_draft(f"{prefix}{name}", named, recipe, settings.get(name)))
    return list(chain.from_iterable(add_companions(drafts, dropped, prefix, settings)))


def _steps_of(rounds: RoundsStep, recipe: str) -> tuple[dict[str, LongStep], set[str]]:
    """The steps of every round, and the names that it says null to."""
    steps: dict[str, LongStep] = {}
    dropped: set[str] = set()
    for name, value in rounds.chain.items():
        if value is None:
            dropped.add(name)
        else:
            steps[name] = long_form(name, value, recipe)
    return steps, dropped


def _inputs(step: LongStep, number: int, names: list[str]) -> dict[str, str | None]:
    """The inputs that a step names, as the whole recipe calls them."""
    inputs = {}
    for key, value in step.inputs.items():
        inputs[key] = _address(value, key, step, number, names)
    return inputs


def _names_in(steps: Mapping[str, LongStep], recipe: str) -> list[str]:
    """The names of a round's steps, and of those that come with them."""
    names = list(steps)
    for name, step in steps.items():
        for companion in kind_named(step.kind or name, recipe).companions:
            if companion.place != "end" and companion.kind not in names:
                names.append(companion.kind)
    return names


def _check_round(
    rounds: RoundsStep, steps: Mapping[str, LongStep], names: list[str], recipe: str
) -> None:
    """Refuse settings of a round or of a step that is not there, and what the first round reads
    instead of nothing.
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
    for name in given:
        if name not in names:
            raise UserError(
                f"{where} names '{name}', which is not there{nearest(name, names)}; there is: "
                f"{', '.join(names)}"
            )


def _address(
    value: str | None, key: str, step: LongStep, number: int, names: list[str]
) -> str | None:
    """What a round calls an input, as the whole recipe calls it."""
    if value is None:
        return None
    if not value.startswith(BEFORE):
        return f"round{number}.{value}" if value in names else value
    return f"round{number - 1}.{value.removeprefix(BEFORE)}" if number > 1 else step.first.get(key)
