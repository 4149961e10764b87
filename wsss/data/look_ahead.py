"""Decodes all photos of an index before they are checked one by one, and shows how far it is; and
counts their pixels.
"""

import threading
from contextlib import suppress
from functools import wraps
from itertools import count
from pathlib import Path

from tqdm import tqdm

from wsss.data.checks import look_at
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.run.errors import UserError
from wsss.run.progress import Progress


def look_ahead(index: Index, cache: FileCache) -> None:
    """Read the photos that are new to the cache, on several cores, with a progress bar on a
    terminal; else with a line a minute. Faults are left to the checks.
    """
    paths = [index.image_path(photo) for photo in index.photos.values()]
    progress, done, lock = Progress(len(paths), "photo"), count(1), threading.Lock()
    with tqdm(total=len(paths), unit="photo", disable=None, leave=False) as bar:

        @wraps(look_at)  # the cache knows a reader by its name and module
        def counted(path: Path) -> list[int]:
            with lock:
                bar.update()
                progress.tell(next(done))
            return look_at(path)

        cache.read_ahead(paths, counted)


def count_pixels(index: Index, cache: FileCache) -> int:
    """The pixels of all photos that decode."""
    pixels = 0
    for photo in index.photos.values():
        with suppress(UserError):
            height, width, *_ = cache.read(index.image_path(photo), look_at)
            pixels += height * width
    return pixels
