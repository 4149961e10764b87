"""What files that are not the program's look like from outside, so that a change in them is noticed without reading them."""

import os
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from wsss.run.settings import digest

MANY = 50_000
"""files in a folder, from which on their sizes and times are not asked for: on a shared disk that would take minutes"""


def tree_state(path: Path) -> str:
    """A hash of a file's size and time, or of the `folder_state` of a folder and of all folders in it."""
    if path.is_dir():
        return digest([[str(inside), folder_state(inside, ("*",))]
                       for inside in (path, *sorted(p for p in path.rglob("*") if p.is_dir()))])
    return digest([path.stat().st_size, path.stat().st_mtime_ns] if path.exists() else None)


def folder_state(folder: Path, patterns: Sequence[str]) -> str:
    """A hash of the names, sizes and times of the files in a folder that match; of a very large folder's, of the names."""
    return digest([_matching(folder, pattern) for pattern in patterns])


def _matching(folder: Path, pattern: str) -> list[list[Any]]:
    *above, last = pattern.split("/")
    found = []
    for parent in (p for p in sorted(folder.glob("/".join(above))) if p.is_dir()) if above else [folder]:
        with os.scandir(parent) as entries:
            files = sorted((e for e in entries if fnmatch(e.name, last) and e.is_file()), key=lambda e: e.name)
        for entry in files:
            state = [entry.stat().st_size, entry.stat().st_mtime_ns] if len(files) < MANY else []
            found.append([str(Path(entry.path).relative_to(folder)), *state])
    return found
