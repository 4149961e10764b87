"""Folders of masks that a network makes of any photos, one by one, so that a run can be resumed.

`made_by.txt` (JSON) says which network and settings made the masks: others do not get in among
them. `photos.csv` has a line for each photo whose mask is there.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from wsss.data.cells import text_cell, text_of
from wsss.run.errors import UserError, raise_passing
from wsss.run.files import atomic, read_json, require_file, write_json

MADE_BY, TABLE = "made_by.txt", "photos.csv"


@dataclass(frozen=True)
class Made:
    """What is known of a photo whose mask is there: a line of the table."""

    photo: str
    """its path below the folder that was named"""
    mask: str
    """the path of its mask below the folder of masks"""
    classes: str
    """the classes in the mask, separated by ;"""
    confidence: str
    """mean probability of the labels that were chosen, with three decimals; "" where the method
    has no probabilities"""
    size_and_time: str
    """size and time of the photo's file when the mask was made"""


COLUMNS = tuple(field.name for field in fields(Made))


class MaskFolder:
    """The masks in `folder`; `made_by` states, as JSON, the network and all that affects them.

    UserError where the folder holds masks by another network or other settings, or files that this
    program did not make.
    """

    def __init__(self, folder: Path, made_by: Mapping[str, Any]) -> None:
        claim(folder, made_by)
        self.folder, self._table = folder, folder / TABLE
        self._rows = {row.photo: row for row in _read_rows(self._table)}
        self._write_all()

    def has(self, photo: str, mask: str, size_and_time: str, files: Sequence[Path] = ()) -> bool:
        """Whether the mask of a photo is there, under this name, and the photo's file has not
        changed since; and whether all the other `files` are there.
        """
        row = self._rows.get(photo)
        if row is None or (row.mask, row.size_and_time) != (mask, size_and_time):
            return False
        return all(file.is_file() for file in (self.folder / mask, *files))

    def add(self, row: Made) -> None:
        """Enter a photo whose mask and other files are on the disk."""
        self._rows[row.photo] = row
        with self._table.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(_cells(row))

    def finish(self) -> None:
        """Write the table anew, sorted, with one line for each photo."""
        self._write_all()

    def _write_all(self) -> None:
        rows = sorted(self._rows.values(), key=lambda row: row.photo)
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        writer.writerows(map(_cells, rows))
        with atomic(self._table) as temporary:
            temporary.write_bytes(text.getvalue().encode())


def claim(folder: Path, made_by: Mapping[str, Any]) -> None:
    """Make a folder, and state in it what it is made by.

    UserError where it is there already and is made by something else, or is not empty and does not
    say.
    """
    stated = folder / MADE_BY
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file; name a folder")
    if not stated.is_file():
        if folder.is_dir() and any(not file.name.startswith(".") for file in folder.iterdir()):
            raise UserError(
                f"{folder} holds files that this command did not make, and could be replaced; name "
                "a new folder"
            )
        write_json(stated, made_by)
        return
    differing = _differing(_read_json(stated), json.loads(json.dumps(made_by)))
    if differing:
        raise UserError(
            f"the masks in {folder} were made with another {' and another '.join(differing)}; name "
            "another folder, or delete this one to make all masks again"
        )


def _read_json(path: Path) -> dict[str, Any]:
    """What a folder states; {} where that cannot be read."""
    try:
        found = read_json(path)
    except (OSError, ValueError) as error:
        raise_passing(error)
        return {}
    return found if isinstance(found, dict) else {}


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """The keys whose values differ; of settings each by itself."""
    found = []
    for key in sorted({*before, *now}):
        old, new = before.get(key), now.get(key)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            found += _differing(old, new)
        else:
            found.append(key)
    return found


def _read_rows(path: Path) -> list[Made]:
    """The lines of a table. A line that a kill has cut off is left out: its photo is made again."""
    if not path.is_file():
        return []
    with require_file(path).open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.reader(file))
    whole = [row for row in rows[1:] if len(row) == len(COLUMNS) and row[-1]]
    return [Made(*map(text_of, row)) for row in whole]


def _cells(row: Made) -> list[str]:
    """The cells of a line of the table."""
    return [text_cell(text) for text in asdict(row).values()]


def check_inside(folder: Path, files: Iterable[str]) -> None:
    """UserError where a link in a folder would lead one of the `files`, paths below it, elsewhere:
    a photo there could be replaced.
    """
    whole = folder.resolve()
    for place in sorted({(folder / file).parent for file in files}):
        if not place.resolve().is_relative_to(whole):
            raise UserError(
                f"a link leads {place} out of {folder}, and files there could be replaced; take "
                "the link away"
            )
