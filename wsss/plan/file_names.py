"""Names of recipes, experiments and presets are names of files, and become parts of targets, paths
and messages. Here they are read, and restricted to what means nothing to a shell or to Snakemake.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from wsss.run.errors import UserError

NAME = re.compile(r"\w[\w.+-]*")
"""a name of a recipe, an experiment or a preset"""
STEP = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
"""a name of a step; those of rounds have a part before the dot"""


def read_names(folder: Path, what: str) -> Mapping[str, Path]:
    """Name -> file, for all YAML files in a folder, sorted; hidden files are left out.

    UserError for a name that a shell or Snakemake would read as more than a name. `what` says what
    such a file is, in the message.
    """
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name.startswith("."):
            continue
        if NAME.fullmatch(path.stem) is None:
            raise UserError(
                f"{what} {path!s}: a name has letters, digits and _ . + - only, and begins with a "
                "letter or digit; rename the file"
            )
        found[path.stem] = path
    return found


def check_step(name: str, recipe: str) -> None:
    """UserError for a name of a step that could not be part of a path."""
    if STEP.fullmatch(name) is None:
        raise UserError(
            f"recipe {recipe}: step {name!r} is no usable name; take small letters, digits and _, "
            "beginning with a letter"
        )
