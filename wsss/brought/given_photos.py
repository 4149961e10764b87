"""Finds the photos in folders and files that a person names, without any table, and names the masks
that are made of them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wsss.brought.account import Account
from wsss.brought.left_out import note_left_out
from wsss.brought.tables import SUFFIXES
from wsss.data.walk import OTHER_FILES, WalkNotes, files_below
from wsss.run.errors import UserError

PNG = ".png"
WRITTEN = (PNG, ".jpg", ".npz")
"""the endings of masks and of what is written with them"""
NO_UTF8 = "photos whose names are not in UTF-8, which are left out; rename them"


@dataclass(frozen=True)
class GivenPhoto:
    """A photo that a person named, alone or with its folder."""

    path: Path
    name: str
    """its path below the folder that was named; the file name of a photo that was named alone"""

    @property
    def size_and_time(self) -> str:
        """The size and time of its file, by which a replaced photo is noticed."""
        status = self.path.stat()
        return f"{status.st_size} {status.st_mtime_ns}"


def find_photos(
    given: Sequence[Path], without: Iterable[Path], account: Account
) -> list[GivenPhoto]:
    """The photos in files and folders, sorted by name; those below the folders `without`, in which
    a program writes, are left out.

    The account is told what else is left out. UserError for a path that is not there, for two
    photos of one name, and where there is no photo.
    """
    outputs = [folder.resolve() for folder in without]
    found: list[GivenPhoto] = []
    notes = WalkNotes()
    for path in given:
        found += _photos_of(path, notes)
    photos = [photo for photo in found if not _lies_in(photo.path, outputs)]
    note_left_out(notes, account)
    photos = _without_odd_names(photos, account)
    _check_found(photos, given, account)
    return sorted(photos, key=lambda photo: photo.name)


def _photos_of(path: Path, notes: WalkNotes) -> list[GivenPhoto]:
    """The photos of a folder, or the one in a file."""
    if path.is_dir():
        entries = files_below(path, SUFFIXES, None, notes)
        paths = [Path(entry.path) for entry in entries]
        return [GivenPhoto(found, found.relative_to(path).as_posix()) for found in paths]
    if not path.is_file():
        raise UserError(f"there is no photo and no folder {path}; correct the path")
    if path.suffix.lower() in SUFFIXES:
        return [GivenPhoto(path, path.name)]
    notes.cases[OTHER_FILES].append(str(path))
    return []


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    """Whether a file lies below one of the (resolved) folders."""
    above = path.resolve().parents
    return any(folder in above for folder in folders)


def _without_odd_names(photos: Iterable[GivenPhoto], account: Account) -> list[GivenPhoto]:
    """The photos whose paths are in UTF-8, in which this program writes; others are noted."""
    kept = []
    for photo in photos:
        try:
            str(photo.path).encode()
            kept.append(photo)
        except UnicodeEncodeError:
            account.problems[NO_UTF8].append(photo.name)
    return kept


def _check_found(photos: Sequence[GivenPhoto], given: Sequence[Path], account: Account) -> None:
    """UserError for no photo, and for two of one name, whose masks would be one file."""
    if not photos:
        notes = "".join(f"; {line}" for line in account.problem_lines())
        raise UserError(
            f"there is no photo in {', '.join(map(str, given))} ({', '.join(SUFFIXES)}); name "
            f"photos, or a folder with photos{notes}"
        )
    for name, times in Counter(photo.name for photo in photos).items():
        if times > 1:
            raise UserError(
                f"{times} photos that you named are called {name}, and their masks would be one "
                "file; start the command once for each folder, each with an --out of its own"
            )


def name_masks(photos: Sequence[GivenPhoto]) -> dict[GivenPhoto, str]:
    """Photo -> the path of its mask below the folder of masks: the photo's name, with .png as its
    ending.

    Of photos whose names differ only in case or in the ending, all but the first keep the ending
    before the .png; so do photos whose mask, or a file with it, would have the name of a folder.
    """
    taken = set(_like_files(photos))
    names = {}
    for photo in photos:
        name = PurePosixPath(photo.name).with_suffix("").as_posix()
        if name.lower() in taken:
            name = photo.name
        while name.lower() in taken:
            name += PNG
        taken.add(name.lower())
        names[photo] = f"{name}{PNG}"
    return names


def _like_files(photos: Iterable[GivenPhoto]) -> Iterator[str]:
    """The folders of photos that are called like files, in lower case, without this ending."""
    for folder in {folder for photo in photos for folder in PurePosixPath(photo.name).parents}:
        if folder.suffix.lower() in WRITTEN:
            yield folder.with_suffix("").as_posix().lower()
