"""Score maps and networks of any origin: what is not in the file itself, or cannot be right, is
refused.
"""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from wsss.data.confidence import Confidence, read_tables, write_table
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.data.scene_files import SceneFolder
from wsss.nets.models import read_description, read_tensors
from wsss.run.errors import UserError
from wsss.training.label_targets import boxes_target

SIZE = (16, 16)


@pytest.fixture
def shard(tmp_path):
    """A shard with the map of photo p."""
    with map_writer(tmp_path / "m.h5") as writer:
        item = ScoreMap("cam", np.array([1, 3]), np.full((2, 4, 4), 0.5, np.float32), SIZE)
        writer.add("p", item)
    return tmp_path / "m.h5"


def edit(shard, change):
    with h5py.File(shard, "a") as file:
        change(file)


def stored_outside(shard, file):
    """Replace the scores by bytes of another file."""
    other = shard.with_name("other")
    other.write_bytes(bytes(64))
    del file["p/scores"]
    file["p"].create_dataset("scores", (2, 4, 4), "f2", external=[(str(other), 0, 64)])


def virtual(shard, file):
    """Replace the scores by a view of another file's."""
    layout = h5py.VirtualLayout((2, 4, 4), "f2")
    layout[:] = h5py.VirtualSource("other.h5", "p/scores", (2, 4, 4))
    del file["p/scores"]
    file["p"].create_virtual_dataset("scores", layout)


def huge(shard, file):
    """Replace the scores by a few of very many."""
    del file["p/scores"]
    made = file["p"].create_dataset("scores", (2, 10**6, 10**6), "f2", chunks=(1, 64, 64))
    made[0, :64, :64] = 1


def unwritten(shard, file):
    """Replace the scores by a dataset that nobody filled."""
    del file["p/scores"]
    file["p"].create_dataset("scores", (2, 4, 4), "f2")


def moved(link):
    """Keep the scores elsewhere, with a link to them."""

    def change(shard, file):
        file.move("p/scores", "p/kept")
        file["p/scores"] = link

    return change


def attribute(name, value):
    def change(shard, file):
        file["p"].attrs[name] = value

    return change


def scores(value):
    def change(shard, file):
        file["p/scores"][0, 1, 2] = value

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (stored_outside, "in another file"),
        (virtual, "in another file"),
        (moved(h5py.SoftLink("/p/kept")), "in another file"),
        (moved(h5py.ExternalLink("m.h5", "/p/kept")), ""),
        (huge, "1000000"),
        (unwritten, "never written"),
        (scores(np.nan), "not finite"),
        (scores(np.inf), "not finite"),
        (scores(-0.5), "a score is -0.5, but the least is 0"),
        (scores(3), "a score is 3, but the largest of a class map is 1"),
        (attribute("labels", [1, 1]), r"its labels are \[1, 1\]"),
        (attribute("labels", [1, 777]), "its labels are"),
        (attribute("labels", [1, -1]), "its labels are"),
        (attribute("size", [0, 16]), "the size"),
        (attribute("covered", [np.nan, 4.0]), "covers"),
        (attribute("covered", [4.0, 99.0]), "covers"),
    ],
)
def test_maps_that_cannot_be_right_are_refused(change, why, shard):
    edit(shard, lambda file: change(shard, file))
    with pytest.raises(UserError, match=rf"photo p in .* is damaged.*{why}"):
        MapReader([shard])["p"]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e6, -0.5, 3])
def test_maps_that_cannot_be_right_are_not_written(value, tmp_path):
    item = ScoreMap("cam", np.array([1]), np.full((1, 4, 4), value, np.float32), SIZE)
    refused = pytest.raises(UserError, match="score map of photo p: a score is")
    with refused, map_writer(tmp_path / "m.h5") as writer:
        writer.add("p", item)
    assert not list(tmp_path.iterdir())


def test_scores_may_leave_their_range_by_rounding(tmp_path):
    item = ScoreMap("cam", np.array([1]), np.array([[[-1e-4, 1.0004]]], np.float32), SIZE)
    with map_writer(tmp_path / "m.h5") as writer:
        writer.add("p", item)
    assert MapReader([tmp_path / "m.h5"])["p"].scores.shape == (1, 1, 2)


def test_photo_in_two_shards_is_refused_with_both(shard):
    """Else the last one would win."""
    other = shard.with_name("n.h5")
    with map_writer(other) as writer:
        for name in ("o", "p"):
            item = ScoreMap("cam", np.array([1]), np.zeros((1, 4, 4), np.float32), SIZE)
            writer.add(name, item)
    with pytest.raises(UserError, match=r"score map of photo p is in .*m\.h5 and in .*n\.h5;"):
        MapReader([shard, other])["o"]


def test_photo_or_scene_in_two_folders_is_refused_with_both(tmp_path):
    for name in ("a/p.png", "b/p.png", "a/s.npz", "b/s.npz", "a/boxes/p.json", "b/boxes/p.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    folders = [str(tmp_path / "a"), str(tmp_path / "b")]
    with pytest.raises(UserError, match=r"mask of photo p is in .*a/p\.png and in .*b/p\.png;"):
        LabelFolder(folders, "mask")
    with pytest.raises(UserError, match=r"point cloud of scene s is in .*a/s.* and in .*b/s"):
        SceneFolder(folders, "point cloud")
    with pytest.raises(UserError, match=r"boxes of photo p is in .*a/boxes.* and in .*b/boxes"):
        boxes_target(folders, 1)
    for folder in folders:
        write_table(Path(folder), {"p": Confidence(1, 1)})
    with pytest.raises(UserError, match=r"figures of photo p is in .*a/photos.* and in .*b/photos"):
        read_tables(folders)


@pytest.mark.parametrize("link", [h5py.SoftLink("/p"), h5py.ExternalLink("other.h5", "/p")])
def test_links_are_no_maps(link, shard):
    """HDF5 would follow them, also into other files."""
    shard.with_name("other.h5").write_bytes(shard.read_bytes())
    edit(shard, lambda file: file.__setitem__("q", link))
    with pytest.raises(UserError, match=r"photo q in .* is damaged"):
        MapReader([shard])["p"]


def test_cells_beyond_the_photo_and_photos_without_tags_are_read(tmp_path):
    with map_writer(tmp_path / "m.h5") as writer:
        zero = np.zeros((1, 94, 125), np.float32)
        writer.add("p", ScoreMap("cam", np.array([2]), zero, (375, 500), (93.75, 125.0)))
        writer.add("q", ScoreMap("cam", np.zeros(0, int), np.zeros((0, 4, 4), np.float32), SIZE))
    reader = MapReader([tmp_path / "m.h5"])
    assert reader["p"].covered == (93.75, 125.0) and reader["q"].scores.shape == (0, 4, 4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), 1j])
def test_network_with_weights_that_are_no_numbers_is_refused(bad, tmp_path):
    """It would predict the background everywhere."""
    save_file({"w": torch.ones(3), "n": torch.tensor([1, bad])}, tmp_path / "m.safetensors")
    with pytest.raises(UserError, match=r"m\.safetensors has weights that are no .* in n"):
        read_tensors(tmp_path / "m.safetensors")
    save_file({"w": torch.ones(3), "n": torch.tensor([7])}, tmp_path / "m.safetensors")
    assert set(read_tensors(tmp_path / "m.safetensors")) == {"w", "n"}


def test_description_whose_classes_are_a_word_is_refused(tmp_path):
    path = tmp_path / "m.json"
    path.write_text('{"method": "deeplab", "settings": {}, "classes": "cat"}')
    with pytest.raises(UserError, match="classes is no list"):
        read_description(path)
