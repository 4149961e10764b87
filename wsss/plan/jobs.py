"""A `Job` is one run of a stage script, as planning describes it: script, inputs, outputs,
settings.

Its command line and its expected record both follow from it, so they cannot differ. The Snakemake
rules state no arguments: each rule has a function from wildcards to a `Job` (rules.py), and its
input function and params function are made from that (functions.py).
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
    """A file or folder that a job reads."""

    path: str
    job: "Job | None" = field(default=None, repr=False)
    """the job that makes it; None for a file of the user's"""
    label: str = ""
    """LABEL in the argument LABEL=PATH; "" for a plain PATH"""
    masks: "MasksOf | None" = field(default=None, repr=False, compare=False)
    """for an index whose masks jobs draw: a function that gives the folders of these masks"""


MasksOf = Callable[[str | None, str | None], Sequence[Artifact]]
"""a function from a split, or "*" for all photos, and a shard "k/n" to folders of masks"""


@dataclass(frozen=True)
class Job:
    """One run of a stage script."""

    rule: str
    """the Snakemake rule"""
    script: str
    """the script's name in stages/"""
    outputs: Mapping[str, str]
    """argument -> path"""
    inputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    """argument -> artifacts, in the order of the command line"""
    method: str | None = None
    """the method's name, the script's first argument; None for a script without methods"""
    entry: Method | None = None
    """the method's entry in its registry"""
    settings: Json = field(default_factory=dict)
    index: Artifact | None = None
    """the index of photos that it reads"""
    read: tuple[str, ...] = ()
    """the kinds of annotations that it reads, besides photos and tags"""
    options: Mapping[str, Any] = field(default_factory=dict)
    """options that affect the result"""
    more: Mapping[str, Any] = field(default_factory=dict)
    """options that do not affect the result, such as the folder of the photos"""
    shard: str | None = None
    """k/n for a job on a shard of the photos"""
    places: Mapping[str, Artifact] = field(default_factory=dict)
    """argument -> a folder that another job makes; its content is no input of the record, because
    the artifact itself holds digests of it (the index does, of photos)"""

    @property
    def stage(self) -> str:
        """The script's path in the project."""
        return f"stages/{self.script}"

    @property
    def output(self) -> str:
        """The path of its first output, which identifies the job."""
        return next(iter(self.outputs.values()))

    @property
    def split(self) -> str | None:
        """The split of the index that it reads: "*" for all photos, None without an index."""
        return None if self.index is None else str(self.options.get("split", "*"))

    @property
    def masks(self) -> Sequence[Artifact]:
        """The folders of true masks that it reads and other jobs draw. They are no inputs of the
        record, because the index holds digests of them.
        """
        if self.index is None or self.index.masks is None or "mask" not in self.read:
            return []
        return self.index.masks(self.split, self.shard)

    @property
    def artifacts(self) -> list[Artifact]:
        """All artifacts that it reads."""
        read = [*([self.index] if self.index else []), *self.masks]
        return [*read, *self.places.values(), *chain.from_iterable(self.inputs.values())]

    @property
    def paths(self) -> dict[str, Any]:
        """Argument -> path or paths that it reads. `photos_of_index` is no argument: it is the
        second file of the index, the lines of its photos. Nor is `masks_of_index`: the index names
        masks that are in these folders.
        """
        found: dict[str, Any] = {}
        for name, given in self.inputs.items():
            if given:
                found[name] = [artifact.path for artifact in given]
        found |= {name: artifact.path for name, artifact in self.places.items()}
        if self.index is not None:
            found["index"] = self.index.path
            if self.index.path.endswith(".json"):
                found["photos_of_index"] = f"{self.index.path}l"
        if self.masks:
            found["masks_of_index"] = [artifact.path for artifact in self.masks]
        return found

    def arguments(self, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> str:
        """The command line after the script's name, quoted for a shell.

        `inputs` and `outputs` are Snakemake's, by argument. Their paths differ from the job's own
        if files are in storage.
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
    """An input as words: its flag, then PATH or LABEL=PATH for each artifact, shards folded."""
    if not artifacts:
        return []
    listed = [paths] if isinstance(paths, str) else list(paths)
    labelled = []
    for artifact, path in zip(artifacts, listed):
        labelled.append(f"{artifact.label}={path}" if artifact.label else str(path))
    return [_flag(name), *fold_shards(labelled)]


def _option_words(name: str, value: Any) -> list[str]:
    """An option as words: only the flag for True, [] for None and False, one word for each entry
    of a list, JSON for a mapping.
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
"""a function from a rule's wildcards to its job"""
