"""A name of a class, a photo or a recipe forges no line of a file, changes no terminal and is no
formula of a spreadsheet.
"""

import csv
import io
import json

import pytest

from tests.conftest import check_refused
from wsss.brought.account import Account
from wsss.data.index import Index
from wsss.report.comparison import ComparedRecipe, comparison_csv
from wsss.run.errors import UserError, line_of, printable

HOSTILE = ["cat\n2 dog", "cat\r", "\x1b[2Jcat", "cat\u2028dog", "\u202etac", "a\x9bb", "", "  "]


@pytest.mark.parametrize("name", HOSTILE)
def test_class_with_a_hidden_character_is_refused(name, tmp_path):
    with pytest.raises(UserError, match="class name"):
        Index("x", ("dog", name), ".", {}, {})
    Index("x", ("dog", "cat"), ".", {}, {}).save(tmp_path / "index.json")
    head = json.loads((tmp_path / "index.json").read_text())
    (tmp_path / "index.json").write_text(json.dumps({**head, "classes": ["dog", name]}))
    with pytest.raises(UserError, match=r"index\.json.*class name"):
        Index.load(tmp_path / "index.json")


def test_usual_class_names_are_accepted():
    names = ("potted plant", "größe", "猫", "a;b=c", "=cat", "zero\u200dwidth")
    assert Index("x", names, ".", {}, {}).classes == names


def test_photos_of_a_class_with_an_end_of_line_are_refused(mini_root, tmp_path, stage):
    """The name comes from a table that a spreadsheet wrote."""
    coco = {
        "images": [{"id": n, "file_name": f"{name}.jpg"} for n, name in enumerate("abcdef")],
        "annotations": [{"image_id": n, "category_id": 1} for n in range(6)],
        "categories": [{"id": 1, "name": "cat\n7 dog"}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(coco))
    photo = next((mini_root / "JPEGImages").iterdir())
    for name in "abcdef":
        (tmp_path / "photos").mkdir(exist_ok=True)
        (tmp_path / "photos" / f"{name}.jpg").write_bytes(photo.read_bytes())
    words = ["--name", "pets", "--data-root", tmp_path / "photos", "--out", tmp_path / "index.json"]
    ended = stage("index_folder", *words, "--tags", tmp_path / "labels.json")
    check_refused(ended, "class name")
    assert "\n7 dog" not in ended.stdout and not (tmp_path / "index.json").exists()


def test_messages_show_escape_codes_as_text():
    assert str(UserError("photo a\x1b[31m\nb\udcff")) == r"photo a\x1b[31m b\udcff"
    error = FileNotFoundError(2, "No such file", "a\x1b]0;x\x07.jpg")
    assert line_of(error) == r"No such file: a\x1b]0;x\x07.jpg"
    assert printable("größe, 猫 \u200d") == "größe, 猫 \u200d"


def test_summary_shows_escape_codes_as_text():
    account = Account(photos=1)
    account.classes["cat\x1b[2J\n9 dog"] = 1
    account.problems["no mask"] = ["a\x1b[2J.jpg\nb"]
    lines = account.text().splitlines()
    assert not any("\x1b" in line for line in lines)
    assert r"  a\x1b[2J.jpg\nb" in lines and len(lines) == 5


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_a_table_is_a_formula(first):
    row = ComparedRecipe(
        recipe=f"{first}1+1", steps={f"{first}2": 1.0}, labels=None, val=1.0, low=None, high=None,
        share_of_full=None, minutes=1.0, peak_mb=1.0,
    )  # fmt: skip
    rows = list(csv.reader(io.StringIO(comparison_csv([row], [f"{first}2"]), newline="")))
    for cell in (rows[0][1], rows[1][0]):
        assert cell.startswith("'")
