"""Chains: the steps of a recipe, each with its settings, the artifacts that it reads, and the
folder of its own artifacts. resolving.py makes them.
"""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from wsss.plan.artifacts import OTHER_PHOTOS, TYPES, Type
from wsss.plan.kind import Kind
from wsss.plan.kinds import KINDS
from wsss.run.errors import UserError, nearest
from wsss.run.methods import Method, load

Json = dict[str, Any]
WORDS = {"mask": "masks", "scribble": "scribbles"}
"""kind of annotation -> its name in results, where that is another"""


@dataclass(frozen=True)
class Source:
    """What a step reads as one input: the artifact of a type that another step makes."""

    step: "Step"
    type: str
    """a name in `TYPES`"""


@dataclass(frozen=True, eq=False)
class Step:
    """A step of a chain."""

    name: str
    kind: str
    """a name in `KINDS`"""
    method: str
    settings: Json
    inputs: Mapping[str, Source]
    """argument of the script -> what it reads"""
    borrowed: Mapping[str, Json]
    """option of the script -> the shared settings of an earlier step (`borrows` in kind.py)"""
    split: str
    """the split that the chain is trained on"""
    folder: str
    """DATASET-digest/KIND/METHOD-digest, under work/"""
    lenders: tuple["Step", ...] = field(default=(), repr=False)
    """the steps whose settings are in `borrowed`"""

    @property
    def of(self) -> Kind:
        """Its entry in the table of kinds."""
        return KINDS[self.kind]

    @property
    def entry(self) -> Method:
        """Its method's entry in the registry."""
        return self.of.methods[self.method]

    @property
    def reads_dataset(self) -> bool:
        """Whether it reads the dataset's index."""
        return reads_dataset(self.of, self.inputs)

    @property
    def known(self) -> tuple[str, ...]:
        """The annotations of training photos that its method needs, in words, such as `masks`.

        The settings say so where they have a method `supervision`.
        """
        settings = load(self.entry.settings)
        if hasattr(settings, "supervision"):
            words: tuple[str, ...] = settings.model_validate(self.settings).supervision()
            return words
        return tuple(WORDS.get(kind, kind) for kind in self.entry.annotations)

    def known_of(self, lacking: Set[str]) -> list[str]:
        """`known`, without the annotations that no photo has (`lacking`), as `masks of 5 % of the
        photos` where there are no masks, if the method takes what there is.
        """
        if not getattr(load(self.entry.settings), "takes_what_there_is", False):
            return list(self.known)
        return [words for words in self.known if words.split(" of ")[0] not in lacking]

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


def reads_dataset(kind: Kind, inputs: Mapping[str, Source]) -> bool:
    """Whether a step of a kind reads the dataset's index: not if other photos are its input."""
    return kind.dataset and all(source.type != OTHER_PHOTOS for source in inputs.values())


@dataclass(frozen=True)
class Chain:
    """The steps of a recipe in their order. A step reads only steps before it."""

    recipe: str
    """the recipe's name"""
    about: str
    """one line that says what the recipe is"""
    steps: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def names(self) -> list[str]:
        """The names of the steps."""
        return [step.name for step in self.steps]

    def step(self, name: str) -> Step:
        """The step called `name`; a UserError lists the names of all steps."""
        for step in self.steps:
            if step.name == name:
                return step
        raise UserError(
            f"recipe {self.recipe} has no step '{name}'{nearest(name, self.names)}; "
            f"it has: {', '.join(self.names)}"
        )

    def last(self, *types: str) -> Step | None:
        """The last step that makes an artifact of one of these types; None if no step does."""
        for step in reversed(self.steps):
            if set(types) & set(step.of.made):
                return step
        return None

    def require_last(self, type_: str, kind: str | None = None) -> Step:
        """The last step (of `kind`, if it is given) that makes an artifact of a type; UserError if
        no step does.
        """
        for step in reversed(self.steps):
            if type_ in step.of.made and kind in (None, step.kind):
                return step
        missing = f"of the kind '{kind}'" if kind else f"that makes {TYPES[type_].about}"
        raise UserError(
            f"recipe {self.recipe} has no step {missing}; its steps: {', '.join(self.names)}; ask "
            "for another recipe"
        )

    def until(self, name: str) -> "Chain":
        """The chain up to and with the step called `name`."""
        index = self.names.index(self.step(name).name)
        return Chain(self.recipe, self.about, self.steps[: index + 1])

    @property
    def supervision(self) -> list[str]:
        """The annotations that this chain needs, in words and sorted, such as ["masks", "tags"]."""
        return self.known_of(frozenset())

    def known_of(self, lacking: Set[str]) -> list[str]:
        """`supervision`, without the annotations that no photo has (`lacking`) where a method takes
        what there is.
        """
        needed: set[str] = set()
        for step in self.steps:
            if step.reads_dataset:
                needed |= {step.of.supervision, *step.known_of(lacking)}
        return sorted(needed - {""})
