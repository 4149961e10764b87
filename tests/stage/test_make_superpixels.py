"""The script that cuts photos into superpixels, as a user runs it."""

import numpy as np
import pytest

from wsss.data.images import photo_size, read_photo
from wsss.data.index import Index
from wsss.data.superpixels import Superpixels
from wsss.run.records import content_digest, join_digests, read_record
from wsss.superpixels.slic import slic_superpixels
from wsss.superpixels.slic_settings import SlicSettings


@pytest.fixture
def cut(mini_root, tmp_path, run_stage):
    """Run the script on the drawn photos; gives what it wrote."""
    made = run_stage(
        "make_index", "--name", "mini", "--data-root", mini_root, "--out", tmp_path / "i.json"
    )
    assert made.returncode == 0, made.stderr

    def run(name, *more):
        done = run_stage(
            "make_superpixels",
            "slic",
            "--index",
            tmp_path / "i.json",
            "--count",
            40,
            "--out",
            tmp_path / name,
            *more,
        )
        return done, tmp_path / name

    return run


def test_shards_hold_what_one_run_makes_of_every_photo(cut, tmp_path):
    whole, *shards = [cut("whole"), cut("0", "--shard", "0/2"), cut("1", "--shard", "1/2")]
    assert all(done.returncode == 0 for done, _ in (whole, *shards)), whole[0].stderr
    folders = [folder for _, folder in shards]
    assert join_digests(map(content_digest, folders)) == content_digest(whole[1])
    index, found = Index.load(tmp_path / "i.json"), Superpixels(folders)
    for photo in index.split("train"):
        path = index.image_path(photo)
        wanted = slic_superpixels(read_photo(path), SlicSettings(count=40))
        assert np.array_equal(found.read(photo.id, photo_size(path)), wanted)


def test_the_record_tells_settings_and_photos(cut):
    _, folder = cut("whole")
    record = read_record(folder)
    assert record.stage == "stages/make_superpixels.py" and record.settings["count"] == 40
    assert set(record.read) == {"train"} and "wsss/superpixels/slic.py" in record.modules


def test_a_wrong_setting_is_one_line_and_leaves_nothing(cut):
    done, folder = cut("wrong", "--settings", '{"cuont": 3}')
    assert done.returncode == 1 and "did you mean 'count'" in done.stderr
    assert not folder.exists()
