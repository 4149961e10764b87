"""Text files are read in UTF-8, whatever the locale."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("wsss/data", "wsss/nets", "wsss/plan", "wsss/report", "wsss/score", "stages")


def find_calls(path):
    """The lines of `read_text` without an encoding."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        named = [keyword.arg for keyword in node.keywords]
        if node.func.attr == "read_text" and not node.args and "encoding" not in named:
            yield f"{path.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_read_text_names_its_encoding(folder):
    files = list((ROOT / folder).glob("*.py"))
    assert files
    found = []
    for path in files:
        found += find_calls(path)
    assert not found
