"""COCO is read into an index; faults are refused or left out; masks are drawn right."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.coco_folder import (
    HEIGHT,
    SMALL,
    WIDTH,
    run_lengths,
    write_coco_folder,
)
from wsss.brought.checks import check_index
from wsss.brought.coco_shapes import draw_objects, draw_shape, is_drawable
from wsss.data.class_names import OTHER_NAMES, find_labels
from wsss.data.images import IGNORE, read_labels
from wsss.data.index import Index
from wsss.data.instances import encode_mask
from wsss.data.voc_classes import VOC_CLASSES
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_masks import write_masks
from wsss.datasets.coco_settings import CocoSettings
from wsss.run.errors import UserError

PLAIN, SIZE = CocoSettings(), (HEIGHT, WIDTH)


def read(root, settings=PLAIN, objects=None, shards=2):
    """The index and the account of a folder."""
    return read_coco("coco", root, settings, Drawing("masks", shards, objects))


def test_labels_follow_the_ids_and_tags_the_annotations(tmp_path):
    index, account = read(write_coco_folder(tmp_path / "coco"))
    assert index.classes == ("person", "stop sign", "toothbrush")
    tags = {photo.id: photo.tags for photo in index.photos.values()}
    assert [tags[f"train_{n:03d}"] for n in (1, 2, 3, 5)] == [(), (1,), (1, 3), (1, 2)]
    assert len(index.splits["train"]) == 10 and len(index.splits["val"]) == 5
    assert sorted(index.splits["tune"] + index.splits["fit"]) == sorted(index.splits["train"])
    assert (account.photos, account.tagged, account.masks) == (15, 13, 15)
    assert not account.problems


def test_index_is_saved_and_keeps_the_digests_of_masks_that_do_not_exist(tmp_path):
    index = check_index(read(write_coco_folder(tmp_path / "coco"))[0])
    index.save(tmp_path / "index.json")
    photo = Index.load(tmp_path / "index.json").photos["val_003"]
    assert photo.mask.startswith("./masks/val/") and photo.mask.endswith("-of-2/val_003.png")
    assert set(photo.digests) == {"photo", "mask"}


def read_digests(root, data=None, **how):
    """The digests of masks, after train's JSON was replaced by `data`."""
    path = root / "annotations" / "instances_train2017.json"
    if data is not None:
        path.write_text(json.dumps(data, **how))
    return {photo.id: photo.digests["mask"] for photo in read(root)[0].photos.values()}


def test_only_a_change_of_an_object_changes_the_digest_of_its_mask(tmp_path):
    root = write_coco_folder(tmp_path / "coco")
    data = json.loads((root / "annotations" / "instances_train2017.json").read_text())
    before = read_digests(root)
    data["info"] = {"year": 2030}
    data["annotations"][0]["id"] = 7
    assert read_digests(root, data, indent=2) == before
    data["annotations"][0]["segmentation"] = SMALL
    after = read_digests(root, data)
    assert {key for key in after if after[key] != before[key]} == {"train_002"}
    data["annotations"][0]["iscrowd"] = 1
    assert read_digests(root, data)["train_002"] != after["train_002"]


def ids_to_text(data):
    for key in ("images", "categories"):
        for item in data[key]:
            item["id"] = f" {item['id']}"
    data["annotations"][0]["image_id"] = "2"


def test_ids_that_are_text_fit_numbers_and_are_only_noted(tmp_path):
    plain = read(write_coco_folder(tmp_path / "a"))[0]
    root = write_coco_folder(tmp_path / "b", ids_to_text)
    index, account = read(root)
    assert {p.id: p.tags for p in index.photos.values()} == {
        p.id: p.tags for p in plain.photos.values()
    }
    assert len(account.problems["ids that are text, taken as numbers"]) == 14


def test_other_categories_in_val_are_refused(tmp_path):
    root = write_coco_folder(tmp_path / "c", lambda data: data["categories"][0].update(name="x"))
    with pytest.raises(UserError, match="other categories"):
        read(root)


def rename_val(root, old, new):
    """Rename the photos of val, in the JSON as well."""
    path = root / "annotations" / "instances_val2017.json"
    path.write_text(path.read_text().replace(f'"{old}', f'"{new}'))
    for photo in list((root / "val2017").iterdir()):
        photo.rename(photo.with_name(photo.name.replace(old, new)))


def test_photos_of_one_name_in_train_and_val_are_told_apart(tmp_path):
    root = write_coco_folder(tmp_path / "coco")
    before = read(root)[0].splits["train"]
    rename_val(root, "val_", "TRAIN_")
    index = read(root, objects=tmp_path / "objects", shards=1)[0]
    assert index.splits["train"] == before
    assert index.splits["val"] == tuple(f"val2017__TRAIN_{n:03d}" for n in range(1, 6))
    assert index.photos["train_004"].image == "train2017/train_004.jpg"
    assert index.photos["val2017__TRAIN_004"].image == "val2017/TRAIN_004.jpg"
    assert write_masks(index, "val", (0, 1), tmp_path / "objects", tmp_path) == 5
    assert read_labels(tmp_path / "val2017__TRAIN_003.png").any()


def test_folder_without_annotations_or_of_another_year_is_refused(tmp_path):
    with pytest.raises(UserError, match="not a COCO folder"):
        read(tmp_path)
    root = write_coco_folder(tmp_path / "coco", year=2014)
    assert len(read(root)[0].photos) == 15
    with pytest.raises(UserError, match=r"instances_train2017\.json"):
        read(root, CocoSettings(year=2017))


