"""Photos, masks, indexes, maps: read and written right, refused by name when wrong."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.conftest import PROJECT
from wsss.brought.checks import check_index
from wsss.data.images import IGNORE, photo_size, read_labels, read_photo, voc_palette, write_labels
from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.data.photo import shard_of
from wsss.data.resize import resize_scores
from wsss.data.splits import sample_split
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.datasets.voc import read_classes, read_voc
from wsss.run.errors import UserError
from wsss.run.files import atomic

GRADIENT = np.arange(12 * 8, dtype=np.uint8).reshape(12, 8)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "RGBA", "LA", "1"])
def test_photos_of_any_mode_become_rgb(tmp_path, mode):
    ending = "tif" if mode == "CMYK" else "png"
    Image.fromarray(GRADIENT).convert("RGB").convert(mode).save(tmp_path / f"a.{ending}")
    photo = read_photo(tmp_path / f"a.{ending}")
    assert photo.shape == (12, 8, 3) and photo.dtype == np.uint8


def test_sixteen_bit_photos_are_scaled(tmp_path):
    Image.fromarray(GRADIENT.astype(np.uint16) * 257).save(tmp_path / "a.png")
    assert np.array_equal(read_photo(tmp_path / "a.png")[..., 0], GRADIENT)


def test_exif_rotation_is_applied_to_photo_and_size(tmp_path):
    image = Image.fromarray(GRADIENT).convert("RGB")
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "a.jpg", exif=exif)
    assert read_photo(tmp_path / "a.jpg").shape[:2] == photo_size(tmp_path / "a.jpg") == (8, 12)


def test_truncated_photo_is_refused_by_name(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(
        tmp_path / "a.jpg"
    )
    data = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"a\.jpg cannot be read"):
        read_photo(tmp_path / "a.jpg")


def test_palette_is_the_published_one():
    assert voc_palette()[[0, 1, 2, 15, 20, 255]].tolist() == [
        [0, 0, 0],
        [128, 0, 0],
        [0, 128, 0],
        [192, 128, 128],
        [0, 64, 128],
        [224, 224, 192],
    ]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_saved_labels_are_read_back(tmp_path_factory, height, width, seed):
    path = tmp_path_factory.mktemp("labels") / "a.png"
    labels = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    write_labels(path, labels)
    assert np.array_equal(read_labels(path), labels)


def test_colour_png_is_refused_as_a_label_map(tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match="mode RGB"):
        read_labels(tmp_path / "a.png")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 6), max_size=4, unique=True),
    st.integers(1, 9),
    st.integers(1, 9),
    st.booleans(),
)
def test_saved_maps_are_read_back(tmp_path_factory, labels, height, width, as_prob):
    path = tmp_path_factory.mktemp("maps") / "a.h5"
    scores = (
        np.random.default_rng(0)
        .random((len(labels), height, width))
        .astype(np.float16)
        .astype(np.float32)
    )
    item = ScoreMap(
        "prob" if as_prob else "cam", np.array(labels, np.int64), scores, (8 * height, 8 * width)
    )
    with map_writer(path) as writer:
        writer.add("photo 1", item)
    back = MapReader([path])["photo 1"]
    assert (back.kind, back.size) == (item.kind, item.size)
    assert np.array_equal(back.labels, item.labels) and np.array_equal(back.scores, item.scores)


def test_missing_damaged_and_infinite_maps_are_refused_by_name(tmp_path):
    item = ScoreMap("cam", np.array([1]), np.full((1, 2, 2), np.nan, np.float32), (16, 16))
    with pytest.raises(UserError, match="photo a"), map_writer(tmp_path / "a.h5") as writer:
        writer.add("a", item)
    assert list(tmp_path.iterdir()) == []
    with map_writer(tmp_path / "a.h5"):
        pass
    with pytest.raises(UserError, match="no score map of photo b"):
        MapReader([tmp_path / "a.h5"])["b"]
    (tmp_path / "a.h5").write_bytes(b"not hdf5")
    with pytest.raises(UserError, match=r"a\.h5 cannot be read"):
        MapReader([tmp_path / "a.h5"])["a"]


def test_failed_write_keeps_the_old_file(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(RuntimeError), atomic(tmp_path / "a") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert (tmp_path / "a").read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_killed_writer_leaves_no_artifact(tmp_path):
    script = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from wsss.data.maps import map_writer\n"
        "with map_writer(sys.argv[2]):\n    print('open', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(PROJECT), str(tmp_path / "a.h5")], stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"open\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "a.h5").exists()


def test_tags_are_the_classes_in_the_mask(index):
    for photo in index.photos.values():
        values = set(np.unique(read_labels(index.mask_path(photo)))) - {0, IGNORE}
        assert set(photo.tags) == values


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1), unique=True), st.integers(1, 9))
def test_shards_partition_any_ids(ids, shards):
    assert all(0 <= shard_of(i, shards) < shards for i in ids)
    assert [shard_of(i, shards) for i in ids] == [shard_of(i, shards) for i in ids]


def test_tune_is_a_fifth_and_repeats(index):
    photos = index.split("train")
    assert (
        set(sample_split(photos))
        == set(sample_split(list(reversed(photos))))
        <= {p.id for p in photos}
    )
    tune, fit = (set(index.splits[name]) for name in ("tune", "fit"))
    assert tune | fit == set(index.splits["train"]) and not tune & fit


def test_drawn_scenes_are_repeatable_and_have_several_objects():
    scenes = [draw_scene(np.random.default_rng(3), MiniSettings(), first=2) for _ in range(2)]
    assert np.array_equal(scenes[0].photo, scenes[1].photo) and np.array_equal(
        scenes[0].mask, scenes[1].mask
    )
    assert 3 in scenes[0].mask and IGNORE in scenes[0].mask


def broken(mini_root, tmp_path):
    import shutil

    root = tmp_path / "photos"
    shutil.copytree(mini_root, root)
    return root


def load(root):
    return check_index(read_voc("mini", root, read_classes(root), "train"))


def test_a_photo_outside_the_dataset_s_folder_is_refused(index):
    photo = next(iter(index.photos.values()))
    with pytest.raises(UserError, match="outside the dataset's folder"):
        replace(photo, image="../" + photo.image)


def test_bad_datasets_are_refused_by_name(mini_root, tmp_path):
    def refused(change, *words):
        root = broken(mini_root, tmp_path / str(time.monotonic_ns()))
        change(root)
        with pytest.raises(UserError) as error:
            load(root)
        assert "\n" not in str(error.value)
        for word in words:
            assert word in str(error.value), str(error.value)

    lists = "ImageSets/Segmentation/train.txt"
    mask, photo, xml = (
        f"{d}/train_0000.{e}"
        for d, e in (("SegmentationClass", "png"), ("JPEGImages", "jpg"), ("Annotations", "xml"))
    )
    refused(lambda r: (r / lists).write_text(""), "train", "empty")
    refused(lambda r: (r / lists).write_text("train_0000\ntrain_0000\n"), "train_0000", "twice")
    refused(lambda r: (r / lists).write_text("../evil\n"), "../evil")
    refused(lambda r: (r / lists).unlink(), "train.txt", "missing")
    refused(
        lambda r: (r / xml).write_text("<a><object><name>brid</name></object></a>"), "brid", "bird"
    )
    refused(lambda r: (r / xml).write_text("<a>"), "train_0000.xml")
    refused(lambda r: (r / photo).write_bytes(b"x"), "train_0000.jpg", "cannot be read")
    refused(lambda r: (r / photo).unlink(), "train_0000.jpg")
    refused(
        lambda r: write_labels(r / mask, np.zeros((5, 5), np.uint8)),
        "train_0000.png",
        "5 x 5",
        "96 x 72",
    )
    refused(
        lambda r: write_labels(r / mask, np.full((72, 96), 77, np.uint8)), "train_0000.png", "77"
    )
    refused(lambda r: (r / "classes.txt").write_text("a\na\n"), "classes.txt")
    refused(
        lambda r: (r / "classes.txt").write_text("background\na\n"), "classes.txt", "background"
    )
    refused(
        lambda r: (r / lists).write_text("train_0000\nval_0000\n"), "val_0000", "'train'", "'val'"
    )


def test_missing_mask_is_refused_when_it_is_read(mini_root, tmp_path):
    root = broken(mini_root, tmp_path)
    (root / "SegmentationClass/train_0000.png").unlink()
    index = load(root)
    with pytest.raises(UserError, match="train_0000 has no mask"):
        index.mask_path(index.photos["train_0000"])


@pytest.mark.parametrize(
    "sizes", [((3, 4), (37, 50)), ((47, 63), (20, 31)), ((1, 1), (3, 5)), ((5, 9), (5, 9))]
)
def test_resized_maps_equal_torch_interpolation(sizes):
    before, after = sizes
    maps = np.random.default_rng(0).random((2, *before)).astype(np.float32)
    slow = F.interpolate(
        torch.from_numpy(maps)[None], after, mode="bilinear", antialias=after < before
    )[0].numpy()
    assert np.allclose(resize_scores(maps, after), slow, atol=1e-5)
    assert resize_scores(maps[:0], after).shape == (0, *after)


def test_label_stages_import_no_torch():
    code = (
        "import sys; import wsss.crf.photo, wsss.affinity.confident, wsss.seeds.threshold, "
        "wsss.score.split; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT).returncode == 0


def test_maps_of_a_later_format_are_not_reported_as_damaged(tmp_path):
    with map_writer(tmp_path / "m.h5") as writer:
        writer.add("a", ScoreMap("cam", np.array([1]), np.ones((1, 2, 2), np.float32), (4, 4)))
    assert MapReader([tmp_path / "m.h5"])["a"].kind == "cam"
    with h5py.File(tmp_path / "m.h5", "a") as file:
        file.attrs["format"] = 99
    with pytest.raises(UserError, match="format 99, this version reads up to 2"):
        MapReader([tmp_path / "m.h5"])["a"]
