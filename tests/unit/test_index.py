"""The index on disk: whole and in shards, its digests, its damage and its versions."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsss.data.digests import ABSENT
from wsss.data.index import Index, read_digests
from wsss.data.index_files import lines_path
from wsss.data.photo import Photo, place_of, places_of, shard_of
from wsss.run.errors import UserError

CLASSES = ("cat", "dog")


def photo(n, **more):
    """Photo number n; every third has a mask, every fifth its points as values."""
    annotations = {"mask": f"m/{n}.png"} if n % 3 == 0 else {}
    annotations |= {"points": [[n, 2.5, 1]]} if n % 5 == 0 else {}
    digests = {"photo": f"{n:016x}", **{kind: f"{n:016x}" for kind in annotations}}
    return Photo(f"é{n}", f"a b/{n}.jpg", (1 + n % 2,), annotations, digests=digests, **more)


def dataset(count, **more):
    photos = {p.id: p for p in (photo(n, **more) for n in range(count))}
    ids = tuple(reversed(photos))
    return Index(
        "x",
        CLASSES,
        "somewhere",
        photos,
        {"train": ids[: count // 2], "val": ids[count // 2 :], "tune": ()},
    )


@pytest.fixture
def saved(tmp_path):
    dataset(60).save(tmp_path / "i.json")
    return tmp_path / "i.json"


def test_saved_index_is_read_back(saved):
    loaded = Index.load(saved)
    assert loaded == dataset(60)
    assert [p.id for p in loaded.split("train")] == [f"é{n}" for n in range(59, 29, -1)]


def test_index_bytes_do_not_depend_on_the_order_of_photos(saved, tmp_path):
    turned = dataset(60)
    photos = dict(sorted(turned.photos.items(), reverse=True))
    replace(turned, photos=photos).save(tmp_path / "j.json")
    for path, other in ((saved, tmp_path / "j.json"), (lines_path(saved), tmp_path / "j.jsonl")):
        assert path.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 1024, 3000])
def test_shards_of_any_number_are_disjoint_and_complete(shards, saved):
    whole = Index.load(saved)
    numbers = range(shards) if shards < 10 else {shard_of(i, shards) for i in whole.photos}
    found = [p for k in numbers for p in Index.load(saved, (k, shards)).split("train", (k, shards))]
    assert len(found) == 30 and {p.id for p in found} == set(whole.splits["train"])
    for k in numbers:
        part = [p for p in whole.split("train") if shard_of(p.id, shards) == k]
        assert (
            Index.load(saved, (k, shards)).split("train", (k, shards))
            == part
            == whole.split("train", (k, shards))
        )


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8")), st.integers(1, 10**6))
def test_shard_holds_a_range_of_hashed_ids(key, shards):
    k = shard_of(key, shards)
    assert 0 <= k < shards and place_of(key) in places_of((k, shards))
    assert places_of((k, shards)).stop == places_of((k + 1, shards)).start


def test_loading_a_shard_reads_only_its_bytes(tmp_path, monkeypatch):
    dataset(5000).save(tmp_path / "i.json")
    read = []

    class Counting(io.FileIO):
        def read(self, size=-1):
            data = super().read(size)
            read.append(len(data) if self.name.suffix == ".jsonl" else 0)
            return data

    monkeypatch.setattr(Path, "open", lambda path, mode, buffering=-1: Counting(path))
    loaded = Index.load(tmp_path / "i.json", (3, 200))
    whole = lines_path(tmp_path / "i.json").stat().st_size
    own = sum(shard_of(i, 200) == 3 for i in dataset(5000).photos)
    assert len(loaded.photos) == own > 0
    assert (
        0 < sum(read) < whole * 8 / 1024 * 1.5
    )  # a shard of 200 touches at most 7 of 1024 buckets


def test_photos_outside_the_loaded_shard_are_refused(saved):
    part = Index.load(saved, (1, 2))
    for shard in (None, (0, 2), (0, 1), (1, 3)):
        with pytest.raises(ValueError, match="is loaded"):
            part.split("train", shard)
    quarter = part.split("train", (2, 4)) + part.split("train", (3, 4))
    assert {p.id for p in quarter} == {p.id for p in part.split("train", (1, 2))}
    with pytest.raises(ValueError, match="part"):
        part.save(saved)


def test_photos_of_a_group_are_in_one_shard(tmp_path):
    photos = {p.id: p for p in (photo(n, group=f"film {n // 10}") for n in range(60))}
    Index("x", CLASSES, ".", photos, {"train": tuple(photos)}).save(tmp_path / "i.json")
    for k in range(7):
        groups = [p.group for p in Index.load(tmp_path / "i.json", (k, 7)).split("train", (k, 7))]
        assert all(groups.count(group) == 10 for group in groups)


def changed(index, photo_id, **values):
    return replace(
        index, photos={**index.photos, photo_id: replace(index.photos[photo_id], **values)}
    )


@pytest.mark.parametrize(
    ("values", "digests"),
    [
        ({"tags": (1, 2)}, {"photos"}),
        ({"group": "g"}, {"photos"}),
        ({"digests": {"photo": "f" * 16}}, {"photos", "mask"}),
        ({"digests": {**photo(33).digests, "mask": "f" * 16}}, {"mask"}),
        ({"image": "elsewhere.jpg"}, set()),
        ({"annotations": {"mask": "elsewhere.png"}}, set()),
    ],
)
def test_digest_covers_what_is_read_of_the_index(values, digests, saved, tmp_path):
    changed(dataset(60), "é33", **values).save(tmp_path / "j.json")
    for split, expected in (("train", digests), ("*", digests), ("val", set())):
        kinds = ("mask", "points")
        before, after = (read_digests(path, split, kinds) for path in (saved, tmp_path / "j.json"))
        assert {name for name in before if before[name] != after[name]} == expected


def test_digest_covers_the_order_and_the_classes(saved):
    index = dataset(60)
    turned = replace(index, splits={**index.splits, "train": index.splits["train"][::-1]})
    assert turned.digests("train")["photos"] != index.digests("train")["photos"]
    more = replace(index, classes=(*CLASSES, "emu"))
    assert more.digests("train")["photos"] != index.digests("train")["photos"]


def test_digest_covers_unknown_tags(saved):
    index = replace(dataset(60), splits={"all": tuple(dataset(60).photos)})
    rest = replace(index, splits={**index.splits, "rest": ("é3",)})
    assert rest.digests("all")["photos"] != index.digests("all")["photos"]


def test_digest_of_an_annotation_that_no_photo_has(saved):
    assert read_digests(saved, "train", ("depth",))["depth"] == ABSENT
    assert set(read_digests(saved, "*")) == {"photos"}
    with pytest.raises(UserError, match=r"no split 'trian' \(did you mean 'train'"):
        read_digests(saved, "trian")
    with pytest.raises(UserError, match=r"annotation 'masks' \(did you mean 'mask'"):
        read_digests(saved, "train", ("masks",))


def test_damaged_part_of_an_index_is_reported_when_it_is_read(saved):
    lines = lines_path(saved)
    data = bytearray(lines.read_bytes())
    data[5] ^= 1
    lines.write_bytes(data)
    first = shard_of(json.loads(saved.with_suffix(".jsonl").read_bytes().splitlines()[1])["id"], 2)
    assert first == 0
    Index.load(saved, (1, 2))
    for shard in (None, (0, 2)):
        with pytest.raises(
            UserError, match=r"i\.json cannot be read \(i\.jsonl is damaged in bytes 0 to \d+\)"
        ):
            Index.load(saved, shard)


def test_missing_truncated_and_foreign_lines_are_refused_by_name(saved, tmp_path):
    lines = lines_path(saved)
    whole = lines.read_bytes()
    lines.write_bytes(whole[:-1])
    with pytest.raises(UserError, match=r"i\.jsonl is not as long"):
        Index.load(saved)
    lines.unlink()
    with pytest.raises(UserError, match=r"i\.json cannot be read \(i\.jsonl: No such file"):
        Index.load(saved)


def test_damaged_head_of_an_index_is_refused_by_name(tmp_path):
    for text in ("", "[]", json.dumps({"name": "x"}), "[" * 100_000):
        (tmp_path / "index.json").write_text(text)
        for read in (Index.load, lambda path: read_digests(path, "train")):
            with pytest.raises(UserError, match=r"index\.json cannot be read"):
                read(tmp_path / "index.json")


def test_other_versions_of_an_index_are_not_reported_as_damaged(saved, tmp_path):
    first = {"name": "x", "classes": ["a"], "root": ".", "splits": {}, "content": "", "photos": []}
    (tmp_path / "old.json").write_text(json.dumps(first))
    with pytest.raises(
        UserError, match=r"old\.json is of an older version; make it again: .*make_index\.py"
    ):
        Index.load(tmp_path / "old.json")
    head = json.loads(saved.read_bytes())
    for version, words in (
        (2, "is of an older version"),
        (4, "is of version 4, which this program does not know"),
    ):
        saved.write_text(json.dumps({**head, "version": version}))
        with pytest.raises(UserError, match=words):
            read_digests(saved, "train")


def test_index_named_like_its_lines_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"name it i\.json"):
        dataset(4).save(tmp_path / "i.jsonl")


def test_annotations_made_with_the_index_lie_in_the_current_folder():
    own = Photo("p", "p.jpg", (1,), {"mask": "./masks/p.png", "depth": "d/p.png", "points": [1]})
    index = Index("x", CLASSES, "/photos", {"p": own}, {"train": ("p",)})
    assert index.annotation_path(own, "mask") == Path("masks/p.png")
    assert index.annotation_path(own, "depth") == Path("/photos/d/p.png")
    assert (
        index.annotation_path(own, "points") is None and index.annotation_path(own, "pose") is None
    )
