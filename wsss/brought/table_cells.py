"""Splits the cells of a table into tags, and tells how."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from wsss.brought.json_cells import read_json_cell
from wsss.brought.tables import clean
from wsss.run.counted import counted

BETWEEN_TAGS = ";,|、，；"
"""what separates several tags in one cell; line breaks and tabs do, too"""
NEVER = "none"
"""the separator that leaves every cell whole"""
LINE_BREAKS = re.compile("[\t-\r\x1c-\x1e\x85\u2028\u2029]+")
"""what ends a line somewhere, and tabs: never a part of a name"""


@dataclass
class CellSplitter:
    """Splits cells at `separator`; where it is None, at each of BETWEEN_TAGS."""

    separator: str | None = None
    splits: Counter[str] = field(default_factory=Counter)
    """separator -> number of cells that it split"""
    example: str = ""
    """the first cell that was split, its place and its tags, for messages"""

    def split(self, cell: str, where: str) -> list[str]:
        """The tags in a cell, which may also be a list in brackets, or JSON (json_cells.py)."""
        listed = read_json_cell(cell, where)
        if listed is not None:
            return listed
        parts = LINE_BREAKS.split(cell.strip("[]") if self.separator is None else cell)
        for separator in self._separators():
            parts = self._cut(parts, separator)
        tags = [tag for tag in map(clean, parts) if tag]
        if len(tags) > 1 and not self.example:
            words = " and ".join(f"'{tag}'" for tag in tags)
            self.example = f"{where}: {json.dumps(cell, ensure_ascii=False)} is {words}"
        return tags

    def split_all(self, cells: Sequence[str], where: str) -> tuple[str, ...]:
        """The tags in several cells of a line."""
        tags: list[str] = []
        for cell in cells:
            tags += self.split(cell, where)
        return tuple(tags)

    def _separators(self) -> str | tuple[str, ...]:
        if self.separator is None:
            return BETWEEN_TAGS
        return () if self.separator in (NEVER, "") else (self.separator,)

    def _cut(self, parts: list[str], separator: str) -> list[str]:
        """Cut every part at a separator."""
        cut: list[str] = []
        for part in parts:
            cut += part.split(separator)
        self.splits[separator] += len(cut) > len(parts)
        return cut

    def note(self) -> str | None:
        """How cells were split, with an example, in one line; None where none was."""
        if not self.example:
            return None
        cells = {name: counted(count, "cell") for name, count in self.splits.items() if count}
        used = [f"'{name}' ({count})" for name, count in cells.items()]
        at = ", ".join(used) or "line breaks"
        return f"cells with several tags were split at {at}; {self.example}; --separator decides"