def test_masks_of_all_shards_are_those_of_the_json(tmp_path):
    root = write_coco_folder(tmp_path / "coco")
    index = check_index(read(root, objects=tmp_path / "objects", shards=3)[0])
    counts = []
    for k in range(3):
        out = tmp_path / "masks" / str(k)
        out.mkdir(parents=True)
        counts.append(write_masks(index, "train", (k, 3), tmp_path / "objects", out))
    paths = {path.stem: path for path in (tmp_path / "masks").rglob("*.png")}
    assert sum(counts) == len(paths) == 10
    assert not read_labels(paths["train_001"]).any()
    expected = np.zeros(SIZE, np.uint8)
    expected[8:30, 10:40], expected[12:18, 20:26] = 1, 3
    assert np.array_equal(read_labels(paths["train_003"]), expected)


def paint(size, objects):
    """The slow twin: at each pixel the smallest object that covers it, of equal ones the last."""
    labels = np.zeros(size, np.uint8)
    for row, column in np.ndindex(size):
        covering = [(mask.sum(), -n) for n, (_, _, mask) in enumerate(objects) if mask[row, column]]
        if covering:
            label, crowd, _ = objects[-min(covering)[1]]
            labels[row, column] = IGNORE if crowd else label
    return labels


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 80), st.booleans()), max_size=5), st.integers(0, 2**32))
def test_smaller_objects_lie_on_larger_ones_and_crowds_are_ignored(kinds, seed):
    rng = np.random.default_rng(seed)
    masks = [rng.random((5, 7)) < rng.random() for _ in kinds]
    shapes = []
    for n, mask in enumerate(masks):
        shapes.append(encode_mask(mask)["segmentation"] if n % 2 else run_lengths(mask))
    objects = [(*kind, shape) for kind, shape in zip(kinds, shapes)]
    assert all(is_drawable(shape, (5, 7)) for shape in shapes)
    twin = paint((5, 7), [(*kind, mask) for kind, mask in zip(kinds, masks)])
    assert np.array_equal(draw_objects((5, 7), objects), twin)


@pytest.mark.parametrize(
    ("shape", "pixel"),
    [
        ([[3, 3, 4, 3, 4, 4, 3, 4]], (3, 3)),
        ([[3.2, 5.2, 3.6, 5.2, 3.6, 5.6]], (5, 3)),
        ([[8.7, 9.5, 9, 9.5, 9, 10, 8.7, 10]], (9, 8)),
        ([[2, 6, 2, 6]], (6, 2)),
    ],
)
def test_object_of_a_pixel_or_less_is_one_pixel(shape, pixel):
    assert np.argwhere(draw_shape(shape, (10, 10))).tolist() == [list(pixel)]


@pytest.mark.parametrize(
    "shape",
    [
        None,
        [],
        [[]],
        [[1, 2, 3]],
        [[1, 2, 3, "4", 5, 6]],
        [[0, 0, 1e9, 0, 5, 5]],
        {"size": [10, 9], "counts": [90]},
        {"size": [10, 10], "counts": [90]},
        {"size": [10, 10], "counts": [110, -10]},
        {"size": [10, 10], "counts": ""},
        {"size": [10, 10], "counts": "abc"},
        {"size": [10, 10]},
    ],
)
def test_broken_shapes_cannot_be_drawn(shape):
    assert not is_drawable(shape, (10, 10))


def test_names_of_classes_are_found_in_the_other_dataset():
    assert find_labels(["tv", "person", "zebra", "airplane"], VOC_CLASSES) == [20, 15, 0, 1]
    assert find_labels(VOC_CLASSES, list(OTHER_NAMES)).count(0) == 14
    coco = [*OTHER_NAMES, *set(VOC_CLASSES) - set(OTHER_NAMES.values())]
    assert sorted(find_labels(coco, VOC_CLASSES)) == list(range(1, 21))


def test_photos_with_the_classes_of_voc_have_background_where_other_objects_are(tmp_path):
    root = write_coco_folder(tmp_path / "coco")
    index = read(root, CocoSettings(classes="voc"), tmp_path / "objects", shards=1)[0]
    assert index.classes == VOC_CLASSES
    assert index.photos["train_003"].tags == (15,)
    write_masks(index, "train", (0, 1), tmp_path / "objects", tmp_path)
    expected = np.zeros(SIZE, np.uint8)
    expected[8:30, 10:40], expected[12:18, 20:26] = 15, 0
    assert np.array_equal(read_labels(tmp_path / "train_003.png"), expected)


def test_photos_of_train_that_the_other_dataset_has_are_left_out(tmp_path):
    root, other = write_coco_folder(tmp_path / "coco"), tmp_path / "other" / "deep"
    other.mkdir(parents=True)
    with pytest.raises(UserError, match="no photo in"):
        read(root, CocoSettings(without=str(other)))
    for split in ("train", "val"):
        with Image.open(root / f"{split}2017" / f"{split}_004.jpg") as photo:
            photo.resize((80, 60)).save(other / f"{split}.jpg", quality=80)
    index, account = read(root, CocoSettings(without=str(other.parent)))
    assert "train_004" not in index.photos and len(index.splits["train"]) == 9
    assert len(index.splits["val"]) == 5
    assert "train_004: train.jpg" in account.text()
