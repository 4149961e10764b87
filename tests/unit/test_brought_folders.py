"""Folders as people have them: splits, links, thumbnails, other formats, nothing to learn."""

import os

import numpy as np
import pytest
from PIL import Image

from wsss.data import walk
from wsss.data.checks import check_index, note_unusable
from wsss.data.file_cache import FileCache
from wsss.data.folder import read_folder
from wsss.data.folder_settings import FolderSettings
from wsss.data.state import folder_state
from wsss.run.errors import UserError


def write_photos(root, *names):
    """Photos of noise at the paths `names` below `root`."""
    rng = np.random.default_rng(sum(map(ord, str(names))))
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        image.save(path, format="JPEG" if path.suffix == ".jfif" else None)


def write_classes(root, photos=5):
    """A subfolder for each of two classes."""
    for name in ("cat", "dog"):
        write_photos(root, *(f"{name}/{number}.png" for number in range(photos)))


def read(root, **settings):
    return read_folder("x", root, FolderSettings(**settings))


@pytest.mark.parametrize("words", [("train", "val"), ("Training", "validation", "test")])
def test_first_folders_that_are_splits_are_no_tags(tmp_path, words):
    for word in words:
        write_classes(tmp_path / word, 3)
    index, account = read(tmp_path)
    assert index.classes == ("cat", "dog") and "are splits, not tags" in account.text()
    assert all(word.startswith(words[1][:3]) for word in index.splits["val"])
    assert len(index.splits["train"]) == len(index.splits["val"]) == 6
    assert len(index.splits["rest"]) == (6 if "test" in words else 0)


def test_a_class_called_train_stays_a_class(tmp_path):
    write_photos(tmp_path, *(f"train/{n}.png" for n in range(5)), *(f"car/{n}.png" for n in "abc"))
    assert read(tmp_path)[0].classes == ("car", "train")


@pytest.mark.parametrize("ending", ["jfif", "JPE"])
def test_other_endings_of_jpeg_are_photos(tmp_path, ending):
    write_classes(tmp_path)
    os.rename(tmp_path / "cat/1.png", tmp_path / f"cat/1.{ending}")
    assert len(read(tmp_path)[0].photos) == 10


def test_linked_folder_is_followed_and_one_outside_is_told(tmp_path):
    write_classes(tmp_path / "photos")
    write_photos(tmp_path / "other", "a.png", "deep/b.png")
    (tmp_path / "photos/bird").symlink_to(tmp_path / "other")
    index, account = read(tmp_path / "photos")
    assert index.classes == ("bird", "cat", "dog") and account.classes["bird"] == 2
    assert "followed: 1 linked folders outside of the folder, the first: bird" in account.text()
    check_index(index)


@pytest.mark.parametrize("target", [".", "cat", "..", "cat/again"])
def test_links_in_a_circle_end_and_no_photo_is_taken_twice(tmp_path, target):
    root = tmp_path / "photos"
    write_classes(root)
    (root / "cat" / "again").symlink_to(root / target)
    index, account = read(root)
    assert len(index.photos) == 10 and index.classes == ("cat", "dog")
    assert "again" in account.text() and "links to" in account.text()


