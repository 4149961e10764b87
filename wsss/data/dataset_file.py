"""The configuration file of a dataset of one's own, as new_dataset.py writes it."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import yaml

from wsss.run.errors import UserError

PHOTOS_PER_SHARD = 500
HEAD = "# Made by new_dataset.py: photos with tags of your own. All settings are in config.yaml.\n"
TAKEN = ("voc", "mini")
"""names of datasets that the program itself knows"""


def name_dataset(folder: str) -> str:
    """A dataset's name: the letters and digits of its folder's name, without accents."""
    plain = unicodedata.normalize("NFKD", folder).lower()
    return re.sub(r"[^a-z0-9]", "", plain).lstrip("0123456789") or "mine"


def check_name(name: str) -> None:
    """A UserError where `name` cannot be a dataset's."""
    if not re.fullmatch(r"[a-z][a-z0-9]*", name) or name in TAKEN:
        raise UserError(
            f"--name is '{name}'; small letters and digits are expected, and neither voc nor mini"
        )


def dataset_text(name: str, root: str, photos: int, folder: Mapping[str, Any]) -> str:
    """The file's text: YAML with the settings of the section `folder` of a dataset at `root`."""
    values = {
        "dataset": name,
        "data_root": root,
        "shards": max(2, -(-photos // PHOTOS_PER_SHARD)),
        "folder": dict(folder),
    }
    return HEAD + yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
