"""One set of tags gives one index, in whatever format it is written.

By default the photos are drawn. WSSS_VOC, WSSS_COCO, WSSS_ECSSD and WSSS_NYU name folders of real
ones, whose tags are read from their annotations or masks, and written in all formats, too.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.unit.tag_formats import FORMATS, link_into_class_folders, semicolons
from wsss.brought.folder_settings import FolderSettings
from wsss.data.images import read_labels
from wsss.datasets.coco_index import Drawing, read_coco
from wsss.datasets.coco_settings import CocoSettings
from wsss.datasets.folder import read_folder
from wsss.datasets.voc import read_classes, read_voc
from wsss.run.errors import UserError

DRAWN = {
    "001.jpg": ("cat",),
    "002.jpg": ("dog", "cat"),
    "x/003.jpg": (),
    "004.PNG": ("sealion",),
    "käfer.webp": ("dog",),
    "6-1.jpg": ("cat", "dog", "sealion"),
    "7.jpg": ("cat",),
    "8.jpg": (),
    "9.jpg": ("Käfer", "cat"),
    "10.jpg": ("Käfer",),
    "x/y/11.jpg": ("cat",),
    "12.jpg": ("dog",),
}
"""photo -> its tags"""


def draw_photos(root):
    rng = np.random.default_rng(0)
    for name in DRAWN:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).save(root / name)
    return root, DRAWN


def tags_of_index(index, folder):
    """The photos of an index below one of its folders, and their tags by name."""
    tags = {}
    for photo in index.photos.values():
        if photo.image.startswith(f"{folder}/"):
            names = tuple(index.classes[tag - 1] for tag in photo.tags)
            tags[photo.image.removeprefix(f"{folder}/")] = names
    return Path(index.root) / folder, tags


def tags_of_voc(root):
    return tags_of_index(read_voc("voc", root, read_classes(root), "train"), "JPEGImages")


def tags_of_coco(root):
    index, _ = read_coco("coco", root, CocoSettings(), Drawing("masks", 1))
    return tags_of_index(index, "train2017")


def tags_of_ecssd(root):
    return _tags_of_masks(root / "images", root / "masks", {255: "salient"})


def tags_of_nyu(root):
    names = (root / "classes.txt").read_text(encoding="utf-8").split("\n")
    classes = {number: name for number, name in enumerate(names, start=1) if name}
    return _tags_of_masks(root / "images", root / "labels", classes)


def _tags_of_masks(photos, masks, classes):
    """The photos that have masks, and the classes of the values in these (value -> class)."""
    tags = {}
    for photo in sorted(photos.iterdir()):
        values = np.unique(read_labels(masks / f"{photo.stem}.png")).tolist()
        tags[photo.name] = tuple(classes[value] for value in values if value in classes)
    return photos, tags


REAL = {"VOC": tags_of_voc, "COCO": tags_of_coco, "ECSSD": tags_of_ecssd, "NYU": tags_of_nyu}
GIVEN = ["drawn", *(name for name in REAL if f"WSSS_{name}" in os.environ)]


@pytest.fixture(scope="module", params=GIVEN)
def dataset(request, tmp_path_factory):
    """A folder of photos, and the tags of each photo in it."""
    if request.param == "drawn":
        return draw_photos(tmp_path_factory.mktemp("photos"))
    return REAL[request.param](Path(os.environ[f"WSSS_{request.param}"]).resolve())


@pytest.fixture(scope="module")
def expected(dataset, tmp_path_factory):
    """The index of the plainest table, whose tags are those that were written."""
    photos, tags = dataset
    index = read(photos, semicolons(tmp_path_factory.mktemp("table"), tags))
    found = tags_by_name(index)
    assert found == {photo: set(names) for photo, names in tags.items()}
    return index


def read(photos, table, **settings):
    settings = {"val_share": 0.25, **settings}
    return read_folder("x", photos, FolderSettings(tags=str(table), **settings))[0]


def tags_by_name(index):
    """Photo -> the set of its tags."""
    found = {}
    for photo in index.photos.values():
        found[photo.image] = {index.classes[tag - 1] for tag in photo.tags}
    return found


@pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__)
def test_every_format_gives_the_same_index(dataset, expected, tmp_path, write):
    if write.__name__.startswith("excel"):
        pytest.importorskip("openpyxl")
    photos, tags = dataset
    table = write(tmp_path, tags)
    if table is None:
        pytest.skip("this format holds no names with blanks")
    assert read(photos, table) == expected


@pytest.mark.parametrize("form", ["table", "lists"])
def test_stated_splits_are_those_of_the_index(dataset, tmp_path, form):
    photos, tags = dataset
    val = set(list(tags)[::4])
    if form == "table":
        lines = [f"{photo},{'val' if photo in val else 'train'}\n" for photo in tags]
        (tmp_path / "splits").write_text("".join(lines), encoding="utf-8")
    else:
        (tmp_path / "splits").mkdir()
        for name, chosen in (("val", val), ("train", tags.keys() - val)):
            lines = [f"images/{photo} masks/{photo}\n" for photo in sorted(chosen)]
            (tmp_path / "splits" / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
    index = read(photos, semicolons(tmp_path, tags), splits=str(tmp_path / "splits"))
    assert {index.photos[photo_id].image for photo_id in index.splits["val"]} == val
    assert {index.photos[i].image for i in index.splits["train"]} == tags.keys() - val


def test_folders_of_classes_give_the_same_tags(dataset, tmp_path):
    photos, tags = dataset
    single = link_into_class_folders(photos, tags, tmp_path / "linked")
    index, _ = read_folder("x", tmp_path / "linked", FolderSettings())
    found = {Path(photo): names for photo, names in tags_by_name(index).items()}
    assert {path.name: names for path, names in found.items()} == {
        Path(photo).name: set(names) for photo, names in single.items()
    }
    assert all(
        ("val" in path.parts) == (Path(path).as_posix() in images_of(index, "val"))
        for path in found
    )


def images_of(index, split):
    return {index.photos[photo_id].image for photo_id in index.splits[split]}


def test_texts_of_yolo_are_refused_by_name(dataset, tmp_path):
    photos, tags = dataset
    (tmp_path / "labels").mkdir()
    for photo in tags:
        (tmp_path / "labels" / f"{Path(photo).stem}.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    with pytest.raises(UserError, match=r"labels has no XML or JSON.*YOLO's; convert them to COCO"):
        read(photos, tmp_path / "labels")
