"""Chains: the steps of a recipe joined, each with its settings, what it reads, and the folder of
its artifacts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wsss.plan.artifacts import TYPES, Type
from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS
from wsss.run.errors import UserError, nearest
from wsss.run.methods import Method

Json = dict[str, Any]


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
        found: set[str] = set()
        for source in self.inputs.values():
            found |= {source.step.name, *source.step.ancestors}
        for lender in self.lenders:
            found |= {lender.name, *lender.ancestors}
        return frozenset(found)


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
        for step in self.steps:
            if step.name == name:
                return step
        raise UserError(
            f"recipe {self.recipe} has no step '{name}'{nearest(name, self.names)}; "
            f"it has: {', '.join(self.names)}"
        )

    def last(self, *types: str) -> Step | None:
        """The last step that makes an artifact of one of these types."""
        for step in reversed(self.steps):
            if set(types) & set(step.of.made):
                return step
        return None

    def until(self, name: str) -> "Chain":
        """The chain up to a step."""
        place = self.names.index(self.step(name).name)
        return Chain(self.recipe, self.about, self.steps[: place + 1])

    @property
    def supervision(self) -> list[str]:
        """What people had to know of photos for this chain, each once."""
        known: set[str] = set()
        for step in self.steps:
            known |= {step.of.supervision, *step.entry.annotations}
        if "mask" in known:
            known |= {"masks"}
        return sorted(known - {"", "mask"})
