"""Tagged photos of another dataset: their tags are classes of this one, and what is left out."""

import shutil

import numpy as np
import pytest
from PIL import Image

from tests.other_coco import write_other_coco
from wsss.data.duplicates import find_photos_in
from wsss.data.index import Index
from wsss.datasets.other_photos import describe_photos, read_other_coco, read_other_folder
from wsss.datasets.other_photos_settings import OtherCocoSettings, OtherFolderSettings
from wsss.run.errors import UserError

SIZE = (48, 64)


@pytest.fixture
def coco(tmp_path):
    return write_other_coco(tmp_path / "coco")


def read_coco(root, target, **settings):
    return read_other_coco(OtherCocoSettings(root=str(root), **settings), target)


def test_tags_of_coco_are_classes_of_the_dataset_in_its_order(coco, index):
    found, shared, account = read_coco(coco, index)
    assert found.classes == index.classes and found.splits.keys() == {"train"}
    tags = {photo.id: photo.tags for photo in found.photos.values()}
    assert len(tags) == 10 and shared == {} and not account.problems
    # the lamp of photo 3 is no class of the dataset
    assert [tags[f"train_{n:03d}"] for n in (1, 2, 3, 5)] == [(), (1,), (1,), (1, 2)]
    for photo in found.photos.values():
        assert not photo.annotations and set(photo.digests) == {"photo"}
    counts = describe_photos(found, shared)
    assert (counts["photos"], counts["tagged"], counts["untagged"]) == (10, 9, 1)
    assert counts["classes"] == {**dict.fromkeys(index.classes, 0), "mushroom": 9, "fish": 2}


def test_classes_follow_the_names_and_not_the_order_of_the_other_dataset(coco, index):
    turned = Index(index.name, index.classes[::-1], index.root, index.photos, index.splits)
    found, _, _ = read_coco(coco, turned)
    assert found.classes == index.classes[::-1]
    assert found.photos["train_005"].tags == (5, 6)


@pytest.mark.parametrize(
    ("settings", "count"),
    [({"untagged": False}, 9), ({"parts": ("train", "val")}, 15), ({"parts": ("val",)}, 5)],
)
def test_settings_choose_the_photos(coco, index, settings, count):
    found, _, _ = read_coco(coco, index, **settings)
    assert len(found.split("train")) == count


def test_photos_of_the_dataset_are_left_out_by_their_hash(coco, index):
    twin = index.split("val")[0]
    path = coco / "train2017" / "train_004.jpg"
    photo = Image.open(index.image_path(twin)).resize(SIZE[::-1])
    photo.save(path, quality=70)
    found, shared, _ = read_coco(coco, index)
    assert shared == {"train_004": twin.id} and "train_004" not in found.photos
    assert describe_photos(found, shared)["left_out"] == 1
    kept, shared, _ = read_coco(coco, index, hash_distance=0)
    assert len(kept.photos) + len(shared) == 10


def test_the_nearest_photo_of_the_dataset_is_named(index):
    paths = {photo.id: index.image_path(photo) for photo in index.photos.values()}
    assert find_photos_in(index, paths, 0) == {name: name for name in paths}


def write_folder(root):
    rng = np.random.default_rng(0)
    for name in ("fish/a", "fish/b", "Bird/c", "lamp/d", "deep/er/e"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 255, (*SIZE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / f"{name}.jpg")
    return root


def read_folder(root, target, **settings):
    return read_other_folder(OtherFolderSettings(root=str(root), **settings), target)


def test_subfolders_are_the_tags_of_a_folder(tmp_path, index):
    found, shared, _ = read_folder(write_folder(tmp_path / "f"), index)
    tags = {photo.id: photo.tags for photo in found.photos.values()}
    fish = index.classes.index("fish") + 1
    assert tags == {
        "fish__a": (fish,),
        "fish__b": (fish,),
        "Bird__c": (),
        "lamp__d": (),
        "deep__er__e": (),
    }
    assert found.classes == index.classes and shared == {}
    assert describe_photos(found, shared)["classes"]["bird"] == 0


def test_a_table_gives_the_tags_of_a_folder(tmp_path, index):
    root = write_folder(tmp_path / "f")
    table = tmp_path / "tags.csv"
    table.write_text("image,labels\nfish/a.jpg,bird;cart\nc.jpg,\ngone.jpg,bird\n")
    found, _, account = read_folder(root, index, tags=str(table))
    tags = {photo.id: photo.tags for photo in found.photos.values()}
    bird, cart = (index.classes.index(name) + 1 for name in ("bird", "cart"))
    assert tags == {"fish__a": tuple(sorted((bird, cart))), "Bird__c": ()}
    assert account.problems["rows without a photo"]


def test_wrong_folders_are_refused_in_one_line(tmp_path, coco, index):
    for root, words in (
        (None, "'other_photos.root' is 'None'"),
        (tmp_path / "nowhere", "not a folder"),
        (tmp_path, "not a COCO folder"),
    ):
        settings = OtherCocoSettings(root=None if root is None else str(root))
        with pytest.raises(UserError, match=words):
            read_other_coco(settings, index)
    lamps = Index("lamps", ("lantern",), index.root, index.photos, index.splits)
    with pytest.raises(UserError, match=r"has a class of the dataset lamps \(lantern"):
        read_coco(coco, lamps)
    shutil.rmtree(coco / "train2017")
    with pytest.raises(UserError, match="train2017 is missing"):
        read_coco(coco, index)
