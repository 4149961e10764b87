"""Reads a list of photos: a text file with one id on each line."""

from pathlib import Path

from wsss.run.errors import UserError
from wsss.run.files import require_file


def read_photo_list(path: str | Path) -> tuple[str, ...]:
    """The ids in a file, in its order; empty lines are skipped.

    A UserError names a file that is missing or no text in UTF-8.
    """
    try:
        text = require_file(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise UserError(
            f"list {path} cannot be read ({error}); write a text file with one photo id on each "
            "line"
        )
    lines = [line.strip() for line in text.splitlines()]
    return tuple(line for line in lines if line)
