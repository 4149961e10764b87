"""Making an index again: what changed outside, what is read of it, and which digests stay."""

import os
import shutil
from dataclasses import dataclass
from functools import wraps
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wsss.brought import checks
from wsss.brought.checks import check_index
from wsss.brought.folder_settings import FolderSettings
from wsss.data import file_cache
from wsss.data.file_cache import cache_path, open_cache
from wsss.data.index import Index, read_digests
from wsss.data.index_files import lines_path
from wsss.datasets import voc
from wsss.datasets.folder import read_folder
from wsss.datasets.state import folder_state, is_current, voc_state
from wsss.datasets.voc import read_classes, read_voc
from wsss.run.errors import UserError

TAGS = "".join(f"{n}.jpg,{'cat' if n % 2 else 'dog'}\n" for n in range(8))
SPLITS = "".join(f"{n}.jpg,{'val' if n > 5 else 'train'}\n" for n in range(8))


def write_photos(folder):
    """Ten photos with masks, and tables of the tags and splits of eight."""
    for n in range(10):
        for name, mode in ((f"photos/{n}.jpg", "RGB"), (f"masks/{n}.png", "L")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((9, 12), n % 3, np.uint8)).convert(mode).save(folder / name)
    (folder / "tags.csv").write_text(TAGS)
    (folder / "splits.csv").write_text(SPLITS)


@dataclass
class Own:
    """A folder of photos with tags, splits and masks; and the index that is made of it."""

    folder: Path
    index: Path

    def state(self):
        return folder_state(
            *(self.folder / name for name in ("photos", "masks", "tags.csv", "splits.csv"))
        )

    def make(self, afresh=False):
        names = {"tags": "tags.csv", "masks": "masks", "splits": "splits.csv"}
        settings = FolderSettings(**{key: str(self.folder / name) for key, name in names.items()})
        with open_cache(self.index, self.folder / "photos", self.state(), afresh) as known:
            index, _ = read_folder("own", self.folder / "photos", settings, known)
            check_index(index, known).save(self.index)
        return self

    def digests(self, split="train"):
        return read_digests(self.index, split, ("mask",))

    def bytes(self):
        return self.index.read_bytes(), lines_path(self.index).read_bytes()


@pytest.fixture
def own(tmp_path):
    write_photos(tmp_path / "own")
    return Own(tmp_path / "own", tmp_path / "own" / "i.json").make()


@pytest.fixture
def opened(monkeypatch):
    """The names of files that are read while an index is made."""
    names = []

    def noted(read):
        @wraps(read)
        def noting(path):
            names.append(Path(path).name)
            return read(path)

        return noting

    for module, name in (
        (file_cache, "digest_of_file"),
        (checks, "look_at"),
        (checks, "read_size_and_labels"),
        (voc, "object_names"),
    ):
        monkeypatch.setattr(module, name, noted(getattr(module, name)))
    return names


def test_changed_code_of_a_reader_reads_files_again(own, opened, monkeypatch):
    before = own.bytes()
    monkeypatch.setattr(checks.look_at, "__module__", "wsss.data.digests")
    assert own.make().bytes() == before and opened


def save_photo(own, name, grey):
    Image.fromarray(np.full((9, 12, 3), grey, np.uint8)).save(own.folder / "photos" / name)


def add_untagged_photo(own):
    save_photo(own, "more.jpg", 77)


def change_untagged_photo(own):
    save_photo(own, "9.jpg", 78)


def change_another_split(own):
    save_photo(own, "7.jpg", 79)
    (own.folder / "tags.csv").write_text(TAGS.replace("6.jpg,dog", "6.jpg,cat"))


def save_table_again(own):
    lines = TAGS.replace(",", ";").replace("dog", '"dog"').splitlines()
    (own.folder / "tags.csv").write_text("image;labels\r\n" + "\r\n".join(lines[::-1]))


def touch_photo(own):
    os.utime(own.folder / "photos" / "1.jpg")


