"""Reads the photos of one shard, and shows progress."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
from tqdm import tqdm

from wsss.data.images import read_photo
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.run.errors import UserError
from wsss.run.files import check_room
from wsss.run.progress import Progress

T = TypeVar("T")
PHOTO_BYTES = 50_000
"""rough size of what a stage writes for a photo of VOC's size: score maps 25 kB, label maps 5 to
15 kB, saliency 60 kB"""


def parse_shard(text: str | None) -> tuple[int, int] | None:
    """ "k/n" -> (k, n); None, for the whole split, -> None. UserError unless 0 <= k < n."""
    if text is None:
        return None
    try:
        k, n = (int(part) for part in text.split("/"))
    except ValueError:
        raise UserError(f"--shard is '{text}'; k/n is expected, such as 0/8")
    if not 0 <= k < n:
        raise UserError(f"--shard is '{text}'; k must be from 0 to n - 1")
    return k, n


def photos_of(
    index: Index, split: str, shard: str | None, out: str | None = None
) -> Iterator[tuple[Photo, np.ndarray]]:
    """Each photo of a split, or of its shard "k/n", with its pixels, uint8 (H, W, 3).

    UserError if the disk of `out`, where the caller writes, has too little room for all photos.
    """
    photos = index.split(split, parse_shard(shard))
    if out is not None:
        check_room(out, len(photos) * PHOTO_BYTES, f"{out} with {len(photos)} photos")
    for photo in show_progress(photos):
        yield photo, read_photo(index.image_path(photo))


def show_progress(photos: Sequence[T], unit: str = "photo") -> Iterator[T]:
    """Iterate over photos with a progress bar on a terminal; else with a line a minute, and one at
    the end.
    """
    started, progress = time.monotonic(), Progress(len(photos), unit)
    for done, photo in enumerate(tqdm(photos, disable=None, unit=unit), start=1):
        yield photo
        progress.tell(done)
    print(
        f"{len(photos)} {unit}s in {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True
    )
