"""From a recipe to a chain: its steps joined, each with its settings, what it reads, and the folder
of its artifacts.

A step's folder is `DATASET-digest/KIND/METHOD-digest`. Its digest is over all that can change the
step's result: kind, method, settings, the split that it is trained on, and the folders of what it
reads. Equal work of several recipes is one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wsss.plan.artifacts import TYPES, Type
from wsss.plan.companions import Draft
from wsss.plan.kinds import KINDS, Input, Kind
from wsss.plan.recipes import Recipe
from wsss.run.errors import UserError, nearest
from wsss.run.methods import Method
from wsss.run.settings import digest

Json = dict[str, Any]
SettingsOf = Callable[[Draft, Recipe], Json]
"""the settings of a step under a configuration"""


@dataclass(frozen=True)
class Source:
    """An artifact that a step reads: the step that makes it, and which of its types is taken."""

    step: "Step"
    type: str


@dataclass(frozen=True, eq=False)
class Step:
    """A step of a chain. `split` is the one that the chain is trained on."""

    name: str
    kind: str
    method: str
    settings: Json
    inputs: Mapping[str, Source]
    borrowed: Mapping[str, Json]
    split: str
    folder: str
    lenders: tuple["Step", ...] = field(default=(), repr=False)
    """the steps whose settings it was given"""

    @property
    def of(self) -> Kind:
        return KINDS[self.kind]

    @property
    def entry(self) -> Method:
        """The method's entry in its registry."""
        return self.of.methods[self.method]

    @property
    def scored(self) -> list[Type]:
        """The types of its artifacts that can be scored."""
        return [TYPES[name] for name in self.of.made if TYPES[name].scored]

    @cached_property
    def ancestors(self) -> frozenset[str]:
        """The names of all steps that it depends on, directly or not."""
        direct = [*(source.step for source in self.inputs.values()), *self.lenders]
        return frozenset(name for step in direct for name in (step.name, *step.ancestors))


@dataclass(frozen=True)
class Chain:
    """The steps of a recipe in their order."""

    recipe: str
    about: str
    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def names(self) -> list[str]:
        return [step.name for step in self.steps]

    def step(self, name: str) -> Step:
        """The step of that name, or a UserError that lists what there is."""
        found = next((step for step in self.steps if step.name == name), None)
        if found is None:
            raise UserError(
                f"recipe {self.recipe} has no step '{name}'{nearest(name, self.names)}; "
                f"it has: {', '.join(self.names)}"
            )
        return found

    def last(self, *types: str) -> Step | None:
        """The last step that makes an artifact of one of these types."""
        return next((step for step in reversed(self.steps) if set(types) & set(step.of.made)), None)

    def until(self, name: str) -> "Chain":
        """The chain up to a step."""
        return Chain(
            self.recipe, self.about, self.steps[: self.names.index(self.step(name).name) + 1]
        )

    @property
    def supervision(self) -> list[str]:
        """What people had to know of photos for this chain, each once."""
        told = [
            what
            for step in self.steps
            for what in (step.of.supervision, *step.entry.annotations)
            if what
        ]
        return sorted({"masks" if what == "mask" else what for what in told})


def resolve(recipe: Recipe, settings_of: SettingsOf, base: str, split: str) -> Chain:
    """The chain of a recipe whose folders hang from `base` and whose trainings are of `split`."""
    steps: list[Step] = []
    for draft in recipe.steps:
        steps.append(_step(draft, recipe, steps, settings_of(draft, recipe), base, split))
    return Chain(recipe.name, recipe.about, tuple(steps))


def _step(
    draft: Draft, recipe: Recipe, steps: list[Step], settings: Json, base: str, split: str
) -> Step:
    kind, inputs = KINDS[draft.kind], _inputs(draft, recipe, steps)
    lenders = {
        option: _lender(draft, recipe, steps, other) for option, other in kind.borrows.items()
    }
    borrowed = {option: lender.settings for option, lender in lenders.items()}
    if settings.get("background") == "saliency" and "saliency" not in inputs:
        raise UserError(
            f"setting '{draft.name}.background' is 'saliency', but recipe {recipe.name} has no "
            "saliency maps; "
            "add 'saliency: contrast' to its chain, or say this setting in the recipes that have "
            "them"
        )
    read = {
        name: [source.step.folder.partition("/")[2], source.type] for name, source in inputs.items()
    }
    made_of = [
        draft.kind,
        draft.method,
        settings,
        read,
        borrowed,
        split if kind.trains and kind.dataset else None,
    ]
    folder = f"{base}/{draft.kind}/{draft.method}-{digest(made_of)}"
    return Step(
        draft.name,
        draft.kind,
        draft.method,
        settings,
        inputs,
        borrowed,
        split,
        folder,
        tuple(lenders.values()),
    )


