"""Faults of COCO's JSON: counted and refused in one line, or left out when the settings say so."""

import json

import numpy as np
import pytest

from tests.coco_folder import BOX, HEIGHT, SMALL, WIDTH, annotation, run_lengths, write_coco_folder
from wsss.brought.checks import check_index
from wsss.data.images import IGNORE, read_labels
from wsss.datasets.coco_annotations import read_crowd
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_masks import write_masks
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.coco_waiting import bounds_of
from wsss.run.errors import UserError

STRICT, LENIENT = CocoSettings(), CocoSettings(leave_out_faulty=True)
BESIDE = [[70, 8, 90, 8, 90, 30, 70, 30]]
"""a polygon right of the photo"""


def read(root, settings=STRICT, objects=None):
    """The index and the account of a folder."""
    return read_coco("coco", root, settings, Drawing("masks", 1, objects))


def drop_photo(data):
    data["images"].append({"id": 99, "file_name": "gone.jpg", "height": 4, "width": 4})
    data["annotations"].append(annotation(99, 1, BOX))


def add_orphan(data):
    data["annotations"].insert(0, annotation(404, 1, BOX))


def add_unknown_category(data):
    data["annotations"].append(annotation(5, 12, BOX))


def repeat_image(data):
    data["images"].append(data["images"][0])


def lie_about_size(data):
    data["images"][4]["width"] = 65


def break_shape(data):
    data["annotations"][0]["segmentation"] = [[1, 2, 3]]


def nameless_image(data):
    data["images"].append({"id": 50})


def huge_image(data):
    data["images"].append({"id": 50, "file_name": "a.jpg", "height": 10**6, "width": 10**6})


def repeat_category(data):
    data["categories"].append({"id": 13, "name": "lamp"})


def empty_shape(data):
    data["annotations"][0]["segmentation"] = []


def missing_shape(data):
    del data["annotations"][0]["segmentation"]


def shape_of_another_size(data):
    data["annotations"][0]["segmentation"] = run_lengths(np.ones((WIDTH, HEIGHT), bool))


def shape_far_away(data):
    data["annotations"][0]["segmentation"] = [[0, 0, 5, 0, 5, 1e6]]


def shape_beside(data):
    data["annotations"][1]["segmentation"] = BESIDE


def odd_crowd(data):
    data["annotations"][0]["iscrowd"] = "maybe"


def entry_without_keys(data):
    data["annotations"].append(None)


FAULTS = [
    (add_orphan, "1 annotations without an image", "annotation 1, id None: image_id 404"),
    (drop_photo, "1 images whose photo is missing", "train2017/gone.jpg"),
    (add_unknown_category, "1 annotations of an unknown category", "category_id 12"),
    (repeat_image, "1 images that are listed twice", "train_001.jpg"),
    (lie_about_size, "1 photos of another size", "train_005.jpg: 64 x 48, not 65 x 48"),
    (repeat_category, "1 categories without an id or a name, or with one", "categories 4"),
    (empty_shape, "1 objects that cannot be drawn", "annotation 1"),
    (missing_shape, "1 objects that cannot be drawn", "annotation 1"),
    (shape_of_another_size, "1 objects that cannot be drawn", "annotation 1"),
    (shape_far_away, "1 objects that cannot be drawn", "annotation 1"),
    (shape_beside, "1 objects outside of their photo", "annotation 2"),
    (odd_crowd, "1 annotations whose iscrowd is neither 0 nor 1", "annotation 1, id None: iscrowd"),
    (entry_without_keys, "1 annotations without an image", "annotation 14, id None: image_id None"),
    (break_shape, "1 objects that cannot be drawn", "annotation 1"),
    (nameless_image, "1 images without an id, a file name or a size", "images 11"),
    (huge_image, "1 images without an id, a file name or a size", "images 11"),
]


@pytest.mark.parametrize(("change", "kind", "place"), FAULTS)
def test_fault_is_refused_in_one_line_and_left_out_when_told_to(tmp_path, change, kind, place):
    root = write_coco_folder(tmp_path / "coco", change)
    with pytest.raises(UserError, match="leave_out_faulty") as error:
        read(root)
    assert kind in str(error.value) and place in str(error.value)
    index, account = read(root, LENIENT)
    assert len(check_index(index).splits["train"]) == (9 if change is lie_about_size else 10)
    assert kind.partition(" ")[2] in account.text() and place in account.text()


