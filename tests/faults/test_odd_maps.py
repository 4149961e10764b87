"""Score maps and networks of any origin: what is not in the file itself, or cannot be right, is
refused.
"""

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.nets.models import read_description, read_tensors
from wsss.run.errors import UserError

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
