"""Point clouds and objectness on disk."""

import json
import zipfile

import numpy as np
import pytest

from wsss.data.scene_files import SceneFile, SceneFolder, scene_writer
from wsss.geometry.objectness import Stored, write_objectness
from wsss.geometry.votes import Objectness
from wsss.run.errors import UserError


def write(path, **arrays):
    with scene_writer(path) as file:
        for name, values in arrays.items():
            file.add(name, values)
        file.finish({"photos": ["a", "b"]})


def test_what_is_read_is_what_was_written_to_the_byte(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "places": rng.random((9, 3)).astype(np.float32),
        "points0": np.arange(5, dtype=np.int32),
    }
    for name in ("one", "two"):
        write(tmp_path / f"{name}.npz", **arrays)
    file = SceneFolder([tmp_path], "point cloud")["one"]
    assert file.about == {"format": 1, "photos": ["a", "b"]}
    for name, values in arrays.items():
        assert file.array(name).dtype == values.dtype and (file.array(name) == values).all()
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as loaded:
        assert (loaded["places"] == arrays["places"]).all()


def test_objectness_comes_back(tmp_path):
    made = Objectness(np.array([[0.25, 1], [0, 0]], np.float32), np.array([True, False]))
    write_objectness(tmp_path / "s.npz", made, ["b"])
    stored = Stored(SceneFile(tmp_path / "s.npz"))
    assert stored.boxed == ["b"]
    assert (stored.read().scores == made.scores).all() and (stored.read().known == made.known).all()


def test_damaged_missing_and_later_files_are_told(tmp_path):
    write(tmp_path / "s.npz", places=np.zeros((2, 3)))
    whole = (tmp_path / "s.npz").read_bytes()
    for data in (b"", whole[:60], b"x" * 200):
        (tmp_path / "s.npz").write_bytes(data)
        with pytest.raises(UserError, match=r"s\.npz cannot be read"):
            SceneFile(tmp_path / "s.npz")
    with zipfile.ZipFile(tmp_path / "s.npz", "w") as file:
        file.writestr("about.json", json.dumps({"format": 2}))
    with pytest.raises(UserError, match=r"format 2, this version reads up to 1"):
        SceneFile(tmp_path / "s.npz")
    with pytest.raises(UserError, match="no point cloud of scene t in"):
        SceneFolder([tmp_path], "point cloud")["t"]


def test_pickles_in_files_are_not_run(tmp_path):
    write(tmp_path / "s.npz", places=np.zeros(3))
    with zipfile.ZipFile(tmp_path / "s.npz", "a") as file, file.open("evil.npy", "w") as entry:
        np.lib.format.write_array(entry, np.array([print], object), allow_pickle=True)
    with pytest.raises(UserError, match="cannot be read"):
        SceneFile(tmp_path / "s.npz").array("evil")
