"""Whoever wrote an index or a list: an id or a path in it leads no stage out of a folder."""

import json
import shutil

import numpy as np
import pytest

from tests.conftest import check_refused
from wsss.data.digests import digest_of_bytes
from wsss.data.images import write_labels
from wsss.data.index import Index
from wsss.data.index_files import SHIFT, lines_path
from wsss.data.photo import Photo, place_of
from wsss.datasets.download import add_trainaug
from wsss.datasets.voc import VOC_CLASSES, read_voc
from wsss.run.errors import UserError

IDS = ["../out", "/etc/x", "a/b", "..", ".", "a\0b", "", ".hidden", "a\nb", "a\x1b[2Jb"]
PATHS = ["../p.jpg", "a/../../p.jpg", "/etc/p.jpg", "", ".", "a\0b"]


def save_hostile(path, **changes):
    """Save an index of one photo, with other values in its line; all digests fit."""
    Index("x", ("a",), ".", {"p": Photo("p", "p.jpg", (1,))}, {"all": ("p",)}).save(path)
    head = json.loads(path.read_text())
    line = {**json.loads(lines_path(path).read_text()), **changes}
    text = json.dumps(line).encode() + b"\n"
    bucket = place_of(line["id"]) >> SHIFT
    head["buckets"] = [0 if k <= bucket else len(text) for k in range(len(head["buckets"]))]
    head["bucket_digests"] = [digest_of_bytes(b"")] * len(head["bucket_digests"])
    head["bucket_digests"][bucket] = digest_of_bytes(text)
    lines_path(path).write_bytes(text)
    path.write_text(json.dumps(head))


@pytest.mark.parametrize("photo_id", IDS)
def test_index_with_an_id_that_is_no_file_name_is_refused(photo_id, tmp_path):
    save_hostile(tmp_path / "index.json", id=photo_id)
    with pytest.raises(UserError, match=r"index .*index.json .*not usable as a file name"):
        Index.load(tmp_path / "index.json")
    with pytest.raises(UserError, match="not usable as a file name"):
        Photo(photo_id, "p.jpg", ())


@pytest.mark.parametrize("image", PATHS)
def test_index_with_a_photo_outside_its_folder_is_refused(image, tmp_path):
    save_hostile(tmp_path / "index.json", image=image)
    with pytest.raises(UserError, match=r"index .*index.json .*outside the dataset's folder"):
        Index.load(tmp_path / "index.json")


def test_a_hostile_index_loads_when_its_names_are_good(tmp_path):
    """So the tests above fail by the names alone."""
    save_hostile(tmp_path / "index.json", id="q", image="a/q.jpg")
    assert list(Index.load(tmp_path / "index.json").photos) == ["q"]


@pytest.mark.parametrize(
    "changes", [{"id": "../../victim"}, {"image": "../../victim.jpg"}, {"image": "/victim.jpg"}]
)
def test_stage_writes_nothing_outside_its_folder(changes, tmp_path, stage):
    save_hostile(tmp_path / "in" / "index.json", **changes)
    (tmp_path / "masks").mkdir()
    name = changes.get("id", "p").rpartition("/")[2]
    write_labels(tmp_path / "masks" / f"{name}.png", np.zeros((4, 4), np.uint8))
    before = set(tmp_path.rglob("*.png"))
    words = ["--index", tmp_path / "in/index.json", "--masks", tmp_path / "masks"]
    ended = stage("gather_masks", *words, "--out", tmp_path / "deep" / "er" / "out")
    check_refused(ended, "index.json")
    assert set(tmp_path.rglob("*.png")) == before


def test_list_of_voc_with_an_id_outside_the_folder_is_refused(mini_root, tmp_path):
    root = tmp_path / "voc"
    shutil.copytree(mini_root, root)
    split = root / "ImageSets" / "Segmentation" / "train.txt"
    split.write_text(f"../../{root.name}/x\n{split.read_text()}")
    with pytest.raises(UserError, match="not usable as a file name"):
        read_voc("mini", root, VOC_CLASSES, "train")


def test_list_of_a_downloaded_archive_writes_no_mask_elsewhere(tmp_path):
    voc = tmp_path / "voc"
    for folder in ("ImageSets/Segmentation", "SegmentationClass", "sbd/cls"):
        (voc / folder).mkdir(parents=True)
    write_labels(tmp_path / "voc" / "x.png", np.zeros((4, 4), np.uint8))
    for name, ids in {"train": "../x", "val": "y"}.items():
        (voc / "ImageSets" / "Segmentation" / f"{name}.txt").write_text(ids)
    (voc / "sbd" / "cls" / "z.mat").write_bytes(b"")
    with pytest.raises(UserError, match="not usable as a file name"):
        add_trainaug(voc, voc / "sbd")
