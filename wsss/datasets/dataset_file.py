"""The configuration file of a dataset of the user's photos, which new_dataset.py writes."""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from wsss.brought.checks import look_at
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.run.errors import UserError, raise_passing
from wsss.run.files import require_file
from wsss.run.yaml_files import parse_yaml

PHOTOS_PER_SHARD, PIXELS_PER_SHARD = 500, 1_000_000_000
"""at most so many in a shard: a job that is interrupted makes its whole shard again, and the time
of a dense CRF grows with the pixels
"""
HEAD = "# Made by new_dataset.py: photos with tags of your own. All settings are in config.yaml.\n"
WRITTEN = ("dataset", "data_root", "shards", "folder", "annotations")
"""the sections that new_dataset.py writes; all others of such a file are its owner's"""
RESERVED = ("voc", "coco", "mini", "rooms", "rgbd")
"""names of the built-in datasets"""


def name_dataset(folder: str) -> str:
    """A dataset's name, such as `check_name` accepts, from the name of its folder.

    It has the folder's letters, in lower case without accents, and its digits except leading ones.
    A folder without any letter of a to z gets the name `mine`.
    """
    plain = unicodedata.normalize("NFKD", folder).lower()
    return re.sub(r"[^a-z0-9]", "", plain).lstrip("0123456789") or "mine"


def check_name(name: str) -> None:
    """UserError if `name` cannot be the name of a dataset."""
    if not re.fullmatch(r"[a-z][a-z0-9]*", name) or name in RESERVED:
        raise UserError(
            f"--name is '{name}'; choose small letters and digits, a letter first, and none of "
            f"{', '.join(RESERVED)}"
        )


def read_earlier(path: Path, root: str) -> dict[str, Any]:
    """The values in such a file for the same folder of photos; {} if `path` does not exist.

    UserError for any other file at `path`.
    """
    if not path.exists():
        return {}
    try:
        text = require_file(path).read_text(encoding="utf-8")
        values = parse_yaml(text)
    except (OSError, ValueError) as error:
        raise_passing(error)
        text, values = "", None
    if not text.startswith(HEAD) or not isinstance(values, dict):
        what = "is no file that this script made"
    elif values.get("data_root") != root:
        what = f"is for the photos in {values.get('data_root')}"
    else:
        return values
    raise UserError(f"{path} exists and {what}; choose another --name or --out, or delete it")


def keep_order(classes: Sequence[str], earlier: Mapping[str, Any]) -> tuple[str, ...]:
    """The classes in the order of an earlier file, new ones at the end: masks keep their values."""
    folder = earlier.get("folder")
    before = folder.get("classes") if isinstance(folder, dict) else None
    kept = [name for name in before or () if name in classes]
    return (*kept, *(name for name in classes if name not in kept))


def own_sections(earlier: Mapping[str, Any]) -> dict[str, Any]:
    """The sections that the owner of an earlier file has added to it, such as `walk`."""
    return {name: value for name, value in earlier.items() if name not in WRITTEN}


def sum_pixels(index: Index, cache: FileCache) -> int:
    """The pixels of all photos that decode."""
    pixels = 0
    for photo in index.photos.values():
        try:
            height, width, *_ = cache.read(index.image_path(photo), look_at)
        except UserError as error:
            raise_passing(error)
            continue
        pixels += height * width
    return pixels


def count_shards(photos: int, pixels: int) -> int:
    """The number of shards for so many photos, which have so many pixels together."""
    return max(2, math.ceil(photos / PHOTOS_PER_SHARD), math.ceil(pixels / PIXELS_PER_SHARD))


def name_dropped(earlier: Mapping[str, Any], written: Mapping[str, Any]) -> list[str]:
    """What an earlier file said of the folder, such as `masks`, and the file as `written` does not:
    most often an option that was forgotten this time.
    """
    before, now = earlier.get("folder"), written["folder"]
    dropped = [str(key) for key in before if key not in now] if isinstance(before, dict) else []
    return [*dropped, *({"annotations"} & (earlier.keys() - written.keys()))]


def format_dataset(values: Mapping[str, Any]) -> str:
    """The file's text (YAML)."""
    return HEAD + yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True)
