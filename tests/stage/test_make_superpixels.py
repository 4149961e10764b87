"""The stage that cuts photos into superpixels."""

import numpy as np
import pytest

from tests.conftest import check_done, check_refused
from wsss.data.images import photo_size, read_photo
from wsss.data.index import Index
from wsss.data.superpixels import Superpixels
from wsss.run.records import content_digest, join_digests, read_record
from wsss.superpixels.slic import slic_superpixels
from wsss.superpixels.slic_settings import SlicSettings


@pytest.fixture
def make_superpixels(index, tmp_path, stage):
    """Run the stage on the synthetic photos; gives how it ended, and the folder to make."""
    index.save(tmp_path / "i.json")

    def run(name, *more):
        given = ["--index", tmp_path / "i.json", "--count", 40, "--out", tmp_path / name]
        return stage("make_superpixels", "slic", *given, *more), tmp_path / name

    return run


def test_shards_together_hold_the_superpixels_of_the_whole_split(make_superpixels, tmp_path):
    folders = []
    for name, *shard in (("whole",), ("0", "--shard", "0/2"), ("1", "--shard", "1/2")):
        ended, folder = make_superpixels(name, *shard)
        check_done(ended)
        folders.append(folder)
    whole, *folders = folders
    assert join_digests(map(content_digest, folders)) == content_digest(whole)
    index, found = Index.load(tmp_path / "i.json"), Superpixels(folders)
    for photo in index.split("train"):
        path = index.image_path(photo)
        wanted = slic_superpixels(read_photo(path), SlicSettings(count=40))
        assert np.array_equal(found.read(photo.id, photo_size(path)), wanted)


def test_record_holds_settings_and_the_split(make_superpixels):
    _, folder = make_superpixels("whole")
    record = read_record(folder)
    assert record.stage == "stages/make_superpixels.py" and record.settings["count"] == 40
    assert set(record.read) == {"train"} and "wsss/superpixels/slic.py" in record.modules


def test_wrong_setting_is_refused_and_makes_no_folder(make_superpixels):
    ended, folder = make_superpixels("wrong", "--settings", '{"cuont": 3}')
    check_refused(ended, "did you mean 'count'")
    assert not folder.exists()