def move_folder(own):
    moved = own.folder.with_name("elsewhere")
    own.folder.rename(moved)
    own.folder, own.index = moved, moved / "i.json"


@pytest.mark.parametrize(
    "change",
    [
        add_untagged_photo,
        change_untagged_photo,
        change_another_split,
        save_table_again,
        touch_photo,
        move_folder,
    ],
)
def test_changes_that_train_does_not_read_keep_its_digest(change, own):
    before, state = own.digests(), own.state()
    assert is_current(own.index, state)
    change(own)
    assert not is_current(own.index, own.state())
    assert own.make().digests() == before and is_current(own.index, own.state())


def change_tag(own):
    (own.folder / "tags.csv").write_text(TAGS.replace("1.jpg,cat", "1.jpg,dog"))


def replace_photo(own):
    """In place, by one of equal size and time."""
    path = own.folder / "photos" / "1.jpg"
    before, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-3] + bytes([data[-3] ^ 1]) + data[-2:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def swap_photos(own):
    first, second = (own.folder / "photos" / name for name in ("1.jpg", "2.jpg"))
    for source, target in ((first, own.folder / "x"), (second, first), (own.folder / "x", second)):
        source.rename(target)


@pytest.mark.parametrize("change", [change_tag, replace_photo, swap_photos])
def test_changes_that_train_reads_change_its_digest_and_the_state(change, own):
    before, state = own.digests(), own.state()
    change(own)
    assert own.state() != state
    after = own.make().digests()
    assert after["photos"] != before["photos"] and after["mask"] == before["mask"]


def test_changed_mask_changes_only_the_digest_of_masks(own):
    before, state = own.digests(), own.state()
    Image.fromarray(np.full((9, 12), 2, np.uint8)).save(own.folder / "masks" / "1.png")
    assert own.state() != state
    after = own.make().digests()
    assert after["mask"] != before["mask"] and after["photos"] == before["photos"]


def test_only_what_changed_is_read_again(own, opened):
    before = own.bytes()
    assert own.make().bytes() == before and opened == []
    touch_photo(own)
    assert own.make().bytes() == before and opened == ["1.jpg", "1.jpg"]  # its digest, its pixels
    opened.clear()
    assert own.make(afresh=True).bytes() == before and len(opened) == 40


def test_index_of_a_copied_dataset_differs_only_in_its_root(own, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(own.folder, copy)
    head, lines = Own(copy, tmp_path / "other.json").make().bytes()
    assert lines == own.bytes()[1]
    assert head.replace(str(copy).encode(), b"") == own.bytes()[0].replace(
        str(own.folder).encode(), b""
    )


def test_masks_are_checked_again_when_the_classes_change(own):
    (own.folder / "tags.csv").write_text(TAGS.replace("dog", "cat"))
    with pytest.raises(
        UserError, match=r"2\.png holds label 2, but dataset 'own' has classes 1 to 1"
    ):
        own.make()


def test_first_of_several_faults_is_told_though_photos_are_read_side_by_side(own, monkeypatch):
    monkeypatch.setattr(file_cache, "AT_A_TIME", 3)
    for name in ("photos/5.jpg", "masks/2.png"):  # all photos are read before the masks
        (own.folder / name).write_bytes(b"no image")
    with pytest.raises(UserError, match=r"masks/2\.png"):
        own.make()


def test_refused_dataset_keeps_its_cache_but_no_state(own, opened):
    save_photo(own, "more.jpg", 80)
    (own.folder / "photos" / "worse.jpg").write_bytes(b"x")
    with pytest.raises(UserError, match=r"worse\.jpg cannot be read"):
        own.make()
    assert not is_current(own.index, own.state())
    (own.folder / "photos" / "worse.jpg").unlink()
    opened.clear()
    own.make()
    assert opened == [] and is_current(own.index, own.state())


@pytest.mark.parametrize("text", [b"", b"{}", b"[1]\n", b'{"state": 3}\n', b"[" * 9000])
def test_damaged_cache_is_ignored(text, own, opened):
    before = own.bytes()
    cache_path(own.index).write_bytes(text)
    assert not is_current(own.index, own.state())
    assert own.make().bytes() == before and len(opened) == 40


def test_cache_is_not_used_for_a_changed_file(own, opened):
    path = cache_path(own.index)
    digest = Index.load(own.index).photos["1"].digests["photo"]
    path.write_bytes(path.read_bytes().replace(digest.encode(), b"0" * 16))
    before = own.bytes()
    assert own.make().bytes() == before and "1.jpg" in opened


@pytest.fixture
def voc_root(mini_root, tmp_path):
    shutil.copytree(mini_root, tmp_path / "voc")
    return tmp_path / "voc"


def make_voc(root, path):
    with open_cache(path, root, voc_state(root, "train")) as known:
        check_index(read_voc("mini", root, read_classes(root), "train", known), known).save(path)
    return read_digests(path, "train", ("mask", "boxes"))


def test_boxes_change_only_the_digest_of_boxes(voc_root, tmp_path, opened):
    before = make_voc(voc_root, tmp_path / "i.json")
    xml = voc_root / "Annotations" / "train_0000.xml"
    text = xml.read_text()
    names = "".join(
        f"<object><name>{part.split('</name>')[0]}</name></object>"
        for part in text.split("<name>")[1:]
    )
    xml.write_text(f"<annotation>{names}</annotation>")
    opened.clear()
    after = make_voc(voc_root, tmp_path / "i.json")
    assert {name for name in before if after[name] != before[name]} == {"boxes"}
    assert set(opened) == {"train_0000.xml"}


@pytest.mark.parametrize(
    "name",
    [
        "classes.txt",
        "ImageSets/Segmentation/val.txt",
        "Annotations/train_0000.xml",
        "JPEGImages/val_0000.jpg",
        "SegmentationClass/train_0000.png",
        "JPEGImages/new.jpg",
    ],
)
def test_every_file_of_a_voc_folder_is_part_of_its_state(name, voc_root):
    before = voc_state(voc_root, "train")
    with (voc_root / name).open("ab") as file:
        file.write(b" ")
    changed = voc_state(voc_root, "train")
    assert changed != before and voc_state(voc_root, "train") == changed
    (voc_root / name).unlink()
    assert voc_state(voc_root, "train") != changed


def test_trailing_slashes_do_not_change_the_state(voc_root):
    assert voc_state(f"{voc_root}/", "train") == voc_state(voc_root, "train")
    assert folder_state(f"{voc_root}/", f"{voc_root}//") == folder_state(voc_root, voc_root)


@pytest.mark.parametrize("place", [2, 3, 4], ids=["tags", "splits", "groups"])
def test_a_table_that_is_edited_is_noticed(tmp_path, place):
    given = [tmp_path / "photos", None, None, None, None]
    given[place] = tmp_path / "table.csv"
    given[place].write_text("a.jpg,one\n")
    before = folder_state(*given)
    given[place].write_text("a.jpg,two\n")
    assert folder_state(*given) != before


def test_state_of_a_folder_of_many_files(tmp_path):
    (tmp_path / "a").mkdir()
    for n in range(3000):
        (tmp_path / "a" / f"{n}.jpg").touch()
    before = folder_state(tmp_path)
    (tmp_path / "a" / "notes.txt").touch()
    (tmp_path / "a" / ".hidden.jpg").touch()
    assert folder_state(tmp_path) == before
    os.utime(tmp_path / "a" / "2999.jpg", (1, 1))
    assert folder_state(tmp_path) != before


def test_a_photo_among_sixty_thousand_is_noticed_whatever_its_size_and_time(tmp_path):
    for k in range(60_000):
        (tmp_path / f"{k}.jpg").touch()
    (tmp_path / "7.jpg").write_text("one")
    before, stat = folder_state(tmp_path), (tmp_path / "7.jpg").stat()
    assert folder_state(tmp_path) == before
    (tmp_path / "7.jpg").write_text("two")
    os.utime(tmp_path / "7.jpg", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert folder_state(tmp_path) != before
