"""The configuration file of a dataset of the user's photos, which new_dataset.py writes."""

import math
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from wsss.run.errors import UserError
from wsss.run.yaml_files import parse_yaml

PHOTOS_PER_SHARD = 500
HEAD = "# Made by new_dataset.py: photos with tags of your own. All settings are in config.yaml.\n"
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


def check_free(path: Path, root: str) -> None:
    """UserError if `path` exists, unless it is such a file for the same folder of photos."""
    if not path.exists():
        return
    try:
        text = path.read_text(encoding="utf-8")
        values = parse_yaml(text)
    except (OSError, ValueError):
        text, values = "", None
    if not text.startswith(HEAD) or not isinstance(values, dict):
        what = "is no file that this script made"
    elif values.get("data_root") != root:
        what = f"is for the photos in {values.get('data_root')}"
    else:
        return
    raise UserError(f"{path} exists and {what}; choose another --name or --out, or delete it")


def format_dataset(
    name: str, root: str, photos: int, folder: Mapping[str, Any], more: Mapping[str, Any] = {}
) -> str:
    """The file's text (YAML) for a dataset of `photos` photos at `root`.

    `folder` are the settings of the section of that name, `more` are further sections.
    """
    values = {
        "dataset": name,
        "data_root": root,
        "shards": max(2, math.ceil(photos / PHOTOS_PER_SHARD)),
        "folder": dict(folder),
        **more,
    }
    return HEAD + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
