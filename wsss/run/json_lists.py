"""Writes lists as JSON whose values are made one by one, so that they need not fit into memory."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from textwrap import indent
from typing import Any, TextIO

from wsss.run.files import atomic


def write_json_list(path: str | Path, values: Iterable[Any]) -> None:
    """Write a list as `write_json` does; only one of its `values` is in memory at a time."""
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        _stream_list(file, values, "")
        file.write("\n")


def write_json_lists(path: str | Path, lists: Mapping[str, Iterable[Any]]) -> None:
    """Write an object of lists as `write_json` does; only one value is in memory at a time. Lists
    are read in their order, each to its end.
    """
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        before = "{"
        for name, values in lists.items():
            file.write(f"{before}\n {json.dumps(name)}: ")
            _stream_list(file, values, " ")
            before = ","
        file.write("{}\n" if before == "{" else "\n}\n")


def _stream_list(file: TextIO, values: Iterable[Any], margin: str) -> None:
    """Write a list whose lines begin with a `margin`, without a line end."""
    before = "["
    for value in values:
        file.write(f"{before}\n{indent(json.dumps(value, indent=1), margin + ' ')}")
        before = ","
    file.write("[]" if before == "[" else f"\n{margin}]")
