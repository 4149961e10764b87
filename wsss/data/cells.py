"""Texts of the user's as cells of tables: CSV for spreadsheets and this program, Markdown."""

import json
import re
from collections.abc import Sequence

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""what a formula of a spreadsheet begins with"""
NEEDS_LIST = re.compile(r"""[;,|、，；\[\]{}"'\r\n\u2028\u2029]""")
"""what a name may not have to be one of several in a cell (wsss.brought.table_cells)"""


def text_cell(text: str) -> str:
    """A text as a cell. A spreadsheet would compute one that begins like a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def text_of(cell: str) -> str:
    """The text of a cell of `text_cell`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell


def markdown_cell(text: str) -> str:
    """A text as a cell of a Markdown table: neither a bar nor a tag in it counts."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def list_cell(names: Sequence[str]) -> str:
    """Several names as one cell: separated by ;, or where that is ambiguous, Label Studio's
    choices.
    """
    if any(NEEDS_LIST.search(name) for name in names):
        return json.dumps({"choices": list(names)}, ensure_ascii=False)
    return text_cell(";".join(names))
