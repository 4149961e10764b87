"""Lists the files below a folder, with os.scandir, which needs no system call for each file.

Linked folders are followed, after all others, so that a photo is found under its own path first. A
folder that was listed is not listed again, so links in a circle end.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from wsss.run.errors import raise_passing

THUMBNAILS = ("@eadir", "__macosx", "#recycle", "$recycle.bin", "@recycle", "lost+found")
"""folders (lower case) that systems and network drives add, with copies of photos"""
HIDDEN = "hidden files and folders"
"""reasons to leave something out"""
MADE_BY_SYSTEMS = "folders of thumbnails or deleted files (@eaDir, __MACOSX, #recycle)"
UNREADABLE = "folders that cannot be read"
LISTED = "links to folders that are there already"
BROKEN = "links to nothing"
OTHER_FILES = "files with other endings"
OUTSIDE = "linked folders outside of the folder"
"""these are followed, and only said"""


@dataclass
class WalkNotes:
    """What a walk left out, and which links it followed out of the folder."""

    cases: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """reason -> paths below the folder"""


class _Walk:
    """One walk below `folder`."""

    def __init__(self, folder: str, endings: tuple[str, ...], notes: WalkNotes) -> None:
        self._start = len(folder.rstrip("/")) + 1
        self._root = os.path.realpath(folder)
        self._endings, self._notes = endings, notes
        self._seen: set[tuple[int, int]] = set()
        self.folders = [folder]
        self.links: list[str] = []

    def next_folder(self) -> str | None:
        """The next folder to list; linked ones come last; None at the end."""
        while self.folders or self.links:
            path = self.folders.pop() if self.folders else self._pop_link()
            status = os.stat(path)
            if (status.st_dev, status.st_ino) not in self._seen:
                self._seen.add((status.st_dev, status.st_ino))
                return path
            self._note(LISTED, path)
        return None

    def _pop_link(self) -> str:
        """The next linked folder, by name; one that leaves the folder is noted."""
        self.links.sort(reverse=True)
        path = self.links.pop()
        if not f"{os.path.realpath(path)}/".startswith(f"{self._root}/"):
            self._note(OUTSIDE, path)
        return path

    def files_in(self, folder: str) -> Iterator[os.DirEntry[str]]:
        """The wanted files directly in a folder; its folders are kept for later."""
        try:
            entries = os.scandir(folder)
        except PermissionError:
            self._note(UNREADABLE, folder)
            return
        with entries:
            for entry in entries:
                if self._is_wanted(entry):
                    yield entry

    def _is_wanted(self, entry: os.DirEntry[str]) -> bool:
        """Whether an entry is a wanted file; a folder is kept, all else is noted."""
        name = entry.name.lower()
        if name.startswith("."):
            self._note(HIDDEN, entry.path)
        elif name in THUMBNAILS:
            self._note(MADE_BY_SYSTEMS, entry.path)
        elif _is(entry.is_dir):
            (self.links if entry.is_symlink() else self.folders).append(entry.path)
        elif not _is(entry.is_file):
            self._note(BROKEN, entry.path)
        elif not name.endswith(self._endings):
            self._note(OTHER_FILES, entry.path)
        else:
            return True
        return False

    def _note(self, reason: str, path: str) -> None:
        self._notes.cases[reason].append(path[self._start :])


def _is(test: Callable[[], bool]) -> bool:
    """The answer of a test that follows links; False for a link to itself, which is an error."""
    try:
        return test()
    except OSError as error:
        raise_passing(error)
        return False


def files_below(
    folder: str | Path,
    endings: tuple[str, ...],
    without: Path | None = None,
    notes: WalkNotes | None = None,
) -> Iterator[os.DirEntry[str]]:
    """The files with one of `endings` (lower case; files may have either), in no fixed order.

    Hidden files and folders, folders of thumbnails, folders that cannot be read, and the folder
    `without` (a resolved path) are left out; `notes` gets what was left out. OSError where `folder`
    is none.
    """
    walk = _Walk(os.fspath(folder), endings, WalkNotes() if notes is None else notes)
    while (current := walk.next_folder()) is not None:
        if without is None or Path(current).resolve() != without:
            yield from walk.files_in(current)
