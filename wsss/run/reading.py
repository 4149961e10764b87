"""What a stage reads: its inputs, checked before it begins, and what of an index and of the user's
files decides its result.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from wsss.run.artifacts import lineage_at, verify
from wsss.run.command_line import ParsedArguments, named_paths
from wsss.run.records import GivenArtifact, Input
from wsss.run.user_files import contents_of, looks_of, named_files

WHOLE = "*"
"""the split of scripts that know none: all photos"""

Digests = Callable[[str, str, tuple[str, ...]], dict[str, str]]
"""path of an index, split, kinds of annotation -> "photos" and each kind -> digest"""


@dataclass(frozen=True)
class Reading:
    """What a stage read, as it was when the stage began."""

    inputs: dict[str, Input]
    """by argument, without the index"""
    read: dict[str, dict[str, str]]
    """split -> "photos" or a kind of annotation -> digest; and the files that settings name"""
    looks: dict[str, str]
    """setting -> what the files that it names look like from outside"""


@dataclass(frozen=True)
class Declared:
    """What a script says that it reads."""

    inputs: tuple[str, ...]
    """arguments that name artifacts"""
    digests: Digests | None
    """the reader of an index's digests; None where the script reads none"""
    annotations: tuple[str, ...]
    """the kinds of annotations that the script opens, whatever its method"""

    def reading(self, typed: ParsedArguments) -> Reading:
        """Look at all that is read; a UserError where an input is not what its stage wrote."""
        files = named_files(type(typed.settings), typed.settings.model_dump(mode="json"))
        looks = looks_of(files)
        inputs = self._verified(typed)
        return Reading(inputs, {**self._read_of_index(typed), **contents_of(files)}, looks)

    def paths(self, typed: ParsedArguments) -> dict[str, list[str]]:
        """Argument -> the paths that it named, the index among them."""
        names = ["index"] if self.digests else []
        found = {}
        for name in [*names, *self.inputs]:
            found[name] = paths_of(typed, name)
        return found

    def _verified(self, typed: ParsedArguments) -> dict[str, Input]:
        """Every input that was given, by its argument; the index is verified and left out."""
        if self.digests and Path(typed.args.index).exists():
            verify(typed.args.index)
        found: dict[str, Input] = {}
        for name in self.inputs:
            artifacts = _artifacts(named_paths(getattr(typed.args, name)))
            if artifacts:
                found[name] = Input.of(artifacts)
        return found

    def _read_of_index(self, typed: ParsedArguments) -> dict[str, dict[str, str]]:
        """Split -> kind -> digest."""
        if self.digests is None:
            return {}
        of_method = typed.method.annotations if typed.method else ()
        kinds = tuple(sorted({*self.annotations, *of_method}))
        split = getattr(typed.args, "split", WHOLE)
        return {split: self.digests(typed.args.index, split, kinds)}


def paths_of(typed: ParsedArguments, argument: str) -> list[str]:
    """The paths that an argument names."""
    return [path for _, path in named_paths(getattr(typed.args, argument))]


def _artifacts(given: Iterable[tuple[str, str]]) -> list[GivenArtifact]:
    """The artifacts that are there, verified."""
    there = [(key, path) for key, path in given if Path(path).exists()]
    return [GivenArtifact(key, verify(path), lineage_at(path)) for key, path in there]
