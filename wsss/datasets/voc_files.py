"""Finds the files of a folder in VOC layout: lists of ids, and photos and masks of any ending."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from wsss.brought.tables import SUFFIXES
from wsss.run.errors import UserError
from wsss.run.files import require_file


def find_files(folder: Path, endings: tuple[str, ...]) -> dict[str, str]:
    """Name without the ending -> name, of the files directly in a folder with one of `endings`.

    Of several with one name the first ending counts. Empty without the folder.
    """
    found: dict[str, str] = {}
    if not folder.is_dir():
        return found
    ranks = {ending: rank for rank, ending in enumerate(endings)}
    for name in sorted(os.listdir(folder)):
        stem, ending = os.path.splitext(name)
        rank = ranks.get(ending.lower())
        if rank is None:
            continue
        other = os.path.splitext(found.get(stem, ""))[1].lower()
        if stem not in found or rank < ranks[other]:
            found[stem] = name
    return found


def read_list(root: Path, split: str, photos: Collection[str]) -> tuple[str, ...]:
    """The photo ids of a split list, in UTF-8 with or without a byte order mark.

    A line is an id. Where no photo has that name, it is the first word, without its folders and the
    ending of a photo: lists for other programs have paths, and masks in a second column.
    """
    path = root / "ImageSets" / "Segmentation" / f"{split}.txt"
    if not path.is_file():
        raise UserError(f"split list {path} is missing; add it or choose another train_split")
    try:
        text = require_file(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"split list {path} cannot be read ({error}); save it in UTF-8")
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    return tuple(line if line in photos else _find_id(line, photos) for line in lines)


def _find_id(line: str, photos: Collection[str]) -> str:
    """The id in a line of a list; the line itself where its first word is no photo."""
    word = PurePosixPath(line.split()[0].replace("\\", "/"))
    name = word.stem if word.suffix.lower() in SUFFIXES else word.name
    return name if name in photos else line


def name_of(files: Mapping[str, str], name: str, ending: str) -> str:
    """The file of a name; with `ending` where there is none, for messages."""
    return files.get(name, f"{name}{ending}")
