"""Folders as people have them: splits, links, thumbnails, other formats, nothing to learn."""

import os

import numpy as np
import pytest
from PIL import Image

from wsss.brought.checks import check_index, note_unusable
from wsss.brought.folder_settings import FolderSettings
from wsss.brought.left_out import BESIDE
from wsss.data import walk
from wsss.data.file_cache import FileCache
from wsss.datasets.folder import read_folder
from wsss.datasets.state import folder_state
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


@pytest.mark.parametrize(
    "words", [("training_set/training_set", "test_set/test_set"), ("train2017", "Test data")]
)
def test_folders_called_after_splits_are_no_tags(tmp_path, words):
    for word in words:
        write_classes(tmp_path / word, 3)
    index, account = read(tmp_path)
    assert index.classes == ("cat", "dog") and len(index.splits["train"]) == 6
    assert "are splits, not tags" in account.text() and len(index.splits["rest"]) == 6


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_class_called_like_a_split_stays_one_below_the_splits(tmp_path, name):
    for split in ("train", "val"):
        write_classes(tmp_path / split, 2)
        write_photos(tmp_path, f"{split}/{name}/1.png", f"{split}/{name}/2.png")
    index, _ = read(tmp_path)
    assert index.classes == ("cat", "dog", name) and len(index.splits["val"]) == 6


@pytest.mark.parametrize("words", [("train", "val"), ("Train", "validation")])
def test_splits_below_the_classes_split(tmp_path, words):
    names = [f"{name}/{word}/{n}.png" for name in ("cat", "dog") for word in words for n in "12"]
    write_photos(tmp_path, *names)
    index, account = read(tmp_path)
    assert index.classes == ("cat", "dog") and len(index.splits["val"]) == 4
    assert "the second folders" in account.text()


@pytest.mark.parametrize("other", ["extra", "unlabeled"])
def test_folders_of_which_only_some_are_splits_are_refused(tmp_path, other):
    for word in ("train", "val", other):
        write_classes(tmp_path / word, 2)
    with pytest.raises(UserError, match=rf"splits \(train, val\), but others are not \({other}\)"):
        read(tmp_path)


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
        (
            "cat/notes.txt",
            "1 file of other endings than those of photos (.txt 1), the first: cat/n",
        ),
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


@pytest.mark.parametrize(
    "names",
    [
        ("JPEGImages/1.png", "SegmentationClass/1.png"),
        ("img_dir/train/1.png", "ann_dir/train/1.png"),
        ("images/1.png",),
        ("train/images/1.png", "val/images/2.png"),
    ],
)
def test_folders_of_a_layout_are_no_classes(tmp_path, names):
    write_photos(tmp_path, *names)
    with pytest.raises(UserError, match=r"are no classes; name the one with the photos.*--masks"):
        read(tmp_path)


@pytest.mark.parametrize("around", ["PetImages", "train/PetImages"])
def test_folder_around_the_classes_is_no_class(tmp_path, around):
    write_classes(tmp_path / around)
    with pytest.raises(UserError, match=r"in one subfolder, 'PetImages'.*name it in place of"):
        read(tmp_path)
    assert read(tmp_path / around)[0].classes == ("cat", "dog")


def test_single_class_beside_other_photos_stays_a_class(tmp_path):
    write_photos(tmp_path, "cat/2020/1.png", "cat/2021/2.png", "3.png")
    assert read(tmp_path)[0].classes == ("cat",)


@pytest.mark.parametrize("words", [("train", "val"), ("Training", "test")])
def test_splits_without_folders_of_classes_are_no_classes(tmp_path, words):
    write_photos(tmp_path, *(f"{word}/{number}.png" for word in words for number in range(3)))
    with pytest.raises(UserError, match="have no tags: give a table with --tags"):
        read(tmp_path)


