"""The columns of the table of kinds of steps (kinds.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from wsss.plan.artifacts import MODEL, TYPES, Type
from wsss.run.methods import Method

PIXEL_BYTES = 40
"""bytes that a stage holds for each pixel of a photo: its colours, also as float32, and its scores
"""


@dataclass(frozen=True)
class Input:
    """An input of a step: an artifact that an earlier step makes."""

    types: tuple[str, ...]
    """the types of artifacts that it takes"""
    optional: bool = False
    """if no earlier step makes such an artifact, the step runs without it"""
    by_method: bool = False
    """only methods that name it in their `reads` read it"""
    named: bool = False
    """it is read only if the recipe names the step that makes it, never by default"""


@dataclass(frozen=True)
class Companion:
    """A kind of step that is added to a recipe with another one (companions.py)."""

    kind: str
    place: Literal["before", "after", "end"]
    """right before that step, right after it, or at the end of the recipe"""


@dataclass(frozen=True)
class Kind:
    """One kind of step, a row of the table in kinds.py."""

    name: str
    """also its section in config.yaml, and its folder under work/DATASET-digest/"""
    about: str
    """what a step does, in a few words for people"""
    rule: str
    """the Snakemake rule; cluster profiles set resources by it"""
    script: str
    """the script's name in stages/"""
    methods: Mapping[str, Method]
    """its registry"""
    shared: str
    """the settings model that all its methods inherit, as a string "module:attribute" for `load`"""
    outputs: Mapping[str, tuple[str, ...]]
    """argument of the script -> the types of the artifact that it writes there"""
    inputs: Mapping[str, Input] = field(default_factory=dict)
    """argument of the script -> the input"""
    companions: tuple[Companion, ...] = ()
    borrows: Mapping[str, str] = field(default_factory=dict)
    """option of the script -> a kind of step; the option is given those settings of the
    nearest earlier step of that kind that all its methods share"""
    same_method: str | None = None
    """an input whose step must be by a method of the same name"""
    dataset: bool = True
    """whether it reads the dataset's index"""
    once: bool = False
    """whether the seeds of an experiment's row share one such step, so that the spread over seeds
    is that of the compared steps"""
    supervision: str = "tags"
    """the annotations of photos that it needs, in words"""
    corrected: bool = False
    """whether corrections of people's (the setting `corrections`) take the place of what it makes
    of their photos"""
    memory_mb: int = 1000
    """main memory of a job, without that of trainings (resources.py)"""
    pixel_bytes: int = PIXEL_BYTES
    """bytes of memory that a job takes besides, for each pixel of its largest photo"""
    network: bool = False
    """whether a job runs a network without training it; then it uses a GPU if there is one"""
    title: str = ""
    """what it makes, in plain words for the report; without it the name of the kind"""

    def __post_init__(self) -> None:
        """Refuse outputs that no rule can have: two of one path, or shards beside whole ones."""
        places = [TYPES[types[0]].place("", "") for types in self.outputs.values()]
        shapes = {type_.sharded for type_ in self.types}
        if len(set(places)) < len(places):
            raise ValueError(
                f"kind '{self.name}' has two outputs with one path; give each a type of its own"
            )
        if len(shapes) != 1:
            raise ValueError(
                f"kind '{self.name}' makes some outputs in shards and some whole; make all or none "
                "of them in shards"
            )

    @property
    def trains(self) -> bool:
        """Whether it trains a model: one job, on a whole split."""
        return any(type_.file == MODEL and not type_.sharded for type_ in self.types)

    @property
    def sharded(self) -> bool:
        """Whether its artifacts are made in shards of photos."""
        return all(type_.sharded for type_ in self.types)

    @property
    def made(self) -> tuple[str, ...]:
        """The names of the types of its artifacts."""
        return tuple(chain.from_iterable(self.outputs.values()))

    @property
    def types(self) -> list[Type]:
        """The types of its artifacts."""
        return [TYPES[name] for name in self.made]
