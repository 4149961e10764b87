"""The stage that reads somebody else's class maps, as a user runs it."""

import numpy as np
import pytest

from wsss.data.maps import MapReader


@pytest.fixture(scope="module")
def foreign(index, tmp_path_factory):
    """An index file and a folder of maps in PSA's layout, each with a class too many."""
    folder = tmp_path_factory.mktemp("foreign")
    index.save(folder / "i.json")
    (folder / "maps").mkdir()
    rng = np.random.default_rng(0)
    for photo in index.split("train"):
        other = next(n for n in range(len(index.classes)) if n + 1 not in photo.tags)
        channels = [*(tag - 1 for tag in photo.tags), other]
        saved = {n: rng.random((72, 96), np.float32) for n in channels}
        np.save(folder / "maps" / f"{photo.id}.npy", saved)
    return folder


def read(run_stage, foreign, out, *more):
    given = ["--index", foreign / "i.json", "--folder", foreign / "maps", "--out", out]
    return run_stage("read_maps", "folder", *given, *more)


def test_maps_of_a_split_and_their_shards(foreign, index, run_stage, tmp_path):
    done = read(run_stage, foreign, tmp_path / "whole.h5", "--split", "train")
    assert done.returncode == 0, done.stderr
    assert f"left out {len(index.split('train'))} maps" in done.stdout
    for k in range(2):
        assert read(run_stage, foreign, tmp_path / f"{k}.h5", "--shard", f"{k}/2").returncode == 0
    whole = MapReader([tmp_path / "whole.h5"])
    shards = MapReader([tmp_path / "0.h5", tmp_path / "1.h5"])
    for photo in index.split("train"):
        item = whole[photo.id]
        assert item.kind == "cam" and tuple(item.labels) == photo.tags and item.size == (72, 96)
        assert item.scores.shape[1:] == (18, 24) and np.allclose(item.scores.max(axis=(1, 2)), 1)
        assert np.array_equal(item.scores, shards[photo.id].scores)


def test_a_photo_without_maps_is_one_line_or_zeros(foreign, run_stage, tmp_path):
    done = read(run_stage, foreign, tmp_path / "maps.h5", "--split", "val")
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert done.returncode == 1 and len(lines) == 1 and "has no map of" in lines[0]
    assert not (tmp_path / "maps.h5").exists()
    done = read(run_stage, foreign, tmp_path / "maps.h5", "--split", "val", "--missing", "zero")
    assert done.returncode == 0 and "tags have no map and got zeros" in done.stdout