@pytest.mark.parametrize("form", ["{}_mask", "{}_mask_1", "{} - gt", "{}_segmentation"])
def test_masks_beside_photos_are_left_out_and_told(tmp_path, form):
    write_classes(tmp_path)
    write_photos(tmp_path, f"cat/{form.format(1)}.png", "dog/mask.png", "dog/7_mask.png")
    index, account = read(tmp_path)
    assert account.problems[BESIDE] == [f"cat/{form.format(1)}.png"]
    assert len(index.photos) == 12 and "dog__7_mask" in index.photos


@pytest.mark.parametrize("ending", ["heic", "CR2"])
def test_folder_of_unread_pictures_is_refused_with_their_endings(tmp_path, ending):
    (tmp_path / f"1.{ending}").touch()
    told = rf"there is no photo in .*left out \(\.{ending.lower()} 1\); save them as \.jpg"
    with pytest.raises(UserError, match=told):
        read(tmp_path)


@pytest.mark.parametrize("ending", ["tif", "webp"])
def test_further_images_of_a_file_are_told(tmp_path, ending):
    write_classes(tmp_path)
    rng = np.random.default_rng(0)
    pages = [Image.fromarray(rng.integers(0, 256, (6, 8), dtype=np.uint8)) for _ in range(3)]
    pages[0].save(tmp_path / f"cat/9.{ending}", save_all=True, append_images=pages[1:])
    told = describe(tmp_path)
    assert f"only the first is read: 1\n  cat/9.{ending}: 3" in told


@pytest.mark.parametrize("name", ["cat/1.png", "dog/2.png"])
def test_photo_of_four_inks_or_of_two_views_is_no_problem(tmp_path, name):
    write_classes(tmp_path)
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 4), dtype=np.uint8)
    photo = Image.fromarray(pixels, "CMYK")
    if name == "cat/1.png":
        photo.save(tmp_path / name, format="JPEG")
    else:
        first, second = (photo.convert("RGB") for _ in range(2))
        first.save(tmp_path / name, format="MPO", save_all=True, append_images=[second])
    assert "first is read" not in describe(tmp_path) and "cannot be" not in describe(tmp_path)


@pytest.mark.parametrize("ending", ["xml", "json"])
def test_state_covers_a_folder_of_annotations(tmp_path, ending):
    write_classes(tmp_path / "photos")
    (tmp_path / "tags").mkdir()
    before = folder_state(tmp_path / "photos", tags=tmp_path / "tags")
    (tmp_path / f"tags/1.{ending}").touch()
    assert folder_state(tmp_path / "photos", tags=tmp_path / "tags") != before


def test_state_covers_a_folder_of_lists(tmp_path):
    write_classes(tmp_path / "photos")
    (tmp_path / "splits").mkdir()
    before = folder_state(tmp_path / "photos", splits=tmp_path / "splits")
    (tmp_path / "splits/train.txt").touch()
    assert folder_state(tmp_path / "photos", splits=tmp_path / "splits") != before


@pytest.mark.parametrize("name", ["trainaug.txt", "notes.md"])
def test_folder_without_lists_of_splits_is_refused(tmp_path, name):
    write_classes(tmp_path / "photos")
    (tmp_path / "splits").mkdir()
    (tmp_path / "splits" / name).write_text("cat/1")
    with pytest.raises(UserError, match=r"splits has no lists train\.txt and val\.txt"):
        read(tmp_path / "photos", splits=str(tmp_path / "splits"))


@pytest.mark.parametrize("word", ["train", "test"])
def test_stated_splits_need_no_val_where_nothing_can_score_it(tmp_path, word):
    write_classes(tmp_path / "photos")
    lines = [
        f"{name}/{n}.png,{word if n else 'train'}\n" for name in ("cat", "dog") for n in range(5)
    ]
    (tmp_path / "splits.csv").write_text("".join(lines))
    index, _ = read(tmp_path / "photos", splits=str(tmp_path / "splits.csv"))
    assert index.splits["val"] == () and len(index.splits["train"]) == (
        10 if word == "train" else 2
    )
    check_index(index)