def test_photo_whose_objects_are_not_all_known_keeps_its_tags_and_has_no_mask(tmp_path):
    root = write_coco_folder(tmp_path / "coco", break_shape)
    photo = read(root, LENIENT)[0].photos["train_002"]
    assert photo.tags == (1,) and photo.mask is None
    root = write_coco_folder(tmp_path / "other", add_unknown_category)
    photo = read(root, LENIENT)[0].photos["train_005"]
    assert photo.tags == (1, 2) and photo.mask is None


def test_all_faults_at_once_are_counted_and_the_rest_is_read(tmp_path):
    def change(data):
        add_orphan(data)
        data["annotations"].append(annotation("405", 1, BOX))
        shape_beside(data)
        break_shape(data)
        drop_photo(data)

    root = write_coco_folder(tmp_path / "coco", change)
    with pytest.raises(UserError) as error:
        read(root)
    counts = (
        "2 annotations without an image",
        "2 objects outside",
        "1 images whose photo is missing",
    )
    assert all(count in str(error.value) for count in counts)
    places = "id None: image_id 404", "annotation 2, id None", "train2017/gone.jpg"
    assert all(f"{place})" in str(error.value) for place in places)
    assert len(check_index(read(root, LENIENT)[0]).photos) == 15


def test_object_outside_of_its_photo_is_no_tag_and_leaves_the_mask_whole(tmp_path):
    def change(data):
        data["annotations"].append(annotation(2, 90, BESIDE))

    plain = read(write_coco_folder(tmp_path / "plain"))[0]
    changed = read(write_coco_folder(tmp_path / "changed", change), LENIENT)[0]
    assert changed.photos == plain.photos


def test_box_and_id_of_an_annotation_are_not_read(tmp_path):
    def change(data):
        for item in data["annotations"]:
            item |= {"id": 1, "bbox": [-100, 900, -5, 1e9], "area": "none"}

    plain = read(write_coco_folder(tmp_path / "plain"))[0]
    index, account = read(write_coco_folder(tmp_path / "changed", change))
    assert index.photos == plain.photos and not account.problems


@pytest.mark.parametrize("value", [1, 1.0, True, "1", " 1 ", "true", "True"])
def test_crowd_may_be_a_number_a_truth_value_or_text(tmp_path, value):
    def change(data):
        data["annotations"][0]["iscrowd"] = value

    root = write_coco_folder(tmp_path / "coco", change)
    index = read(root, objects=tmp_path / "objects")[0]
    write_masks(index, "train", (0, 1), tmp_path / "objects", tmp_path)
    assert set(np.unique(read_labels(tmp_path / "train_002.png"))) == {0, IGNORE}


@pytest.mark.parametrize(
    ("value", "crowd"), [(None, False), (False, False), ("0", False), (0.0, False)]
)
def test_what_says_no_crowd_is_none(value, crowd):
    assert read_crowd(value) is crowd


@pytest.mark.parametrize("value", ["", "maybe", 2, -1, 0.5, [1], {}])
def test_what_says_neither_is_not_guessed(value):
    assert read_crowd(value) is None


def test_json_without_objects_is_refused(tmp_path):
    root = write_coco_folder(tmp_path / "coco", lambda data: data.pop("annotations"))
    with pytest.raises(UserError, match=r"instances_train2017\.json list no object"):
        read(root, LENIENT)


@pytest.mark.parametrize("name", ["person", "background"])
def test_category_that_cannot_be_told_from_another_is_named(tmp_path, name):
    root = write_coco_folder(
        tmp_path / "coco", lambda data: data["categories"].append({"id": 2, "name": name})
    )
    with pytest.raises(UserError, match=f"'{name}'"):
        read(root, LENIENT)


@pytest.mark.parametrize("part", ["annotations/instances_val2017.json", "val2017"])
def test_missing_part_is_told_before_anything_is_read(tmp_path, part):
    root = write_coco_folder(tmp_path / "coco")
    (root / "annotations" / "instances_train2017.json").write_text("damaged")
    (root / part).rename(tmp_path / "away")
    with pytest.raises(UserError, match=f"{part} is missing; unpack"):
        read(root)


def test_list_of_results_is_refused(tmp_path):
    root = write_coco_folder(tmp_path / "coco")
    path = root / "annotations" / "instances_train2017.json"
    path.write_text(json.dumps([{"image_id": 1, "category_id": 1, "score": 0.5}]))
    with pytest.raises(UserError, match=r"instances_.*is expected"):
        read(root)


def test_bounds_are_those_of_all_polygons():
    assert bounds_of([*BOX, *SMALL, [-3, 7, 99.5, 40]]) == (-3, 7, 99.5, 40)
    assert bounds_of([]) is bounds_of({"size": [1, 1], "counts": [1]}) is None
