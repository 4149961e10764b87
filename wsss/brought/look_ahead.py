"""Reads photos into a file cache on several cores, and shows how far it is."""

import threading
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import count
from pathlib import Path
from typing import TypeVar

from tqdm import tqdm

from wsss.data.file_cache import FileCache
from wsss.run.progress import Progress

T = TypeVar("T")


def look_ahead(cache: FileCache, paths: Sequence[Path], reader: Callable[[Path], T]) -> None:
    """Read the photos that are new to the cache (`FileCache.read_ahead`), with a progress bar on a
    terminal; else with a line a minute.
    """
    progress, done, lock = Progress(len(paths), "photo"), count(1), threading.Lock()
    with tqdm(total=len(paths), unit="photo", disable=None, leave=False) as bar:

        @wraps(reader)  # the cache knows a reader by its name and module
        def counted(path: Path) -> T:
            """What the reader gives; one photo more is read."""
            with lock:
                bar.update()
                progress.tell(next(done))
            return reader(path)

        cache.read_ahead(paths, counted)
