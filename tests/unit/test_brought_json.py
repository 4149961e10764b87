"""JSON as people have it: COCO's results, parts of COCO, panoptic COCO, lines in a .json."""

import json

import pytest

from tests.unit.brought_tables import NAMES, animal, expected, read, write_photos
from wsss.run.errors import UserError


@pytest.fixture
def photos(tmp_path):
    """Ten photos."""
    return write_photos(tmp_path / "photos")


IMAGES = [{"id": number, "file_name": name} for number, name in enumerate(NAMES)]
CATEGORIES = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
FOUND = [{"image_id": number, "category_id": 1 + number % 2} for number in range(10)]


def read_json(photos, value):
    return read(photos, [json.dumps(value)], "t.json")[0]


@pytest.mark.parametrize("more", [{"bbox": [1, 2, 3, 4], "score": 0.9}, {"segmentation": {}}])
def test_results_of_coco_are_refused_as_predictions(photos, more):
    with pytest.raises(UserError, match=r"t\.json is a list of COCO's results.*instances_val2017"):
        read_json(photos, [{**item, **more} for item in FOUND])


def test_rows_with_numbers_of_coco_beside_names_are_read(photos):
    rows = [{**row, "label": animal(n), "image": NAMES[n]} for n, row in enumerate(FOUND)]
    assert read_json(photos, rows) == expected()


@pytest.mark.parametrize("missing", ["images", "categories"])
def test_coco_without_a_list_is_refused_by_its_name(photos, missing):
    whole = {"images": IMAGES, "categories": CATEGORIES, "annotations": FOUND}
    del whole[missing]
    with pytest.raises(UserError, match=f"not COCO's JSON, because it has no {missing}; name"):
        read_json(photos, whole)


def test_segments_of_panoptic_coco_are_tags(photos):
    found = [{"image_id": row["image_id"], "segments_info": [row]} for row in FOUND]
    whole = {"images": IMAGES, "categories": CATEGORIES, "annotations": found}
    assert read_json(photos, whole) == expected()


@pytest.mark.parametrize("end", ["", "\n\n"])
def test_lines_of_json_in_a_file_called_json_are_read(photos, end):
    lines = [json.dumps({"image": name, "label": animal(n)}) for n, name in enumerate(NAMES)]
    assert read(photos, [*lines, end], "t.json")[0] == expected()


@pytest.mark.parametrize("name", ["splits", "groups"])
def test_json_of_splits_or_groups_is_refused_by_name(photos, name):
    path = photos.parent / "s.json"
    path.write_text(json.dumps(dict.fromkeys(NAMES, "train")))
    with pytest.raises(UserError, match=r"s\.json is JSON, which is read for tags only"):
        read(photos, [f"{photo},cat" for photo in NAMES], **{name: str(path)})


@pytest.mark.parametrize(
    ("line", "told"), [("x.jpg,train", r": s\.csv line 1: 'x\.jpg'\)"), ("", "")]
)
def test_splits_of_no_photo_are_refused_with_the_first_row(photos, line, told):
    (photos.parent / "s.csv").write_text(f"{line}\n")
    with pytest.raises(UserError, match=rf"the stated splits name 0 photos.*{told}"):
        read(photos, [f"{n},cat" for n in NAMES], splits=str(photos.parent / "s.csv"))
