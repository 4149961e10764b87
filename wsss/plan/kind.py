"""A kind of step: what the table in kinds.py states of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from wsss.plan.artifacts import MODEL, TYPES, Type
from wsss.run.methods import Method


@dataclass(frozen=True)
class Input:
    """What a step reads: an artifact of one of these types, made by an earlier step."""

    types: tuple[str, ...]
    optional: bool = False
    """left out where no earlier step makes one"""
    by_method: bool = False
    """only the methods that name it in `reads` read it"""
    named: bool = False
    """only where a recipe names the step that makes it"""


@dataclass(frozen=True)
class Companion:
    """A kind of step that comes with another, right before or after it, or at the end of the
    recipe.
    """

    kind: str
    place: Literal["before", "after", "end"]


@dataclass(frozen=True)
class Kind:
    """One kind of step.

    Its name is its section in config.yaml and its folder under work/DATASET/.
    """

    name: str
    about: str
    rule: str
    """the Snakemake rule, which cluster profiles name"""
    script: str
    methods: Mapping[str, Method]
    shared: str
    """the settings model that all its methods inherit"""
    outputs: Mapping[str, tuple[str, ...]]
    """argument of the script that says where -> the types that the artifact has"""
    inputs: Mapping[str, Input] = field(default_factory=dict)
    """argument of the script -> what it takes"""
    companions: tuple[Companion, ...] = ()
    borrows: Mapping[str, str] = field(default_factory=dict)
    """option of the script -> the kind of an earlier step whose settings it is given"""
    same_method: str | None = None
    """the input whose step must be of the same method"""
    dataset: bool = True
    """whether it reads the dataset's index"""
    once: bool = False
    """whether all seeds of an experiment's row share it: the spread is of what is compared"""
    supervision: str = "tags"
    """what people had to know of photos for it to run"""
    memory_mb: int = 1000
    network: bool = False
    """whether it runs a network, which takes a GPU where there is one"""

    def __post_init__(self) -> None:
        """Refuse what no rule could make: two artifacts in one place, or some in shards beside some
        that are not.
        """
        places = [TYPES[types[0]].place("", "") for types in self.outputs.values()]
        shapes = {made.sharded for made in self.types}
        if len(set(places)) < len(places) or len(shapes) != 1:
            raise ValueError(
                f"kind '{self.name}': its outputs lie in different places, and all of them are "
                "sharded or none is"
            )

    @property
    def trains(self) -> bool:
        """Whether it makes a model, by one job for the whole split that it is trained on."""
        return any(made.file == MODEL and not made.sharded for made in self.types)

    @property
    def sharded(self) -> bool:
        """Whether it is made in shards of photos."""
        return all(made.sharded for made in self.types)

    @property
    def made(self) -> tuple[str, ...]:
        """The names of the types of all that it makes."""
        return tuple(chain.from_iterable(self.outputs.values()))

    @property
    def types(self) -> list[Type]:
        """The types of all that it makes."""
        return [TYPES[name] for name in self.made]
