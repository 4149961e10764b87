"""Finds artifacts on disk and checks each against its record (records.py).

A *work folder* is one that holds CACHEDIR.TAG, the tag file of cache folders. Stages wrote all that
is in it, so an artifact in it must have a record. Outside of it a user's own file needs no record.
"""

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from wsss.run.errors import UserError, raise_passing
from wsss.run.files import atomic, read_json, require_file
from wsss.run.records import Record, content_digest, read_record, record_problem

COMMAND = "WSSS_COMMAND"
"""environment variable: the Snakemake command that started the stage, without its targets"""
SHARD = re.compile(r"\d+-of-\d+(\.\w+)?")
"""the name of a shard, which is a folder or has an ending"""
STEP = re.compile(r".*-[0-9a-f]{12}")
"""the name of a step's folder, METHOD-DIGEST; folders of steps lie in the dataset's folder"""
TAG = "CACHEDIR.TAG"
"""the file that marks a work folder; tools for backups skip folders that hold it"""
SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55"
"""the first bytes of the tag file, as its specification has them (bford.info/cachedir)"""


def mark_work(folder: Path) -> None:
    """Make `folder` a work folder by its tag file, which also keeps it out of backups."""
    if not _is_work(folder):
        with atomic(folder / TAG) as temporary:
            temporary.write_text(
                f"{SIGNATURE}\n# Everything here can be made again by wsss.\n", encoding="utf-8"
            )


def work_folder(path: str | Path) -> Path | None:
    """The nearest work folder above `path`; None where there is no such folder."""
    return next((folder for folder in _absolute(path).parents if _is_work(folder)), None)


def place_of(path: str | Path) -> str:
    """The path that an artifact's record states: relative to its work folder, which may be moved as
    a whole; outside of a work folder the name alone.
    """
    work = work_folder(path)
    return _absolute(path).relative_to(work).as_posix() if work else Path(path).name


def verify(path: str | Path) -> str:
    """The content digest of `path`; a UserError where it differs from what its stage wrote.

    Without a readable record a path is refused in a work folder. Elsewhere it is a user's own file
    and is accepted. Where `path` lies inside an artifact, the whole artifact is checked.
    """
    whole, work = artifact_of(path), work_folder(path)
    record, digest = read_record(whole), content_digest(whole)
    if record is None and work is not None:
        raise UserError(
            f"{whole} has no readable record ({record_problem(whole)}); remake it: "
            f"{remake([whole])} (a file of your own belongs outside of {work})"
        )
    if record is not None and not _is_of(record, whole, digest, work):
        keep = f"move it out of {work}" if work else f"delete {whole}.prov.json"
        raise UserError(
            f"{whole} is not what {record.stage} wrote there: it or the record beside "
            f"it was damaged, edited or replaced; remake it: {remake([whole])} "
            f"(or, to keep an edit, {keep})"
        )
    return digest if whole == Path(path) else content_digest(path)


def lineage_at(path: str | Path) -> str:
    """The lineage of an artifact by its record; of a user's own file, the digest of its content."""
    record = read_record(artifact_of(path))
    return record.lineage if record else content_digest(path)


def artifact_of(path: str | Path) -> Path:
    """The artifact that `path` is or lies in: the nearest that has a record, else `path` itself."""
    path, work = Path(path), work_folder(path)
    for candidate in (path, *path.parents):
        if work is None or _absolute(candidate) == work:
            break
        if Path(f"{candidate}.prov.json").exists():
            return candidate
    return path


def remake(paths: Sequence[str | Path]) -> str:
    """The shell command that deletes these artifacts and makes them again. It deletes only those
    that have a record.
    """
    made = [path for path in paths if read_record(path) is not None]
    # records go first: what is left of an artifact after a kill must not count as made
    records = [f"{path}.prov.json" for path in made]
    delete = f"rm -rf {shlex.join([*records, *map(str, made)])}"
    command = os.environ.get(COMMAND)
    if command is None:
        again = "run its stage again"
        return f"{delete}, then {again}" if made else again
    again = f"{command} -- {shlex.join(map(str, paths))}"
    return f"{delete} && {again}" if made else again


def way_out(path: str | Path) -> str:
    """How to mend what cannot be read at `path`, for the end of a message.

    Only what has a record was made by a stage. Anything else may be the user's own work, so nothing
    is said of deleting it.
    """
    whole = artifact_of(path)
    if read_record(whole) is not None:
        return f"remake it: {remake([whole])}"
    return "replace it, or, if a stage of this program made it, run that stage again"


def read_object(path: str | Path, keys: Sequence[str] = ()) -> dict[str, Any]:
    """The object in a JSON file that a stage made, such as a score; UserError for another file, and
    for one without one of these keys.
    """
    try:
        found = read_json(path)
        if not isinstance(found, dict):
            raise ValueError("it is no JSON object")
        missing = [key for key in keys if key not in found]
        if missing:
            raise ValueError(f"it has no '{missing[0]}'")
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({error}); {way_out(path)}")
    return found


def artifacts_in(folder: str | Path) -> list[Path]:
    """The artifacts below `folder`, sorted, whether they have a record or not.

    Folders of steps that lie in it, as in a dataset's folder, are left out. Artifacts are not
    searched for others.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=raise_passing):
        artifacts = set(filter(SHARD.fullmatch, [*folders, *files]))
        for name in files:
            if name.endswith(".prov.json"):
                artifacts.add(name.removesuffix(".prov.json"))
        found += [Path(place, name) for name in artifacts]
        inner = sorted(set(folders) - artifacts)
        # os.walk goes only into the folders that are left in this list
        folders[:] = [name for name in inner if not name.startswith(".") and not _is_step(name)]
    return sorted(found)


def _is_step(folder: str) -> bool:
    return STEP.fullmatch(folder) is not None


def lies_in(artifact: str | Path, folder: str | Path) -> bool:
    """Whether an artifact lies below `folder`, and not in the folder of a step in between."""
    if Path(folder) not in Path(artifact).parents:
        return False
    inner = Path(artifact).relative_to(folder).parts[:-1]
    return not any(STEP.fullmatch(name) for name in inner)


def _is_of(record: Record, path: Path, digest: str, work: Path | None) -> bool:
    """Whether a record belongs to the artifact at `path` with this digest.

    In a work folder the place counts, too. Outside of it an artifact may have another name.
    """
    recorded_digest = record.outputs.get(path.name)
    if work is None and recorded_digest is None:
        return digest in record.outputs.values()
    place = PurePosixPath(record.place).parts
    here = _absolute(path).parts[-len(place) :] == place or work is None
    return recorded_digest == digest and here


def _is_work(folder: Path) -> bool:
    """Whether a folder has the tag file of a work folder."""
    try:
        with require_file(folder / TAG).open("rb") as tag:
            return tag.read(len(SIGNATURE)) == SIGNATURE.encode()
    except OSError as error:
        raise_passing(error)
        return False


def _absolute(path: str | Path) -> Path:
    """The absolute path. Links are kept, because work/ may be a link to another disk."""
    return Path(os.path.abspath(path))
