"""A note on settings that people gave and that nothing in use reads, such as the epochs of a
training that the recipe does not have.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wsss.plan.chains import Chain
from wsss.plan.config import TRAINING, config_model, shared_keys
from wsss.plan.dataset import DRAWN, VOC
from wsss.plan.kinds import KINDS, ORDER
from wsss.plan.plan import Plan
from wsss.plan.targets import chains_of
from wsss.run.errors import UserError

Place = tuple[str, ...]
"""where a setting stands: section and key, or section, method and key"""
MOST = 5
"""settings that are named; the others are counted"""
READ_AFTER = {"instances": "walk", "consistency": "classifier"}
"""section that is no kind of step -> the kind of step whose artifacts are scored by it"""


class UnreadNote:
    """Tells once, in the process that a person started, which settings nothing in use reads.

    `targets` gives what Snakemake was asked for, which it knows only when it looks for jobs.
    """

    def __init__(self, plan: Plan, targets: Callable[[], Iterable[str]], main: bool = True) -> None:
        self._plan, self._targets, self._printed = plan, targets, not main

    def tell(self) -> None:
        """Print the note, the first time that it is called."""
        if not self._printed:
            self._printed = True
            note = unread_note(self._plan, self._targets())
            if note:
                print(note, file=sys.stderr, flush=True)


def unread_note(plan: Plan, targets: Iterable[str]) -> str:
    """One line on the settings that nothing reads; "" where there are none, or a recipe is wrong,
    which is reported elsewhere.
    """
    changed = list(_changed(plan))
    if not changed:
        return ""
    try:
        names, chains = chains_of(plan, targets)
    except UserError:
        return ""
    use = Use(plan, chains)
    unread = [place for place in changed if not use.reads(place)]
    return _line(unread, names, use) if unread else ""


def _changed(plan: Plan) -> Iterator[Place]:
    """The settings that people gave and that are not as by default."""
    default = config_model()().model_dump(mode="json")
    now = plan.config.model_dump(mode="json")
    for place, value in _leaves(plan.stated):
        if value != _at(default, place) != _at(now, place):
            yield place


def _leaves(values: Mapping[str, Any], above: Place = ()) -> Iterator[tuple[Place, Any]]:
    for key, value in values.items():
        place = (*above, str(key))
        if isinstance(value, Mapping):
            yield from _leaves(value, place)
        else:
            yield place, value


def _at(values: Any, place: Place) -> Any:
    """The value at a place; None where there is none."""
    for key in place:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


class Use:
    """What the steps of chains, and the dataset, read."""

    def __init__(self, plan: Plan, chains: Iterable[Chain]) -> None:
        self._plan = plan
        self._methods: dict[str, set[str]] = {}
        self._names: dict[str, set[tuple[str, str]]] = {}
        for step in (step for chain in chains for step in chain):
            self._methods.setdefault(step.kind, set()).add(step.method)
            self._names.setdefault(step.name, set()).add((step.kind, step.method))

    @property
    def kinds(self) -> list[str]:
        """The kinds of steps in use."""
        return sorted(self._methods, key=lambda kind: ORDER[kind])

    def reads(self, place: Place) -> bool:
        """Whether anything reads the setting at a place."""
        section, *rest = place
        if section == TRAINING:
            return bool(self._trainings(rest[0], stated=False))
        if section == "steps":
            return self._reads_step(rest)
        if section in KINDS:
            return self._reads_kind(section, self._methods.get(section, set()), rest)
        if section in READ_AFTER:
            return READ_AFTER[section] in self._methods
        return self.is_of_dataset(section)

    def _reads_step(self, rest: list[str]) -> bool:
        steps = self._names.get(rest[0], set())
        return any(self._reads_kind(kind, {method}, rest[1:]) for kind, method in steps)

    @staticmethod
    def _reads_kind(kind: str, methods: set[str], rest: list[str]) -> bool:
        """Whether steps of a kind by these methods read a key of its section."""
        of_method = len(rest) > 1 and rest[0] in KINDS[kind].methods
        return rest[0] in methods if of_method else bool(methods)

    def _trainings(self, key: str, stated: bool) -> list[str]:
        """The trainings in use that take a key of `training`, or whose sections say it
        themselves.
        """
        found = []
        for kind in self.kinds:
            own = key in (self._plan.given.get(kind) or {}) or key not in shared_keys(kind)
            if shared_keys(kind) and own == stated:
                found.append(kind)
        return found

    def stated_by(self, place: Place) -> list[str]:
        """The trainings in use whose sections say a key of `training` themselves."""
        return self._trainings(place[1], stated=True) if place[0] == TRAINING else []

    def is_of_dataset(self, section: str) -> bool:
        """Whether the dataset reads a section; others than the datasets' are read by all."""
        dataset = self._plan.dataset
        read = {
            "mini": dataset.name == DRAWN,
            "folder": dataset.own,
            "download": dataset.name == VOC and dataset.made_here,
            "data_root": dataset.name != DRAWN,
            "train_split": dataset.name == VOC,
        }
        return read.get(section, True)

    @property
    def dataset(self) -> str:
        return self._plan.dataset.name


def _line(unread: list[Place], names: str, use: Use) -> str:
    """The note: the first settings and a count, and what is in use instead."""
    shown = [_shown(place, use) for place in unread[:MOST]]
    more = len(unread) - len(shown)
    named = ", ".join([*shown, *([f"{more} more"] if more else [])])
    verb = "is" if len(unread) == 1 else "are"
    if not any(use.is_of_dataset(place[0]) for place in unread):
        return f"config: {named} {verb} not read for the dataset {use.dataset}"
    but = [place for place in unread if not use.is_of_dataset(place[0])]
    dataset = f" and not for the dataset {use.dataset}" if but else ""
    return (
        f"config: {named} {verb} read by no step of {names}{dataset} (kinds in use: "
        f"{', '.join(use.kinds)})"
    )


def _shown(place: Place, use: Use) -> str:
    """A setting, and the trainings whose sections say it themselves."""
    stated = use.stated_by(place)
    return ".".join(place) + (f" (stated by {', '.join(stated)})" if stated else "")