@pytest.mark.parametrize("change", ["new photo", "new link"])
def test_state_of_a_folder_covers_linked_folders(tmp_path, change):
    root = tmp_path / "photos"
    write_classes(root)
    write_photos(tmp_path / "other", "a.png")
    (root / "bird").symlink_to(tmp_path / "other")
    before = folder_state(root)
    if change == "new photo":
        write_photos(tmp_path / "other", "b.png")
    else:
        write_photos(tmp_path / "third", "c.png")
        (root / "cow").symlink_to(tmp_path / "third")
    assert folder_state(root) != before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cat/x.gif", "pictures that are left out (.gif 1)"),
        ("cat/x.heic", "pictures that are left out (.heic 1)"),
        ("cat/notes.txt", "1 files that are no photos by their endings (.txt 1), the first: cat/n"),
        ("cat/README", "(no ending 1), the first: cat/README"),
        ("@eaDir/1.png", "folders of thumbnails"),
        ("cat/@eaDir/1.png", "the first: cat/@eaDir"),
        ("__MACOSX/._1.png", "folders of thumbnails"),
        ("cat/._1.png", "left out: 1 hidden files and folders, the first: cat/._1.png"),
        (".cache/1.png", "left out: 1 hidden files and folders, the first: .cache"),
    ],
)
def test_what_is_left_out_is_told_by_reason(tmp_path, name, told):
    write_classes(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((tmp_path / "cat/1.png").read_bytes())
    index, account = read(tmp_path)
    assert len(index.photos) == 10 and told in account.text()


def test_broken_links_and_unreadable_folders_are_told(tmp_path, monkeypatch):
    write_classes(tmp_path)
    (tmp_path / "cat/lost.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "cat/self.png").symlink_to("self.png")
    write_photos(tmp_path, "secret/1.png")
    scan = os.scandir

    def refuse(folder):
        if str(folder).endswith("secret"):
            raise PermissionError(13, "Permission denied", folder)
        return scan(folder)

    monkeypatch.setattr(walk.os, "scandir", refuse)
    index, account = read(tmp_path)
    assert len(index.photos) == 10
    assert "left out: 2 links to nothing, the first: cat/lost.png" in account.text()
    assert "left out: 1 folders that cannot be read, the first: secret" in account.text()


@pytest.mark.parametrize("name", [b"cat/\xfc.png", b"k\xe4fer/1.png"])
def test_names_that_are_not_utf8_are_refused_in_one_printable_line(tmp_path, name):
    write_classes(tmp_path)
    path = os.path.join(os.fsencode(tmp_path), name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write((tmp_path / "cat/1.png").read_bytes())
    with pytest.raises(UserError, match="is not in UTF-8") as refused:
        read(tmp_path)
    assert name.decode("latin-1") in str(refused.value) and str(refused.value).encode()


def describe(root, **settings):
    """The account as new_dataset.py prints it."""
    index, account = read(root, **settings)
    note_unusable(index, account, FileCache(root))
    return account.text()


@pytest.mark.parametrize("kind", ["12 bits", "black"])
def test_photos_of_nearly_one_colour_are_told(tmp_path, kind):
    write_classes(tmp_path)
    values = np.linspace(0, 4095 if kind == "12 bits" else 0, 48).reshape(6, 8)
    Image.fromarray(values.astype(np.uint16)).save(tmp_path / "cat/1.png")
    told = describe(tmp_path)
    assert "photos that are nearly of one colour" in told and "\n  cat/1.png" in told


@pytest.mark.parametrize("data", [b"no photo", b""])
def test_broken_photos_are_counted_apart(tmp_path, data):
    write_classes(tmp_path)
    (tmp_path / "cat/1.png").write_bytes(data)
    assert "10 photos (1 of them cannot be read), 10 with tags" in describe(tmp_path)


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        (("cat", "cat;dog", "cat", "cat;dog"), "'cat' (4 photos)"),
        (("cat", "cat", "cat", "cat"), "'cat' (4 photos)"),
        (("cat;dog", "bird", "cat;dog", "bird"), "'cat' and 'dog' (2 photos)"),
        (("cow;cat;dog", "bird", "dog;cat;cow", "bird"), "'cat' and 'cow' and 'dog' (2 photos)"),
        (("cat", "dog", "dog", "dog"), "classes that a single photo has: 1\n  'cat'"),
        (("cat;dog", "dog", "cat", "bird"), "classes that a single photo has: 1\n  'bird'"),
    ],
)
def test_classes_that_cannot_be_learnt_are_told(tmp_path, tags, told):
    write_photos(tmp_path / "p", *(f"{number}.png" for number in range(len(tags))))
    lines = [f"{number}.png,{cell}\n" for number, cell in enumerate(tags)]
    (tmp_path / "t.csv").write_text("".join(lines))
    text = read(tmp_path / "p", tags=str(tmp_path / "t.csv"), val_share=0.5)[1].text()
    assert told in text


def test_classes_that_can_be_learnt_are_not_told(tmp_path):
    write_classes(tmp_path)
    account = read(tmp_path)[1]
    assert not account.problems


@pytest.mark.parametrize("name", ["masks of nobody", "2024"])
def test_folder_of_masks_that_is_none_is_refused(tmp_path, name):
    write_classes(tmp_path / "p")
    with pytest.raises(UserError, match=f"folder.masks is '.*{name}', which is not a folder"):
        read(tmp_path / "p", masks=str(tmp_path / name))
