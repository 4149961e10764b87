"""Reads the lists of COCO's JSON file item by item, so that memory does not grow with the file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson

from wsss.run.errors import UserError
from wsss.run.files import require_file


def read_items(path: Path, key: str) -> Iterator[Any]:
    """The items of the list under `key`, each as soon as it is read.

    Without the key there are none. UserError if the file is missing or no JSON.
    """
    try:
        with require_file(path).open("rb") as file:
            yield from ijson.items(file, f"{key}.item", use_float=True)
    except (OSError, ValueError, ijson.JSONError) as error:
        why = " ".join(str(error).split())[:200]
        raise UserError(f"annotations {path} cannot be read ({why}); unpack or copy the file again")
