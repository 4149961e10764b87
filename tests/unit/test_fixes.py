"""The table that a person saves from the report: fixed tags, and masks that are marked as wrong."""

import json

import pytest
from PIL import Image

from tests.conftest import check_done, check_refused
from wsss.brought.fixes import find_marked, read_fixes
from wsss.brought.folder_settings import FolderSettings
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.datasets.folder import read_folder
from wsss.report.check import check_csv
from wsss.run.errors import UserError

NAMES = ("a.jpg", "sub/b.jpg", "sub/c.jpg", "d.jpg", "=e.jpg", "untagged.jpg")


@pytest.fixture
def photos(tmp_path):
    """A folder of photos, each of a colour of its own, beside a table of their tags."""
    for place, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (40 * place, 0, 0)).save(path)
    lines = ["image,labels", *(f"{name},cat" for name in NAMES[:4]), "=e.jpg,dog"]
    (tmp_path / "labels.csv").write_text("\n".join(lines))
    return tmp_path / "photos"


def read(photos, fixes, **more):
    """Image -> the names of its tags, and the account of the folder."""
    (photos.parent / "fixes.csv").write_text(fixes)
    tables = {"tags": str(photos.parent / "labels.csv"), "fixes": str(photos.parent / "fixes.csv")}
    index, account = read_folder("mine", photos, FolderSettings(**tables, **more))
    found = {}
    for photo in index.photos.values():
        found[photo.image] = [index.labels[tag] for tag in photo.tags]
    return found, index, account


def test_labels_replace_tags_and_an_empty_cell_leaves_them(photos):
    fixes = (
        "image,labels,wrong\na.jpg,dog;bird,\nsub/b.jpg,background,\nsub/c.jpg,,yes\n'=e.jpg,cat,\n"
    )
    found, index, account = read(photos, fixes)
    assert found["a.jpg"] == ["bird", "dog"] and found["sub/b.jpg"] == []
    assert (
        found["sub/c.jpg"] == ["cat"] and found["d.jpg"] == ["cat"] and found["=e.jpg"] == ["cat"]
    )
    assert index.classes == ("bird", "cat", "dog")
    assert "fixes.csv: photos whose tags were fixed: 3" in account.notes
    (marked,) = [cases for kind, cases in account.problems.items() if "marked as wrong" in kind]
    assert marked == ["fixes.csv line 4: 'sub/c.jpg'"]


def test_a_photo_that_gets_its_first_tags_trains_and_a_marked_one_does_not(photos):
    before, index, _ = read(photos, "image,labels,wrong\nuntagged.jpg,,x\n")
    assert before["untagged.jpg"] == [] and index.splits["rest"] == ("untagged",)
    _, index, _ = read(photos, "image,labels,wrong\nuntagged.jpg,dog,x\n")
    assert index.splits["rest"] == () and "untagged" in index.splits["train"]


def test_fixed_tags_are_renamed_like_the_others(photos):
    found, _, _ = read(photos, "image,labels\na.jpg,kitty\n", rename={"kitty": "cat"})
    assert found["a.jpg"] == ["cat"]


def test_the_table_of_photos_to_check_is_such_a_table(photos):
    """Unchanged, it changes no tag: not even of photos without known tags, or without a class."""
    (photos.parent / "labels.csv").write_text("image,labels\na.jpg,cat\nd.jpg,\n")
    plain, index, _ = read(photos, "image,labels\n")
    rows = []
    for photo in index.photos.values():
        known = photo.id in index.splits["train"]
        row = {"image": photo.image, "labels": plain[photo.image] if known else None}
        rows.append({**row, "split": "train", "benefit": 1.0, "badges": ["mask empty"]})
    fixed, again, _ = read(photos, check_csv(rows))
    assert fixed == plain and again.splits == index.splits


@pytest.mark.parametrize("text", ["", "a.jpg,cat\n", "image,size\na.jpg,3\n"])
def test_another_table_is_refused(text, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(UserError, match=r"t\.csv needs a first line with image"):
        read_fixes(tmp_path / "t.csv")


def test_rows_of_unknown_photos_are_told(photos):
    _, _, account = read(photos, "image,labels\nnobody.jpg,cat\n")
    assert account.problems["rows of the table of fixes without a photo"]


def make_index(names):
    photos = {name[:-4]: Photo(name[:-4], name, (1,)) for name in names}
    return Index("mine", ("cat",), "/photos", photos, {"all": tuple(photos)})


def test_marked_photos_are_found_by_any_word_for_yes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("image,wrong\na.jpg,x\nb.jpg,\nc.jpg,Wrong\nd.jpg,no\n")
    assert find_marked(path, make_index(("a.jpg", "b.jpg", "c.jpg", "d.jpg"))) == {"a", "c"}
    with pytest.raises(UserError, match=r"line 4: 'c\.jpg'"):
        find_marked(path, make_index(("a.jpg", "b.jpg")))
    path.write_text("image,wrong\na.jpg,\n")
    with pytest.raises(UserError, match="marks no photo"):
        find_marked(path, make_index(("a.jpg",)))


def test_new_dataset_and_the_index_read_the_table(photos, stage, tmp_path):
    fixes, out = tmp_path / "fixes.csv", tmp_path / "mine.yaml"
    fixes.write_text("image,labels,wrong\na.jpg,dog,\nd.jpg,,x\n")
    words = ["new_dataset", photos, "--labels", tmp_path / "labels.csv", "--out", out]
    text = check_done(stage(*words, "--fixes", fixes)).stdout
    assert "fixed" in text and "marked as wrong" in text and str(fixes) in out.read_text()
    words = ["index_folder", "--name", "mine", "--data-root", photos]
    words += ["--tags", tmp_path / "labels.csv", "--fixes", fixes, "--out", tmp_path / "i.json"]
    check_done(stage(*words))
    assert Index.load(tmp_path / "i.json").photos["a"].tags == (2,)


def test_only_marked_photos_are_exported(stage, index, tmp_path):
    first = index.split("train")[0]
    (tmp_path / "fixes.csv").write_text(f"image,labels,wrong\n{first.image},,x\n")
    index.save(tmp_path / "i.json")
    masks = index.mask_path(first).parent
    words = ["--index", tmp_path / "i.json", "--labels", masks, "--split", "train"]
    words += ["--marked", tmp_path / "fixes.csv"]
    check_done(stage("export_labels", "coco", *words, "--out", tmp_path / "coco"))
    made = json.loads((tmp_path / "coco/labels.json").read_text())
    assert [image["file_name"] for image in made["images"]] == [first.image]
    words[-1] = tmp_path / "nowhere.csv"
    check_refused(stage("export_labels", "coco", *words, "--out", tmp_path / "no"), "nowhere.csv")
