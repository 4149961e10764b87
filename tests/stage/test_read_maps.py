"""The stage that reads class maps of other programs."""

import numpy as np
import pytest

from tests.conftest import check_done, check_refused
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


@pytest.fixture
def read_maps(stage, foreign):
    """Run the stage on the maps in PSA's layout."""

    def run(out, *more):
        given = ["--index", foreign / "i.json", "--folder", foreign / "maps", "--out", out]
        return stage("read_maps", "folder", *given, *more)

    return run


def test_shards_together_hold_the_maps_of_the_whole_split(read_maps, index, tmp_path):
    ended = check_done(read_maps(tmp_path / "whole.h5", "--split", "train"))
    assert f"left out {len(index.split('train'))} maps" in ended.stdout
    for k in range(2):
        check_done(read_maps(tmp_path / f"{k}.h5", "--shard", f"{k}/2"))
    whole = MapReader([tmp_path / "whole.h5"])
    shards = MapReader([tmp_path / "0.h5", tmp_path / "1.h5"])
    for photo in index.split("train"):
        item = whole[photo.id]
        assert item.kind == "cam" and tuple(item.labels) == photo.tags and item.size == (72, 96)
        assert item.scores.shape[1:] == (18, 24) and np.allclose(item.scores.max(axis=(1, 2)), 1)
        assert np.array_equal(item.scores, shards[photo.id].scores)


def test_photo_without_maps_is_refused_or_gets_zeros(read_maps, tmp_path):
    out = tmp_path / "maps.h5"
    check_refused(read_maps(out, "--split", "val"), "has no map of")
    assert not out.exists()
    ended = check_done(read_maps(out, "--split", "val", "--missing", "zero"))
    assert "tags have no map and got zeros" in ended.stdout
