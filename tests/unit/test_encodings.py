"""Text files are read in UTF-8, whatever the locale; names of files have to be in it."""

import ast
import sys
from pathlib import Path

import pytest

from tests.conftest import check_refused
from wsss.plan.startup import load_plan

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "wsss/brought",
    "wsss/data",
    "wsss/datasets",
    "wsss/nets",
    "wsss/plan",
    "wsss/plan/datasets",
    "wsss/report",
    "wsss/score",
    "stages",
)


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


def test_another_encoding_of_names_is_refused(stage, tmp_path, monkeypatch, capsys):
    """As under a locale in Latin-1, or under LC_ALL=C with PYTHONUTF8=0."""
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "iso8859-1")
    ended = stage("make_mini", "--out", tmp_path / "photos")
    check_refused(ended, "names of files are read in iso8859-1", "export PYTHONUTF8=1")
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr("os._exit", sys.exit)
    with pytest.raises(SystemExit):
        load_plan({}, {})
    assert "names of files are read in iso8859-1" in capsys.readouterr().err
