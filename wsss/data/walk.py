"""The files in a folder and all folders in it, as fast as the system lists them."""

import os
from collections.abc import Iterator
from pathlib import Path


def files_below(
    folder: str | Path, endings: tuple[str, ...], without: Path | None = None
) -> Iterator[os.DirEntry[str]]:
    """Files with one of these endings, in upper or lower case, in no order.

    Hidden ones, links to folders, and the folder `without`, a path without links, are left out.
    `endings` are in small letters.
    """
    folders = [os.fspath(folder)]
    while folders:
        here = folders.pop()
        if without is not None and Path(here).resolve() == without:
            continue
        with os.scandir(here) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.lower().endswith(endings) and entry.is_file():
                    yield entry
