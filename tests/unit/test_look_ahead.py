"""Photos are decoded ahead of their checks, once, and it is shown how far that is."""

import numpy as np
from PIL import Image

from wsss.brought import checks
from wsss.brought.look_ahead import look_ahead
from wsss.data.file_cache import FileCache
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.datasets.dataset_file import count_shards, sum_pixels
from wsss.run import progress


def make_index(root, names):
    photos = {}
    for name in names:
        Image.fromarray(np.full((4, 6, 3), len(name), np.uint8)).save(root / f"{name}.png")
        photos[name] = Photo(name, f"{name}.png", (1,))
    ids = tuple(photos)
    return Index("mine", ("cat",), str(root), photos, {"train": ids, "val": (), "all": ids})


def test_photos_are_decoded_once_and_faults_are_left_to_the_checks(tmp_path, monkeypatch, capsys):
    index, cache = make_index(tmp_path, ("a", "bb", "broken")), FileCache(tmp_path)
    (tmp_path / "broken.png").write_bytes(b"no photo")
    monkeypatch.setattr(progress, "FIRST", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    paths = [tmp_path / photo.image for photo in index.photos.values()]
    look_ahead(cache, paths, checks.look_at)
    assert "progress: photo 3 of 3" in capsys.readouterr().err
    look_ahead(cache, paths, checks.look_at)
    told = capsys.readouterr().err  # the broken one alone is read again
    assert "photo 1 of 3" in told and "photo 2 of 3" not in told
    assert sum_pixels(index, cache) == 2 * 24
    monkeypatch.setattr(checks, "read_photo", lambda path: 1 / 0)
    assert [cache.read(tmp_path / f"{n}.png", checks.look_at)[0] for n in ("a", "bb")] == [4, 4]


def test_shards_are_smaller_where_photos_are_large():
    assert count_shards(60, 60 * 200_000) == 2
    assert count_shards(2000, 2000 * 200_000) == 4
    assert count_shards(1000, 1000 * 12_000_000) == 12
