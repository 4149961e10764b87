"""Folders of wsss/ import each other one way only: none imports one that is after it in `ORDER`."""

import ast
from functools import cache
from graphlib import TopologicalSorter

import pytest

from tests.conftest import PROJECT

ORDER = (
    "run",
    "data",
    "brought",
    "datasets",
    "nets",
    "crf",
    "losses",
    "training",
    "superpixels",
    "classify",
    "cams",
    "seeds",
    "affinity",
    "geometry",
    "labels",
    "multitask",
    "segment",
    "saliency",
    "export",
    "score",
    "report",
    "plan",
)
"""lowest first; what a folder imports stands before it"""


@cache
def find_imports():
    """Folder -> folder -> the imports that lead there."""
    found = {folder: {} for folder in ORDER}
    for path in sorted((PROJECT / "wsss").rglob("*.py")):
        if path.parent.name == "wsss":
            continue
        folder = path.relative_to(PROJECT / "wsss").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [node.module]
                if isinstance(node, ast.ImportFrom)
                else ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
            )
            for name in names:
                parts = (name or "").split(".")
                if parts[0] == "wsss" and len(parts) > 1 and parts[1] != folder:
                    found[folder].setdefault(parts[1], []).append(f"{path.name} imports {name}")
    return found


def test_import_order_lists_every_folder():
    folders = {
        path.name for path in (PROJECT / "wsss").iterdir() if (path / "__init__.py").is_file()
    }
    assert folders == set(ORDER)


def test_folders_have_no_import_cycles():
    list(TopologicalSorter(find_imports()).static_order())


@pytest.mark.parametrize("folder", ORDER)
def test_folder_imports_only_folders_before_it(folder):
    above = ORDER[ORDER.index(folder) :]
    climbs = [
        line for other, lines in find_imports()[folder].items() if other in above for line in lines
    ]
    assert not climbs


def test_no_training_depends_on_how_files_of_people_are_read():
    """An edit of a reader would run all trainings again, although the index is the same. Labels of
    boxes read those of a photo in the index.
    """
    folders = ORDER[ORDER.index("nets") : ORDER.index("export")]
    found = {
        line.split()[-1]
        for folder in folders
        for room in ("brought", "datasets")
        for line in find_imports()[folder].get(room, [])
    }
    assert found == {"wsss.brought.true_boxes"}


def test_methods_do_not_import_each_other():
    """A method that another one imports would make that one run again when it changes."""
    methods = ORDER[ORDER.index("training") + 1 : ORDER.index("export")]
    siblings = {
        (folder, other)
        for folder in methods
        for other, lines in find_imports()[folder].items()
        if other in methods and not all(line.endswith(".registry") for line in lines)
    }
    read = {
        ("cams", "classify"),
        ("segment", "classify"),
        ("saliency", "segment"),
    }  # a classifier, and a DeepLab
    assert siblings == read
