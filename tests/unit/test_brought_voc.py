"""Folders in VOC's layout as people have them: lists of other programs, other endings."""

import numpy as np
import pytest
from PIL import Image

from wsss.brought.checks import check_index
from wsss.datasets.voc import read_classes, read_voc
from wsss.run.errors import UserError

IDS = ("2007_000032", "photo of a cat", "c", "d")
XML = "<annotation><object><name>cat</name></object></annotation>"


def write_voc(root, photo_ending=".jpg", mask_ending=".png"):
    for folder in ("JPEGImages", "Annotations", "SegmentationClass", "ImageSets/Segmentation"):
        (root / folder).mkdir(parents=True)
    for name in IDS:
        photo = Image.fromarray(np.zeros((4, 6, 3), np.uint8))
        form = "PNG" if photo_ending.lower() == ".png" else "JPEG"
        photo.save(root / "JPEGImages" / f"{name}{photo_ending}", format=form)
        mask = Image.fromarray(np.zeros((4, 6), np.uint8))
        mask.save(root / "SegmentationClass" / f"{name}{mask_ending}", format="PNG")
        (root / "Annotations" / f"{name}.xml").write_text(XML)
    write_lists(root, "{}\n")


def write_lists(root, line, encoding="utf-8"):
    for split, ids in (("train", IDS[:2]), ("val", IDS[2:])):
        path = root / "ImageSets" / "Segmentation" / f"{split}.txt"
        path.write_text("".join(line.format(name) for name in ids), encoding=encoding)


def read(root):
    index = read_voc("voc", root, ("cat",), "train")
    check_index(index)
    return index


@pytest.mark.parametrize(
    ("line", "encoding"),
    [("{}\n", "utf-8-sig"), ("{}.jpg\n", "utf-8"), ("{}.PNG\r\n", "utf-8"), ("\n{}\n", "utf-8")],
)
def test_lists_with_marks_and_endings_are_read(tmp_path, line, encoding):
    write_voc(tmp_path)
    if "{}." in line:
        (tmp_path / "JPEGImages/photo of a cat.jpg").rename(tmp_path / "JPEGImages/b.jpg")
        (tmp_path / "Annotations/photo of a cat.xml").rename(tmp_path / "Annotations/b.xml")
        write_lists(tmp_path, line, encoding)
        path = tmp_path / "ImageSets/Segmentation/train.txt"
        path.write_text(path.read_text().replace("photo of a cat", "b"))
        assert read(tmp_path).splits["train"] == ("2007_000032", "b")
        return
    write_lists(tmp_path, line, encoding)
    index = read(tmp_path)
    assert index.splits["train"] == IDS[:2] and index.splits["val"] == IDS[2:]


@pytest.mark.parametrize(
    "line",
    ["{} 1\n", "/JPEGImages/{}.jpg /SegmentationClassAug/{}.png\n", "VOC\\JPEGImages\\{}.jpg\n"],
)
def test_lists_of_other_programs_are_read(tmp_path, line):
    write_voc(tmp_path)
    for split, ids in (("train", IDS[:1]), ("val", IDS[2:])):
        path = tmp_path / "ImageSets" / "Segmentation" / f"{split}.txt"
        path.write_text("".join(line.replace("{}", name) for name in ids))
    index = read(tmp_path)
    assert index.splits["train"] == IDS[:1] and index.splits["val"] == IDS[2:]


@pytest.mark.parametrize(("photo", "mask"), [(".JPG", ".PNG"), (".png", ".Png"), (".jpeg", ".png")])
def test_photos_and_masks_of_other_endings_are_found(tmp_path, photo, mask):
    write_voc(tmp_path, photo, mask)
    index = read(tmp_path)
    assert index.photos["c"].image == f"JPEGImages/c{photo}"
    assert index.photos["c"].mask == f"SegmentationClass/c{mask}"


def test_missing_photo_and_latin1_list_are_named(tmp_path):
    write_voc(tmp_path)
    (tmp_path / "JPEGImages/c.jpg").unlink()
    with pytest.raises(UserError, match=r"c\.jpg cannot be read"):
        read(tmp_path)
    path = tmp_path / "ImageSets/Segmentation/train.txt"
    path.write_bytes("Käfer\n".encode("latin-1"))
    with pytest.raises(UserError, match=r"train\.txt cannot be read.*UTF-8"):
        read(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1"])
def test_classes_with_a_mark_are_read_and_latin1_is_refused(tmp_path, encoding):
    (tmp_path / "classes.txt").write_text("Käfer\nAmeise\n", encoding=encoding)
    if encoding == "utf-8-sig":
        assert read_classes(tmp_path) == ("Käfer", "Ameise")
    else:
        with pytest.raises(UserError, match=r"classes\.txt cannot be read"):
            read_classes(tmp_path)


def test_xml_in_an_unknown_encoding_is_refused_by_name(tmp_path):
    write_voc(tmp_path)
    (tmp_path / "Annotations/c.xml").write_text(f"<?xml version='1.0' encoding='klingon'?>{XML}")
    with pytest.raises(UserError, match=r"c\.xml cannot be read"):
        read(tmp_path)
