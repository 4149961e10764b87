"""Warns of settings without effect: settings that people changed, but that no step of the targets
reads, such as the epochs of a training that the recipe does not have.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wsss.losses.regulariser_settings import SECTIONS as REGULARISERS
from wsss.plan.chains import Chain
from wsss.plan.config import TRAINING, config_model, shared_keys
from wsss.plan.datasets.registry import OF_SOME
from wsss.plan.kinds import KINDS, ORDER
from wsss.plan.plan import Plan
from wsss.plan.targets import chains_of
from wsss.run.errors import UserError

Key = tuple[str, ...]
"""a setting by (section, key), (section, method, key) or ("steps", step, ...)"""
CORRECTIONS = "corrections"
"""the setting that only kinds of steps read whose results can be corrected"""
ANNOTATIONS = "annotations"
"""the section of strokes, clicks and boxes, which few methods read"""
KIND_OF = {"scribbles": "scribble", "points": "points", "boxes": "boxes"}
"""key of that section -> the kind of annotation, as methods name it"""
MOST = 5
"""settings that the line names, at most; the others are counted"""
FOUND = {
    ("seeds", "foreground"): ("thresholds", ""),
    ("seeds", "background"): ("thresholds", "saliency"),
}
"""setting -> the input of the kind that takes its place, and the input with which it does not"""
READ_AFTER = {"instances": "walk", "consistency": "classifier"}
"""section that is no kind of step -> the kind of step whose artifacts its stage reads"""


def unread_note(plan: Plan, targets: Iterable[str]) -> str:
    """One line on the settings that no step of the targets reads.

    "" if there are none, or if a recipe has an error, which is reported elsewhere.
    """
    changed = list(_changed(plan))
    if not changed:
        return ""
    try:
        names, chains = chains_of(plan, targets)
    except UserError:
        return ""
    use = Use(plan, chains)
    unread = [key for key in changed if not use.reads(key)]
    return _line(unread, names, use) if unread else ""


def _changed(plan: Plan) -> Iterator[Key]:
    """The settings that people gave, where neither that value nor the one in force is a default."""
    defaults = config_model()().model_dump(mode="json")
    now = plan.config.model_dump(mode="json")
    for key, value in _leaves(plan.stated):
        default = _value_at(defaults, key)
        if value != default and _value_at(now, key) != default:
            yield key


def _leaves(values: Mapping[str, Any], above: Key = ()) -> Iterator[tuple[Key, Any]]:
    """(key, value) of all settings in nested mappings, which lie under the key `above`."""
    for name, value in values.items():
        key = (*above, str(name))
        if isinstance(value, Mapping):
            yield from _leaves(value, key)
        else:
            yield key, value


def _value_at(values: Any, key: Key) -> Any:
    """The value of a setting in nested mappings; None where it is not set."""
    for name in key:
        values = values.get(name) if isinstance(values, Mapping) else None
    return values


class Use:
    """Says which settings the steps of chains and the dataset read."""

    def __init__(self, plan: Plan, chains: Iterable[Chain]) -> None:
        self._plan = plan
        self._methods: dict[str, set[str]] = {}
        self._names: dict[str, set[tuple[str, str]]] = {}
        self._regularisers: set[str] = set()
        self._inputs: dict[str, list[set[str]]] = {}
        self._annotations: set[str] = set()
        for step in (step for chain in chains for step in chain):
            self._inputs.setdefault(step.kind, []).append(set(step.inputs))
            self._methods.setdefault(step.kind, set()).add(step.method)
            self._names.setdefault(step.name, set()).add((step.kind, step.method))
            self._regularisers.add(step.settings.get("regulariser", "none"))
            self._annotations.update(step.entry.annotations)

    @property
    def kinds(self) -> list[str]:
        """The kinds of the steps, in the order of the table of kinds."""
        return sorted(self._methods, key=lambda kind: ORDER[kind])

    def reads(self, key: Key) -> bool:
        """Whether a step or the dataset reads a setting."""
        section, *rest = key
        if self.found_by(key):
            return False
        if section == TRAINING:
            return bool(self._trainings(rest[0], stated=False))
        if section == "steps":
            return self._reads_step(rest)
        if section in KINDS:
            return self._reads_kind(section, self._methods.get(section, set()), rest)
        if section in READ_AFTER:
            return READ_AFTER[section] in self._methods
        if section == CORRECTIONS:
            return any(KINDS[kind].corrected for kind in self._methods)
        if section == ANNOTATIONS:
            return KIND_OF[rest[0]] in self._annotations
        return self.is_of_dataset(section)

    def _reads_step(self, rest: list[str]) -> bool:
        """Whether a step reads a setting under `steps`: [step, key] or [step, method, key]."""
        steps = self._names.get(rest[0], set())
        return any(self._reads_kind(kind, {method}, rest[1:]) for kind, method in steps)

    def _reads_kind(self, kind: str, methods: set[str], rest: list[str]) -> bool:
        """Whether a step of a kind, by one of these methods, reads [key], [method, key] or
        [regulariser, key] of the kind's section.
        """
        if len(rest) > 1 and rest[0] in REGULARISERS and rest[0] not in self._regularisers:
            return False
        of_method = len(rest) > 1 and rest[0] in KINDS[kind].methods
        return rest[0] in methods if of_method else bool(methods)

    def _trainings(self, key: str, stated: bool) -> list[str]:
        """The kinds of trainings among the steps for which a key of `training` holds; with `stated`
        those whose own section sets the key instead.
        """
        found = []
        for kind in self.kinds:
            own = key in (self._plan.given.get(kind) or {}) or key not in shared_keys(kind)
            if shared_keys(kind) and own == stated:
                found.append(kind)
        return found

    def found_by(self, key: Key) -> str:
        """The input that takes the place of a setting in all steps of its kind; "" if none does."""
        section = key[1] if key[0] == "steps" else key[0]
        found, but = FOUND.get((section, key[-1]), ("", ""))
        steps = self._inputs.get(section, [])
        replaced = [found in inputs and but not in inputs for inputs in steps]
        return found if replaced and all(replaced) else ""

    def stated_by(self, key: Key) -> list[str]:
        """The kinds of trainings whose own section sets a key of `training`; [] for other keys."""
        return self._trainings(key[1], stated=True) if key[0] == TRAINING else []

    def is_of_dataset(self, section: str) -> bool:
        """Whether the dataset reads a section or setting. Those of no dataset are always read."""
        return section not in OF_SOME or section in self._plan.dataset.reads

    @property
    def dataset(self) -> str:
        """The dataset's name."""
        return self._plan.dataset.name


def _line(unread: list[Key], names: str, use: Use) -> str:
    """The line: the first settings, the number of others, and the kinds of steps in use."""
    shown = [_shown(key, use) for key in unread[:MOST]]
    more = len(unread) - len(shown)
    named = ", ".join([*shown, *([f"{more} more"] if more else [])])
    verb = "is" if len(unread) == 1 else "are"
    of_other_datasets = [key for key in unread if not use.is_of_dataset(key[0])]
    if len(of_other_datasets) == len(unread):
        return f"config: {named} {verb} not read for the dataset {use.dataset}"
    dataset = f" and not for the dataset {use.dataset}" if of_other_datasets else ""
    return (
        f"config: {named} {verb} read by no step of {names}{dataset} (kinds in use: "
        f"{', '.join(use.kinds)})"
    )


def _shown(key: Key, use: Use) -> str:
    """A setting as SECTION.KEY; for one of `training` also the sections that set it themselves, and
    for one that a step finds instead that step.
    """
    stated, found = use.stated_by(key), use.found_by(key)
    if found:
        return f"{'.'.join(key)} (found by the step {found})"
    return ".".join(key) + (f" (stated by {', '.join(stated)})" if stated else "")
