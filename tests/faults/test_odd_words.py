"""Names of rows and classes that would be taken for something else."""

import ast
import io
import sys

import numpy as np
import pytest

from tests.conftest import PROJECT
from wsss.brought.photo_finder import PhotoFinder
from wsss.data.cells import markdown_cell
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.export.label_studio import write_label_studio
from wsss.export.settings import ExportSettings
from wsss.plan.experiments import read_experiment
from wsss.report.class_table import class_table
from wsss.report.experiment import columns_of, experiment_table
from wsss.run.errors import UserError
from wsss.run.files import read_json, write_json
from wsss.run.stage import Stage


def experiment_of(path, *names):
    rows = [{"name": name, "recipe": "cam", "stage": "cams"} for name in names]
    write_json(path, {"about": "x", "rows": rows})  # JSON is YAML
    return read_experiment(path)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "\x1b[2J", "a\u202eb"])
def test_name_of_a_row_that_forges_lines_is_refused(name, tmp_path):
    with pytest.raises(UserError, match=r"e\.yaml: the name of a row, .* rename the row"):
        experiment_of(tmp_path / "e.yaml", "a", name)


def test_two_rows_of_one_name_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"e\.yaml has two rows called 'a'"):
        experiment_of(tmp_path / "e.yaml", "a", "b", "a")
    assert [row.name for row in experiment_of(tmp_path / "e.yaml", "a", "b").rows] == ["a", "b"]


def test_names_with_bars_and_tags_stay_in_their_cells():
    name = "a | b <img src=x>"
    assert markdown_cell(name) == "a \\| b &lt;img src=x>"
    figures = dict.fromkeys(columns_of("nothing"))
    rows = [{"name": name, "seeds": 0, "mean": figures, "spread": figures}]
    table = experiment_table(columns_of("nothing"), "about", "", rows)
    assert table.splitlines()[-1].startswith("| a \\| b &lt;img src=x> | not run |")
    classes = [{"name": name, "seeds": 1, "classes": {name: {"mean": 3.0, "spread": None}}}]
    assert class_table(classes).splitlines()[-1] == "| a \\| b &lt;img src=x> | 3.0 |"


@pytest.mark.parametrize("other", ["café", "cafe\u0301"])
def test_class_that_occurs_twice_is_refused(other):
    """Also in a Unicode form that looks alike, which tables would take for the first."""
    with pytest.raises(UserError, match="occurs twice, perhaps in two Unicode forms"):
        Index("d", ("café", "dog", other), "", {}, {})


@pytest.mark.parametrize("name", ["background", "Background", "_background_", "__ignore__"])
def test_class_called_like_the_background_or_unknown_pixels_is_refused(name):
    """Scores by name would be of two labels, and an export read back would mix them."""
    with pytest.raises(UserError, match="stands for the background or for unknown pixels"):
        Index("d", ("cat", name), "", {}, {})


@pytest.mark.parametrize("name", ["a+b.jpg", "a&b=c#d.jpg", "100%25.jpg", "a b/ä?.jpg", "a.jpg"])
def test_photo_of_any_name_is_found_again_in_an_export_to_label_studio(name, tmp_path):
    others = ("a.jpg", "a b.jpg", "100%.jpg")  # which a name read as a URL would be
    index = Index("d", ("cat",), str(tmp_path), {"p": Photo("p", name, (1,))}, {})
    write_label_studio(index, [("p", np.ones((4, 5), np.uint8))], tmp_path, ExportSettings())
    (task,) = read_json(tmp_path / "tasks.json")
    paths = {index.image_path(index.photos["p"]), *(tmp_path / other for other in others)}
    finder = PhotoFinder(tmp_path, list(paths))
    image = task["data"]["image"]
    assert (finder.find(image) or finder.find_by_end(image)) == [tmp_path / name]


def test_names_are_printed_in_any_encoding_of_a_terminal(monkeypatch):
    written = io.BytesIO()
    terminal = io.TextIOWrapper(written, encoding="ascii")
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        patched.setattr("wsss.run.stage.end_on_sigterm", lambda: None)
        Stage("s.py", "").run(lambda args, settings: print("猫"), [])
    assert written.getvalue() == b"\\u732b\n"


def test_no_text_is_in_the_encoding_of_a_locale():
    """Else a file of one machine could not be read on another."""
    for folder in ("wsss", "stages"):
        for path in (PROJECT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    named = [keyword.arg for keyword in node.keywords]
                    is_text = node.func.attr in ("read_text", "write_text")
                    assert not is_text or "encoding" in named, f"{path}:{node.lineno}"
