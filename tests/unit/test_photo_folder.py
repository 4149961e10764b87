"""Folders of photos with tags in any of the usual forms; what is wrong in them is told by line."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from wsss.brought.account import Account
from wsss.brought.checks import check_index, find_unusable
from wsss.brought.folder_settings import FolderSettings, TagSettings
from wsss.brought.table_rows import read_tag_table
from wsss.brought.tag_tables import read_tags
from wsss.datasets.folder import read_folder
from wsss.run.errors import UserError

NAMES = (
    "a.jpg",
    "Ünter Ordner/b c.JPEG",
    "Ünter Ordner/d.png",
    *(f"{letter}.jpg" for letter in "efghijk"),
)


@pytest.fixture
def photos(tmp_path):
    root = tmp_path / "photos"
    for n, name in enumerate(NAMES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((12, 16, 3), 20 * n, np.uint8)).save(root / name)
    return root


def read_csv(path):
    return read_tag_table(path, TagSettings(), Account())


def table(folder, text, name="labels.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def rows(separator=",", between=";", header="image,labels\n"):
    tags = ["cat", f"dog{between}cat"] * 5
    return header.replace(",", separator) + "".join(
        f"{name}{separator}{tag}\n" for name, tag in zip(NAMES, tags)
    )


def read(photos, text, **more):
    more = {"val_share": 0.2, **more}
    return read_folder("mine", photos, FolderSettings(tags=table(photos.parent, text), **more))


@pytest.mark.parametrize(
    ("separator", "between", "header"),
    [
        (",", ";", "image,labels\n"),
        (";", ",", "image,labels\n"),
        ("\t", ",", "file_name,tags\n"),
        ("|", ";", ""),
        (",", "|", ""),
    ],
)
def test_table_with_any_separator_is_read(photos, separator, between, header):
    index, account = read(photos, rows(separator, between, header))
    assert (
        index.classes == ("cat", "dog")
        and account.classes == {"cat": 10, "dog": 5}
        and all(kind.startswith("classes in every photo") for kind in account.problems)
    )
    check_index(index)
    tags = {photo.image: photo.tags for photo in index.photos.values()}
    assert tags["a.jpg"] == (1,) and tags["Ünter Ordner/b c.JPEG"] == (1, 2)
    assert set(index.splits["train"]) | set(index.splits["val"]) == set(index.splits["all"])
    assert len(index.splits["val"]) == 2 and not set(index.splits["tune"]) & set(
        index.splits["fit"]
    )


def test_further_cells_of_a_row_are_tags(photos):
    index, _ = read(photos, "".join(f"{name},cat,dog\n" for name in NAMES))
    assert all(photo.tags == (1, 2) for photo in index.photos.values())


def test_wrong_lines_of_a_table_are_reported_one_by_one(photos):
    text = (
        '﻿image;labels\r\n"a.jpg";"cat, dog"\r\n\r\nB C.jpeg;cat\r\nnowhere.jpg;cat\r\n'
        "../../etc/passwd;cat\r\n/etc/passwd;cat\r\na.jpg;dog\r\ne.jpg;\r\n"
        "d;dgo\r\nf;dog\r\ng;dog\r\nh;cat\r\ni;cat\r\n"
    )
    Image.open(photos / "a.jpg").save(photos / "copy.bmp")
    (photos / "copy.jpg").write_bytes((photos / "a.jpg").read_bytes())
    index, account = read(photos, text)
    told = account.text()
    for line in (
        "line 5: 'nowhere.jpg'",
        "line 6: '../../etc/passwd'",
        "line 7: '/etc/passwd'",
        "line 8: 'a.jpg'",
        "line 9: 'e.jpg'",
        "'dgo' (1) and 'dog'",
        "a.jpg and copy.jpg",
    ):
        assert line in told, told
    assert "photos that no row names, which are not trained on: 4" in told  # j, k, and both copies
    assert {p.image for p in index.photos.values() if p.tags == ()} == {
        "e.jpg",
        "j.jpg",
        "k.jpg",
        "copy.bmp",
        "copy.jpg",
    }
    check_index(index)


def test_a_thousand_classes_and_a_background_are_refused(photos):
    with pytest.raises(UserError, match="1000 classes"):
        read(photos, "".join(f"{NAMES[n % 10]},class{n}\n" for n in range(1000)))
    with pytest.raises(UserError, match="'background', which every photo has"):
        read(photos, rows(), classes=("background", "cat", "dog"))
    with pytest.raises(UserError, match=r"no photo has a tag.*line 1: 'x.jpg'"):
        read(photos, "x.jpg,cat\n")
    with pytest.raises(UserError, match="save it as CSV in UTF-8"):
        read(photos, b"a.jpg,\xff\xfe\xfa\n")
    with pytest.raises(UserError, match="no tags: give a table"):
        read_folder("mine", photos / "Ünter Ordner", FolderSettings())
    with pytest.raises(UserError, match="there is no photo"):
        read_folder("mine", photos.parent / "photos" / "..", FolderSettings(masks=str(photos)))


def test_subfolders_are_classes(tmp_path):
    names = ["cat/1.jpg", "cat/2.jpg", "cat/old/1.jpg", "dog/1.jpg", "dog/2.jpg", "dog/3.jpg"]
    for k, name in enumerate([*names, "loose.jpg"]):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), 20 * k, np.uint8)).save(tmp_path / name)
    index, account = read_folder("pets", tmp_path, FolderSettings(val_share=0.4))
    assert index.classes == ("cat", "dog") and account.tagged == 6 and len(index.photos) == 7
    assert len({photo_id.lower() for photo_id in index.photos}) == 7
    assert all(
        photo.tags == (1,) for photo in index.photos.values() if photo.image.startswith("cat/")
    )


def test_coco_and_voc_annotations_are_read_as_tags(photos):
    coco = {
        "images": [{"id": n, "file_name": name} for n, name in enumerate(NAMES)],
        "categories": [{"id": 7, "name": "cat"}],
        "annotations": [{"image_id": n, "category_id": 7} for n in range(8) for _ in range(2)],
    }
    path = photos.parent / "coco.json"
    path.write_text(json.dumps(coco))
    assert [row.tags for row in read_tags(path)] == [("cat",)] * 8 + [()] * 2
    index, _ = read_folder("mine", photos, FolderSettings(tags=str(path)))
    assert sum(photo.tags == (1,) for photo in index.photos.values()) == 8
    path.write_text('{"images": []}')
    with pytest.raises(UserError, match=r"coco.json is not COCO's JSON"):
        read_tags(path)
    folder = photos.parent / "xml"
    folder.mkdir()
    twice = 2 * "<object><name>cat</name></object>"
    (folder / "a.xml").write_text(f"<annotation>{twice}</annotation>")
    assert [(row.image, row.tags) for row in read_tags(folder)] == [("a", ("cat",))]


def test_equal_file_names_in_subfolders_are_told_apart_by_path(tmp_path):
    root, masks = tmp_path / "photos", tmp_path / "masks"
    for k, name in enumerate(("1.jpg", "extra/1.jpg", "2.jpg")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8, 3), 20 * k, np.uint8)).save(root / name)
    masks.mkdir()
    for name in ("1.png", "2.png"):
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(masks / name)
    index, account = read(root, "1.jpg,cat\nextra/1,dog\n2,cat\n", masks=str(masks), val_share=0.5)
    assert {p.image: p.tags for p in index.photos.values()} == {
        "1.jpg": (1,),
        "extra/1.jpg": (2,),
        "2.jpg": (1,),
    }
    assert {p.image for p in index.photos.values() if p.mask} == {"2.jpg"}
    assert account.problems["photos that share a mask's name, and so have none"] == [
        "1.jpg",
        "extra/1.jpg",
    ]


def test_photos_missing_from_a_split_file_are_reported(photos):
    splits = table(
        photos.parent, "a.jpg,train\nd,val\nnowhere.jpg,val\ne.jpg,train\n", "splits.csv"
    )
    index, account = read(photos, rows(), splits=splits)
    assert len(index.splits["train"]) == 2 and len(index.splits["rest"]) == 7
    told = account.text()
    assert "which are in no split: 7" in told and "splits.csv line 3: 'nowhere.jpg'" in told


def test_photos_of_a_group_are_in_one_split_and_shard(photos):
    """Pairs of photos in groups; of every group both are in one split, and in one shard."""
    groups = (
        "".join(f"{name},scene {n // 2}\n" for n, name in enumerate(NAMES))
        + "nowhere.jpg,scene 1\n"
    )
    table_of_groups = table(photos.parent, "image,group\n" + groups, "groups.csv")
    for share in (0.2, 0.4, 0.6):
        index, account = read(photos, rows(), groups=table_of_groups, val_share=share)
        scenes = {
            name: [index.photos[i].group for i in index.splits[name]]
            for name in ("train", "val", "tune", "fit")
        }
        assert not set(scenes["train"]) & set(scenes["val"]) and not set(scenes["tune"]) & set(
            scenes["fit"]
        )
        assert len(scenes["val"]) == round(10 * share)
    places = {photo.group: set() for photo in index.photos.values()}
    for photo in index.photos.values():
        places[photo.group].add(photo.place)
    assert len(places) == 5 and all(len(found) == 1 for found in places.values())
    assert "groups.csv line 12: 'nowhere.jpg'" in account.text()
    with pytest.raises(UserError, match=r"names no group in groups.csv line 1"):
        read(photos, rows(), groups=table(photos.parent, "a.jpg,\n", "groups.csv"))


def test_group_divided_by_a_split_file_is_reported(photos):
    splits = table(photos.parent, "a.jpg,train\nd,val\ne.jpg,train\n", "splits.csv")
    groups = table(photos.parent, "a.jpg,one\nd,one\ne.jpg,two\n", "groups.csv")
    _, account = read(photos, rows(), splits=splits, groups=groups)
    assert (
        "groups, or equal photos, that the split file divides between train and val: 1"
        in account.text()
        and "one" in account.text()
    )


def test_a_folder_that_holds_the_work_is_refused(photos, monkeypatch):
    (photos / "run").mkdir()
    monkeypatch.chdir(photos / "run")
    with pytest.raises(UserError, match="would be taken for photos"):
        read(photos, rows())


def test_ids_made_of_paths_are_valid_file_names(tmp_path):
    name = "日" * 60 + "/" + "本" * 60 + ".jpg"
    (tmp_path / name).parent.mkdir()
    for k, path in enumerate((name, "a.jpg", "b.jpg")):
        Image.fromarray(np.full((8, 8, 3), 20 * k, np.uint8)).save(tmp_path / path)
    index, _ = read(tmp_path, f"{name},cat\na.jpg,cat\nb.jpg,cat\n", val_share=0.4)
    assert max(len(i.encode()) for i in index.photos) <= 120
    check_index(index)


def test_splits_and_masks(photos):
    masks = photos.parent / "masks"
    masks.mkdir()
    Image.fromarray(np.zeros((12, 16), np.uint8)).save(masks / "a.png")
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(masks / "e.png")
    splits = table(
        photos.parent,
        "".join(f"{name},{'val' if n < 3 else 'train'}\n" for n, name in enumerate(NAMES[:8])),
        "splits.csv",
    )
    index, account = read(photos, rows(), masks=str(masks), splits=splits)
    assert (len(index.splits["train"]), len(index.splits["val"]), account.masks) == (5, 3, 2)
    (wrong,) = find_unusable(index)
    assert "e" in wrong and "3" in wrong
    with pytest.raises(UserError, match="says 'tset'"):
        read(photos, rows(), splits=table(photos.parent, "a.jpg,tset\n", "splits.csv"))


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(alphabet="abc.jpg,;\t|\"' \n\réö日\0", max_size=120))
def test_any_text_is_read_as_a_table_or_refused_by_name(text, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text, errors="ignore", newline="")
    try:
        for row in read_csv(path):
            assert isinstance(row.image, str) and all(row.tags)
    except UserError as error:
        assert "t.csv" in str(error)


@pytest.mark.parametrize(
    ("line", "photo", "tags"),
    [
        ("2007_000032,cat;dog;bird", "2007_000032", ("cat", "dog", "bird")),
        ("2007_000032;cat,dog", "2007_000032", ("cat", "dog")),
        ("1.jpg,path", "1.jpg", ("path",)),
        ("photo\tcat", None, ()),
    ],
)
def test_first_line_is_split_at_the_separator_after_the_photo(tmp_path, line, photo, tags):
    (tmp_path / "t.csv").write_text(f"{line}\n")
    found = [(row.image, row.tags) for row in read_csv(tmp_path / "t.csv")]
    assert found == ([] if photo is None else [(photo, tags)])
