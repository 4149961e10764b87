"""Lists the files below a folder, with os.scandir, which needs no system call for each file."""

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(
    folder: str | Path, endings: tuple[str, ...], without: Path | None = None
) -> Iterator[os.DirEntry[str]]:
    """The files with one of `endings` (lower case; files may have either), in no fixed order.

    Hidden files and folders, links to folders, and the folder `without` (a resolved path) are left
    out.
    """
    folders = [os.fspath(folder)]
    while folders:
        current = folders.pop()
        if without is not None and Path(current).resolve() == without:
            continue
        with os.scandir(current) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.lower().endswith(endings) and entry.is_file():
                    yield entry