def _lender(draft: Draft, recipe: Recipe, steps: list[Step], kind: str) -> Step:
    found = next((step for step in reversed(steps) if step.kind == kind), None)
    if found is None:
        raise UserError(
            f"recipe {recipe.name}: step '{draft.name}' takes its settings from a step of the kind "
            f"'{kind}', "
            "and there is none before it; add one"
        )
    return found


def _inputs(draft: Draft, recipe: Recipe, steps: list[Step]) -> dict[str, Source]:
    """What a step reads: what it names, else the nearest earlier artifact of a type that it
    takes.
    """
    found = {}
    for name, taken in KINDS[draft.kind].inputs.items():
        types = _types(draft, name, taken)
        source = None if types is None else _source(draft, recipe, steps, name, types)
        if source is not None:
            found[name] = source
        elif types is not None and not taken.optional:
            raise UserError(_missing(draft, recipe, name, types))
    _check_method(draft, recipe, found)
    return found


def _types(draft: Draft, name: str, taken: Input) -> tuple[str, ...] | None:
    """The types that a step takes for an input; None where its method does not read it."""
    method = KINDS[draft.kind].methods[draft.method]
    if name in method.takes:
        return method.takes[name]
    return None if taken.by_method and name not in method.reads else taken.types


def _source(
    draft: Draft, recipe: Recipe, steps: list[Step], name: str, types: tuple[str, ...]
) -> Source | None:
    if name in draft.inputs:
        address = draft.inputs[name]
        return None if address is None else _named(draft, recipe, steps, name, address, types)
    if KINDS[draft.kind].inputs[name].named:
        return None
    fitting = [source for step in reversed(steps) if (source := _of_types(step, types))]
    if fitting:
        _check_obvious(draft, recipe, name, fitting)
    return fitting[0] if fitting else None


def _of_types(step: Step, types: tuple[str, ...]) -> Source | None:
    made = next((one for one in step.of.made if one in types), None)
    return None if made is None else Source(step, made)


def _named(
    draft: Draft, recipe: Recipe, steps: list[Step], name: str, address: str, types: tuple[str, ...]
) -> Source:
    step = next((one for one in steps if one.name == address), None)
    if step is None:
        before = [one.name for one in steps]
        raise UserError(
            f"recipe {recipe.name}: step '{draft.name}' reads '{address}' as its {name}, which no "
            "step before "
            f"it is called{nearest(address, before)}; before it there is: "
            f"{', '.join(before) or 'nothing'}"
        )
    source = _of_types(step, types)
    if source is None:
        raise UserError(
            f"recipe {recipe.name}: step '{draft.name}' takes {' or '.join(types)} as its {name}, "
            "and "
            f"'{address}' makes {' and '.join(step.of.made)}; name a step that makes one of these"
        )
    return source


def _check_obvious(draft: Draft, recipe: Recipe, name: str, fitting: list[Source]) -> None:
    """Refuse to choose between branches: all others must lead to the nearest, or it is of the same
    round.
    """
    nearest_one = fitting[0].step
    own_round, dot, _ = draft.name.rpartition(".")
    if dot and nearest_one.name.startswith(f"{own_round}."):
        return
    other = next(
        (source.step for source in fitting[1:] if source.step.name not in nearest_one.ancestors),
        None,
    )
    if other is not None:
        raise UserError(
            f"recipe {recipe.name}: step '{draft.name}' could read its {name} from "
            f"'{nearest_one.name}' or from "
            f"'{other.name}'; say which: {draft.name}: {{method: {draft.method}, inputs: {{{name}: "
            f"{nearest_one.name}}}}}"
        )


def _check_method(draft: Draft, recipe: Recipe, inputs: Mapping[str, Source]) -> None:
    source = inputs.get(KINDS[draft.kind].same_method or "")
    if source is not None and source.step.method != draft.method:
        raise UserError(
            f"recipe {recipe.name}: '{draft.name}: {draft.method}' does not go with "
            f"{source.step.method}; take "
            f"'{draft.name}: {source.step.method}', or leave it out"
        )


def _missing(draft: Draft, recipe: Recipe, name: str, types: tuple[str, ...]) -> str:
    """What to say where no step makes what a step needs."""
    makers = [
        f"'{kind.name}: {next(iter(kind.methods))}'"
        for kind in KINDS.values()
        if set(types) & set(kind.made)
    ]
    way_out = f"add one before it, such as {makers[0]}" if makers else "no kind of step makes one"
    return (
        f"recipe {recipe.name}: '{draft.name}: {draft.method}' needs {name} "
        f"({' or '.join(types)}), which no step "
        f"before it makes; {way_out}"
    )
