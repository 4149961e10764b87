"""What a stage reads: its inputs, the part of the index that it uses, and the files that its
settings name. All of it is verified and hashed before the stage begins.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wsss.run.artifacts import lineage_at, verify
from wsss.run.command_line import ParsedArguments, named_paths
from wsss.run.records import GivenArtifact, Input
from wsss.run.user_files import contents_of, named_files, stat_digests

WHOLE = "*"
"""stands for the split of scripts without an option `--split`: all photos"""

Digests = Callable[[str, str, tuple[str, ...]], dict[str, str]]
"""(path of an index, split, kinds of annotation) -> a digest under "photos" and under each kind"""


@dataclass(frozen=True)
class Reading:
    """Digests of all that a stage reads, taken before it begins."""

    inputs: dict[str, Input]
    """argument -> its artifacts; the index is not among them"""
    read: dict[str, dict[str, str]]
    """split -> "photos" or a kind of annotation -> digest; "setting NAME" -> "files" -> digest"""
    looks: dict[str, str]
    """setting -> a digest of the sizes and times of the files that it names (user_files.py)"""


@dataclass(frozen=True)
class Declared:
    """What a script declares that it reads."""

    inputs: tuple[str, ...]
    """the arguments that name artifacts"""
    digests: Digests | None
    """the function that reads the digests in an index; None for a script that reads no index"""
    annotations: tuple[str, ...]
    """the kinds of annotations that the script reads with every method"""
    asked: Mapping[str, str] = field(default_factory=dict)
    """option of the script -> the kind of annotation that it reads where the option is given"""

    def reading(self, typed: ParsedArguments) -> Reading:
        """Hash all that is read; a UserError where an input differs from what its stage wrote."""
        files = named_files(type(typed.settings), typed.settings.model_dump(mode="json"))
        looks = stat_digests(files)
        inputs = self._verified(typed)
        return Reading(inputs, {**self._read_of_index(typed), **contents_of(files)}, looks)

    def paths(self, typed: ParsedArguments) -> dict[str, list[str]]:
        """Argument -> the paths that were given for it, for all inputs and the index."""
        names = ["index"] if self.digests else []
        found = {}
        for name in [*names, *self.inputs]:
            found[name] = paths_of(typed, name)
        return found

    def _verified(self, typed: ParsedArguments) -> dict[str, Input]:
        """Argument -> its artifacts, verified. The index is verified, too, but not returned."""
        index = typed.args.index if self.digests else None
        if index is not None and Path(index).exists():
            verify(index)
        found: dict[str, Input] = {}
        for name in self.inputs:
            artifacts = _artifacts(named_paths(getattr(typed.args, name)))
            if artifacts:
                found[name] = Input.of(artifacts)
        return found

    def _read_of_index(self, typed: ParsedArguments) -> dict[str, dict[str, str]]:
        """Split -> "photos" or a kind of annotation -> digest; {} where no index is given."""
        if self.digests is None or typed.args.index is None:
            return {}
        of_method = typed.method.annotations if typed.method else ()
        asked = {kind for name, kind in self.asked.items() if getattr(typed.args, name)}
        kinds = tuple(sorted({*self.annotations, *of_method, *asked}))
        split = getattr(typed.args, "split", WHOLE)
        return {split: self.digests(typed.args.index, split, kinds)}


def paths_of(typed: ParsedArguments, argument: str) -> list[str]:
    """The paths that were given for an argument."""
    return [path for _, path in named_paths(getattr(typed.args, argument))]


def _artifacts(given: Iterable[tuple[str, str]]) -> list[GivenArtifact]:
    """The artifacts of (name, path) that exist, verified."""
    there = [(key, path) for key, path in given if Path(path).exists()]
    return [GivenArtifact(key, verify(path), lineage_at(path)) for key, path in there]
