"""The training of CPN by its script: superpixels of several shards, and what is refused in one
line.
"""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import NET, check_done, check_refused
from wsss.data.images import write_ids

SIZE = (72, 96)
"""of the photos"""


def write_superpixels(folder, photos, size=SIZE):
    """Squares of 8 pixels, for photos by id, in the layout of a shard."""
    folder.mkdir()
    y, x = np.mgrid[: size[0], : size[1]] // 8
    for photo in photos:
        write_ids(folder / f"{photo}.png", y * 100 + x)


@pytest.fixture
def photos(index):
    """The ids of the photos that train."""
    return [photo.id for photo in index.split("train")]


@pytest.fixture
def train(index, tmp_path, stage):
    """Train on an index, the fixture's or another one."""

    def run(*more, method="cpn", changed=None):
        (changed or index).save(tmp_path / "i.json")
        given = ["--index", tmp_path / "i.json", "--out", tmp_path / "m.safetensors"]
        words = [*given, *NET, "--weights", "none"]
        return stage("train_classifier", method, *words, *more)

    return run


def without_tags(index, ids):
    """The index with some photos that have no tag."""
    photos = dict(index.photos)
    for photo in ids:
        photos[photo] = replace(photos[photo], tags=())
    return replace(index, photos=photos)


def test_superpixels_come_from_any_number_of_folders(train, photos, tmp_path):
    folders = [tmp_path / "a", tmp_path / "b"]
    write_superpixels(folders[0], photos[:3])
    write_superpixels(folders[1], photos[3:])
    check_done(train("--superpixels", *folders))
    described = json.loads((tmp_path / "m.safetensors.json").read_text())
    parts = {"classify", "min_pool", "tcp", "tcp_refined", "cpcr"}
    assert parts <= set(described["history"][0]) and described["method"] == "cpn"
    record = json.loads((tmp_path / "m.safetensors.prov.json").read_text())
    assert "superpixels" in record["inputs"]


def test_grid_needs_no_superpixels(train):
    check_done(train("--pair", "grid"))


def test_missing_superpixels_are_refused(train):
    check_refused(train(), "--superpixels", "--pair grid")


def test_superpixels_of_another_size_are_refused(train, photos, tmp_path):
    write_superpixels(tmp_path / "a", photos, (72, 90))
    ended = train("--superpixels", tmp_path / "a")
    check_refused(ended, "superpixels of photo train_", "90 x 72", "96 x 72", "remake")


def test_photo_without_superpixels_is_refused_by_name(train, photos, tmp_path):
    write_superpixels(tmp_path / "a", photos[1:])
    check_refused(train("--superpixels", tmp_path / "a"), photos[0], "superpixels")


def test_method_without_superpixels_refuses_them(train, photos, tmp_path):
    write_superpixels(tmp_path / "a", photos)
    ended = train("--superpixels", tmp_path / "a", method="cam")
    check_refused(ended, "'cam' reads no superpixels", "--superpixels")


def test_photo_without_tags_does_not_train(train, index, photos, tmp_path):
    """Its superpixels are not looked for."""
    write_superpixels(tmp_path / "a", photos[1:])
    changed = without_tags(index, photos[:1])
    check_done(train("--superpixels", tmp_path / "a", changed=changed))


def test_photos_without_any_tag_are_refused(train, index, photos, tmp_path):
    write_superpixels(tmp_path / "a", photos)
    ended = train("--superpixels", tmp_path / "a", changed=without_tags(index, photos))
    check_refused(ended, "no photo to train on", "tag")
