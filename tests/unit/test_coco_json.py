"""COCO's JSON is read item by item, in one pass, whatever the order of its lists."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.coco_folder import write_coco_folder
from wsss.datasets import coco_json
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_json import read_lists
from wsss.datasets.coco_settings import CocoSettings
from wsss.run.errors import UserError

LISTS = ("images", "annotations")
TEXTS = st.text(alphabet='a"\\[]{},:/ \té\u2028', max_size=8)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from([*LISTS, "info"]), VALUES, max_size=3)


@settings(max_examples=80, deadline=None)
@given(OBJECTS, st.sampled_from([None, 2]), st.booleans(), st.integers(1, 40))
def test_items_are_those_of_a_reader_of_the_whole_file(tmp_path_factory, data, indent, ascii, size):
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(json.dumps(data, indent=indent, ensure_ascii=ascii), encoding="utf-8")
    expected = []
    for key, value in json.loads(path.read_text(encoding="utf-8")).items():
        if key in LISTS and isinstance(value, list):
            expected += [(key, item) for item in value]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coco_json, "CHUNK", size)
        assert list(read_lists(path, LISTS)) == expected


def test_json_that_ends_too_early_is_refused_after_its_first_items_were_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"images": [{"id": 1}, {"id": 2}, {"id"')
    items = read_lists(path, LISTS)
    assert next(items) == ("images", {"id": 1})
    with pytest.raises(UserError, match=r"a\.json cannot be read"):
        list(items)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no { at character 1"),
        ("7", "no { at character 1"),
        ('{"images": [1, 2}', "no , or ] at character 17"),
        ('{"images": [1, 2,]}', "Expecting value at character 18"),
        ('{"images" [1]}', "no : at character 11"),
        ('{"images": [NaN]}', "NaN is no JSON"),
        ('{"images": [1]} {"images": [2]}', "something follows its end, at character 17"),
        ('{"images": [' + 100_000 * "[", "recursion"),
        ('{"images": ["\xff"]}', "utf-8"),
        ('{"images": [' + 5_000 * "1" + "]}", "integer string conversion"),
    ],
)
def test_damage_is_refused_in_one_line_that_says_where_it_is(tmp_path, text, why):
    path = tmp_path / "a.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=why) as error:
        list(read_lists(path, LISTS))
    assert "unpack or copy the file again" in str(error.value)


def test_list_has_no_lists_and_a_mark_of_the_byte_order_is_no_damage(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[{"image_id": 1}]')
    assert list(read_lists(path, LISTS)) == []
    path.write_text('\ufeff{"images": [1]}', encoding="utf-8")
    assert list(read_lists(path, LISTS)) == [("images", 1)]


def test_damage_does_not_fill_the_memory(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text('{"images": ["' + 10_000 * "a")
    monkeypatch.setattr(coco_json, "CHUNK", 10)
    monkeypatch.setattr(coco_json, "LONGEST", 100)
    with pytest.raises(UserError, match="too long an entry, at character 13"):
        list(read_lists(path, LISTS))


def read(root, objects):
    """The index of a folder."""
    return read_coco("coco", root, CocoSettings(), Drawing("masks", 2, objects))[0]


def test_order_of_the_lists_does_not_matter(tmp_path):
    root = write_coco_folder(tmp_path / "coco")
    before = read(root, tmp_path / "before")
    for path in root.glob("annotations/*.json"):
        data = json.loads(path.read_text())
        path.write_text(json.dumps(dict(reversed(data.items()))))
    assert list(data) == ["info", "images", "annotations", "categories"]
    assert read(root, tmp_path / "after") == before
    for path in (tmp_path / "before").rglob("*.jsonl"):
        assert path.read_bytes() == Path(str(path).replace("before", "after")).read_bytes()


def test_each_json_is_opened_once_and_nothing_else_stays(tmp_path, monkeypatch):
    root, opened, plain = write_coco_folder(tmp_path / "coco"), [], Path.open

    def open_noted(path, *args, **more):
        opened.append(path.name)
        return plain(path, *args, **more)

    monkeypatch.setattr(Path, "open", open_noted)
    read(root, tmp_path / "objects")
    jsons = [name for name in opened if name.endswith(".json")]
    assert jsons == ["instances_train2017.json", "instances_val2017.json"]
    assert {path.suffix for path in (tmp_path / "objects").rglob("*.*")} == {".jsonl"}
