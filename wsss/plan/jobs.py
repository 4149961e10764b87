"""A job as planning knows it: which script makes what from what. Its command line and its expected
record both come from here.

Rules hold no arguments of their own: a rule names a function from wildcards to a `Job`, and takes
inputs and arguments from it. So what a stage gets, and what its artifact's record is compared
with, cannot differ.
"""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from wsss.run.methods import Method
from wsss.run.shard_words import fold_shards

Json = dict[str, Any]


@dataclass(frozen=True)
class Artifact:
    """A file or folder that a job reads, and the job that makes it (None: nobody's, or a file of
    the user's).
    """

    path: str
    job: "Job | None" = field(default=None, repr=False)
    label: str = ""
    """what stands before it on the command line, LABEL=PATH"""


@dataclass(frozen=True)
class Job:
    """One run of a stage script."""

    rule: str
    script: str
    outputs: Mapping[str, str]
    """argument -> path"""
    inputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    """argument -> artifacts, in their order; an argument without any is left out"""
    method: str | None = None
    entry: Method | None = None
    settings: Json = field(default_factory=dict)
    index: Artifact | None = None
    read: tuple[str, ...] = ()
    """what it reads of the index's split besides photos and tags"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """options that decide what is made"""
    more: Mapping[str, Any] = field(default_factory=dict)
    """options that decide nothing of it: where photos lie, how things are called"""
    shard: str | None = None
    places: Mapping[str, Artifact] = field(default_factory=dict)
    """argument -> a folder that another job makes and this one looks into; the job knows
    its content by other means"""

    @property
    def stage(self) -> str:
        return f"stages/{self.script}"

    @property
    def output(self) -> str:
        """Its first output, by which it is known."""
        return next(iter(self.outputs.values()))

    @property
    def split(self) -> str | None:
        """The split of the index that it reads; "*" for all photos; None without an index."""
        return None if self.index is None else str(self.options.get("split", "*"))

    @property
    def artifacts(self) -> list[Artifact]:
        """All that it reads."""
        read = [self.index] if self.index else []
        return [*read, *self.places.values(), *chain.from_iterable(self.inputs.values())]

    @property
    def paths(self) -> dict[str, Any]:
        """Argument -> what it reads; the photos of an index lie in a second file, which no argument
        names.
        """
        found: dict[str, Any] = {}
        for name, given in self.inputs.items():
            if given:
                found[name] = [one.path for one in given]
        found |= {name: one.path for name, one in self.places.items()}
        if self.index is not None:
            found["index"] = self.index.path
            if self.index.path.endswith(".json"):
                found["photos_of_index"] = f"{self.index.path}l"
        return found

    def arguments(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
        """The command line behind the script's name, quoted for a shell.

        Paths are those in Snakemake's `inputs` and `outputs`, which differ from the job's where
        files lie in storage.
        """
        words = [self.method] if self.method else []
        if self.index is not None:
            words += ["--index", str(inputs["index"])]
        for name in self.places:
            words += [_flag(name), str(inputs[name])]
        for name, artifacts in self.inputs.items():
            words += _input_words(name, artifacts, inputs.get(name))
        for name, value in {**self.options, **self.more}.items():
            words += _option_words(name, value)
        words += ["--shard", self.shard] if self.shard else []
        words += ["--settings", json.dumps(self.settings, sort_keys=True)] if self.settings else []
        for name in self.outputs:
            words += [_flag(name), str(outputs[name])]
        return shlex.join(words)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _input_words(name: str, artifacts: Sequence[Artifact], paths: Any) -> list[str]:
    if not artifacts:
        return []
    listed = [paths] if isinstance(paths, str) else list(paths)
    labelled = []
    for artifact, path in zip(artifacts, listed):
        labelled.append(f"{artifact.label}={path}" if artifact.label else str(path))
    return [_flag(name), *fold_shards(labelled)]


def _option_words(name: str, value: Any) -> list[str]:
    """An option as words: a flag for True, nothing for None and False, a list as several words, a
    mapping as JSON.
    """
    if value is None or value is False:
        return []
    if value is True:
        return [_flag(name)]
    if isinstance(value, Mapping):
        return [_flag(name), json.dumps(value, sort_keys=True)]
    if isinstance(value, list | tuple):
        return [_flag(name), *map(str, value)] if value else []
    return [_flag(name), str(value)]


JobOf = Callable[[Any], Job]
"""from a rule's wildcards to its job"""
