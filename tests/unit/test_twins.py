"""Photos of equal bytes are told, and are sampled into one split together."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss.brought.account import Account
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.twins import TWICE, find_twins, keep_together
from wsss.data.file_cache import FileCache
from wsss.data.photo import Photo
from wsss.datasets.folder import read_folder
from wsss.run.errors import UserError


def test_photos_of_equal_bytes_are_told(tmp_path):
    for name, text in (("a", "x1"), ("b", "x2"), ("c", "x1"), ("d", "x1"), ("e", "longer")):
        (tmp_path / name).write_text(text)
    paths, account = sorted(tmp_path.iterdir()), Account()
    found = find_twins(tmp_path, paths, account, FileCache(tmp_path))
    assert found == {tmp_path / "c": tmp_path / "a", tmp_path / "d": tmp_path / "a"}
    assert account.problems[TWICE] == ["a and c", "a and d"]


def test_equal_photos_join_their_groups():
    groups = {"a": None, "b": "one", "c": "two", "d": "two", "e": None, "f": "one", "g": None}
    photos = {Path(k): Photo(k, f"{k}.jpg", (1,), {}, group) for k, group in groups.items()}
    twins = {Path("c"): Path("b"), Path("e"): Path("a")}
    joined = {path.name: photo.group for path, photo in keep_together(photos, twins).items()}
    assert joined["b"] == joined["c"] == joined["d"] == joined["f"] == "one"
    assert joined["a"] == joined["e"] == "a" and joined["g"] is None


def photos_below(root, copies):
    """Twenty photos of two classes, each `copies` times."""
    for k in range(20):
        pixels = np.random.default_rng(k).integers(0, 255, (8, 8, 3), np.uint8)
        for copy in range(copies):
            path = root / "ab"[k % 2] / f"{k}-{copy}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path)


def test_no_photo_is_in_train_and_its_twin_in_val(tmp_path):
    photos_below(tmp_path, copies=3)
    index, account = read_folder("d", tmp_path, FolderSettings(val_share=0.3))
    val, train = ({i.split("-")[0] for i in index.splits[name]} for name in ("val", "train"))
    assert val and train and not val & train
    tune, fit = ({i.split("-")[0] for i in index.splits[name]} for name in ("tune", "fit"))
    assert tune and not tune & fit
    assert len(account.problems[TWICE]) == 40
    assert all(photo.group is None for photo in index.photos.values())


def test_splits_that_divide_twins_are_told(tmp_path):
    photos_below(tmp_path / "p", copies=2)
    names = [
        path.relative_to(tmp_path / "p").as_posix() for path in (tmp_path / "p").rglob("*.png")
    ]
    rows = [f"{name},{'val' if '-1' in name else 'train'}" for name in names]
    (tmp_path / "s.csv").write_text("\n".join(["image,split", *rows]))
    settings = FolderSettings(splits=str(tmp_path / "s.csv"))
    account = read_folder("d", tmp_path / "p", settings)[1]
    kind = "groups, or equal photos, that the split file divides between train and val"
    assert len(account.problems[kind]) == 20


def test_photos_of_a_phone_are_named_with_the_way_out(tmp_path):
    heic = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
    (tmp_path / "p/cat").mkdir(parents=True)
    (tmp_path / "p/cat/a.heic").write_bytes(heic)
    with pytest.raises(UserError, match=r"pictures that are left out \(\.heic 1\); save them as"):
        read_folder("d", tmp_path / "p", FolderSettings())
