"""Strokes, clicks and boxes of the photos of an index: what counts, and what the account names."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.coco_folder import write_coco_folder
from tests.conftest import DEFAULT
from wsss.brought.account import Account
from wsss.brought.annotation_settings import AnnotationSettings
from wsss.brought.annotations import NO_BACKGROUND, add_annotations
from wsss.brought.checks import check_index
from wsss.brought.folder_settings import FolderSettings
from wsss.data.images import write_labels
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.datasets.folder import UNMARKED, UNNAMED, read_folder
from wsss.datasets.state import with_annotations
from wsss.labels.contradictions import find_contradictions
from wsss.plan.plan import Plan
from wsss.run.errors import UserError

HEIGHT, WIDTH = 30, 40


@pytest.fixture
def small(tmp_path):
    """An index of four photos: a, b and c train, d is in val; c is background only."""
    root = tmp_path / "photos"
    root.mkdir()
    photos = {}
    for n, (name, tags) in enumerate({"a": (1,), "b": (1, 2), "c": (), "d": (2,)}.items()):
        Image.fromarray(np.full((HEIGHT, WIDTH, 3), 40 * n, np.uint8)).save(root / f"{name}.png")
        photos[name] = Photo(name, f"{name}.png", tags)
    splits = {"train": ("a", "b", "c"), "val": ("d",)}
    return Index("small", ("cat", "dog"), str(root), photos, splits)


def with_files(index, files, **sources):
    """The index with annotations out of `files` (name -> text), and the account's problems."""
    folder = Path(index.root).parent
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    given = {key: str(folder / name) for key, name in sources.items()}
    account = Account()
    made = add_annotations(index, AnnotationSettings(**given), "train", account)
    return made, {kind: cases for kind, cases in account.problems.items() if cases}, account


def clicks(**by_photo):
    return {
        name: [{"x": x, "y": y, "cls": cls} for cls, x, y in rows]
        for name, rows in by_photo.items()
    }


def test_values_of_each_kind_are_in_the_index(small):
    files = {
        "s/a_scribble.txt": "cat,1,2,30,2\n0,1,20,30,20.126\n",
        "p.json": clicks(b=[("dog", 3, 4), (1, 5.5, 6)]),
        "b.csv": "image,label,xmin,ymin,xmax,ymax\nb.png,dog,-3,4,9.5,12\n",
    }
    made, problems, account = with_files(
        small, files, scribbles="s", points="p.json", boxes="b.csv"
    )
    strokes = [[1, [[1, 2], [30, 2]]], [0, [[1, 20], [30, 20.13]]]]
    assert made.photos["a"].annotations == {"scribble": strokes}
    values = {"points": [[2, 3, 4], [1, 5.5, 6]], "boxes": [[2, -3, 4, 9.5, 12]]}
    assert made.photos["b"].annotations == values and not made.photos["c"].annotations
    assert account.annotated == {"strokes": 1, "clicks": 1, "boxes": 1}
    assert problems == {
        "boxes partly outside the photo, which are cut at its sides": ["b.csv line 2: b"],
        "tagged photos of train without strokes, unknown (255) to recipes of these alone": ["b"],
        "tagged photos of train without clicks, unknown (255) to recipes of these alone": ["a"],
        "tagged photos of train without boxes, unknown (255) to recipes of these alone": ["a"],
    }
    checked = check_index(made)
    checked.save(Path(small.root).parent / "i.json")
    loaded = Index.load(Path(small.root).parent / "i.json")
    assert loaded.photos["b"].annotations == values
    assert set(checked.photos["b"].digests) == {"photo", "points", "boxes"}


@pytest.mark.parametrize(
    ("click", "kind", "case"),
    [
        (("cow", 3, 4), "clicks of an unknown class, which are left out", "'cow'"),
        ((3, 3, 4), "clicks of an unknown class, which are left out", "'3'"),
        (
            ("dog", 3, 4),
            "clicks of a class that is no tag of the photo, which are left out",
            "'dog' in a",
        ),
        (("cat", 41, 4), "clicks outside the photo, which are left out", "a, 40 x 30 pixels"),
        (("cat", 3, -0.5), "clicks outside the photo, which are left out", "a, 40 x 30 pixels"),
    ],
)
def test_a_click_that_cannot_be_right_is_left_out_and_named(small, click, kind, case):
    given = clicks(a=[("cat", 1, 1), click])
    made, problems, _ = with_files(small, {"p.json": given}, points="p.json")
    assert made.photos["a"].annotations["points"] == [[1, 1, 1]]
    assert problems[kind] == [f"p.json a click 2: {case}"]


def test_a_click_on_the_last_side_is_in_the_last_pixel(small):
    made, _, _ = with_files(small, {"p.json": clicks(a=[("cat", 40, 30)])}, points="p.json")
    assert made.photos["a"].annotations["points"] == [[1, 39, 29]]


def test_strokes_and_boxes_that_cannot_be_right_are_named(small):
    files = {
        "s/a.txt": "cat,-9,2,-1,2\ncat,5,5,50,5\ncow,1,1,2,2\n",
        "s/b.txt": "cat,1,2,3\n",
        "s/nobody.txt": "cat,1,2,3,4\n",
        "b.csv": "image,label,xmin,ymin,xmax,ymax\na,cat,9,4,9,12\na,0,1,1,5,5\na,cat,1,1,5,5\n",
    }
    made, problems, _ = with_files(small, files, scribbles="s", boxes="b.csv")
    assert made.photos["a"].annotations["scribble"] == [[1, [[5, 5], [50, 5]]]]
    assert made.photos["a"].annotations["boxes"] == [[1, 1, 1, 5, 5]]
    assert problems["strokes outside the photo, which are left out"] == [
        "a.txt line 1: a, 40 x 30 pixels"
    ]
    assert problems["strokes partly outside the photo, which are cut at its sides"] == [
        "a.txt line 2: a"
    ]
    assert problems["strokes of an unknown class, which are left out"] == ["a.txt line 3: 'cow'"]
    assert problems["files of strokes without a photo"] == ["nobody"]
    (unread,) = problems["files of strokes that cannot be read, which are left out"]
    assert "b.txt" in unread and "x without a y" in unread
    assert problems["boxes without an area, which are left out"] == ["b.csv line 2: a"]
    assert problems["boxes of the background, which are left out"] == ["b.csv line 3: a"]


def test_pngs_with_strokes_are_checked(small):
    folder = Path(small.root).parent / "s"
    folder.mkdir()
    strokes = np.full((HEIGHT, WIDTH), 255, np.uint8)
    strokes[3], strokes[5, :4], strokes[6, :2] = 1, 2, 9
    write_labels(folder / "a.png", strokes)
    write_labels(folder / "b.png", strokes[:-1])
    write_labels(folder / "c.png", np.zeros_like(strokes))
    made, problems, _ = with_files(small, {}, scribbles="s")
    assert made.annotation_path(made.photos["a"], "scribble") == folder / "a.png"
    assert "scribble" not in made.photos["b"].annotations
    assert problems["PNGs with strokes that cannot be used, which are left out"] == [
        "b.png: 40 x 29 pixels, and the photo 40 x 30"
    ]
    lost = "labels of strokes in PNGs that are no {}, which become unknown (255)"
    assert problems[lost.format("class")] == ["a: label 9 at 2 pixels"]
    assert problems[lost.format("tag of the photo")] == ["a: label 2 at 4 pixels"]
    (kind,) = [kind for kind in problems if "more than half" in kind]
    assert problems[kind] == ["c"]


def test_annotations_of_photos_that_do_not_train_change_nothing(small):
    """Files of other photos are not opened: broken or deleted, the index is the same."""
    files = {
        "s/a.txt": "cat,1,2,30,2\n",
        "s/d.txt": "this cannot be read",
        "p.json": clicks(a=[("cat", 1, 1)], d=[("dog", 1, 1)]),
    }
    first, problems, _ = with_files(small, files, scribbles="s", points="p.json")
    assert not any("cannot be read" in kind for kind in problems)
    (Path(small.root).parent / "s" / "d.txt").unlink()
    left = {"p.json": clicks(a=[("cat", 1, 1)])}
    second, _, _ = with_files(small, left, scribbles="s", points="p.json")
    assert first == second and not first.photos["d"].annotations


def test_sources_that_are_missing_or_fit_nothing_are_refused(small):
    with pytest.raises(UserError, match=r"annotations .*p\.json are missing"):
        with_files(small, {}, points="p.json")
    with pytest.raises(UserError, match="none of the 3 photos of split 'train' has clicks"):
        with_files(small, {"p.json": clicks(d=[("dog", 1, 1)])}, points="p.json")
    with pytest.raises(UserError, match="clicks of an unknown class"):
        with_files(small, {"p.json": clicks(a=[("cow", 1, 1)])}, points="p.json")


def test_files_of_another_kind_are_told_apart(small):
    table = {"b.csv": "image,label,x,y,width,height\na.png,cat,3,4,9,9\n"}
    with pytest.raises(UserError, match=r"boxes in .*: what was read there is clicks"):
        with_files(small, table, boxes="b.csv")
    with pytest.raises(UserError, match=r"no photo in .* has boxes .* read there is clicks"):
        own(small, table, boxes="b.csv")


def test_strokes_that_cross_are_found(small):
    files = {
        "s/b.txt": "cat,2,10,30,10\ndog,15,2,15,20\n",
        "p.json": clicks(b=[(1, 5, 5), (2, 6, 5)]),
    }
    made, _, _ = with_files(small, files, scribbles="s", points="p.json")
    assert find_contradictions(made) == ["b: 9 pixels", "b: 30 pixels"]
    photo = replace(made.photos["b"], annotations={"points": [[1, 5, 5], [2, 30, 25]]})
    assert find_contradictions(replace(made, photos={"b": photo})) == []


def own(small, files, classes=None, tags=None, **sources):
    """The index of the folder as a user's own photos, and its account."""
    _, _, _ = with_files(small, files)
    folder = Path(small.root).parent
    given = {key: str(folder / name) for key, name in sources.items()}
    settings = FolderSettings(classes=classes, tags=tags and str(folder / tags), val_share=0.3)
    return read_folder("own", Path(small.root), settings, None, AnnotationSettings(**given))


def test_photos_without_annotation_are_called_so(small):
    some = clicks(a=[("cat", 3, 4), ("background", 9, 9)], b=[("dog", 3, 4)])
    _, account = own(small, {"p.json": some}, points="p.json")
    assert account.problems[UNMARKED] == ["c.png", "d.png"] and UNNAMED not in account.problems


def test_classes_of_strokes_are_tags_where_there_is_no_table(small):
    files = {
        "s/a.txt": "cat,1,2,30,2\nbackground,1,9,9,9\n",
        "s/b.txt": "dog,1,2,30,2\n",
        "s/c.txt": "0,1,2,30,2\n",
        "s/d.txt": "dog,1,2,30,2\ncat,2,9,30,9\n",
    }
    index, account = own(small, files, scribbles="s")
    assert index.classes == ("cat", "dog") and index.photos["c"].tags == ()
    assert index.photos["d"].tags == (1, 2)
    train = set(index.splits["train"])
    assert {name for name, photo in index.photos.items() if photo.annotations} == train
    assert account.annotated == {"strokes": len(train)} and len(train) == 3


def test_numbers_are_classes_by_the_settings(small):
    files = {"p.json": clicks(a=[(1, 1, 1)], b=[(2, 1, 1)], c=[(0, 1, 1)], d=[("dog", 2, 2)])}
    index, _ = own(small, files, classes=("cat", "dog"), points="p.json")
    assert index.photos["b"].tags == (2,) and index.photos["d"].tags == (2,)
    write_labels(Path(small.root).parent / "a.png", np.ones((HEIGHT, WIDTH), np.uint8))
    (Path(small.root).parent / "pngs").mkdir()
    write_labels(Path(small.root).parent / "pngs" / "a.png", np.ones((HEIGHT, WIDTH), np.uint8))
    with pytest.raises(UserError, match=r"labels are numbers; .* --classes"):
        own(small, {}, scribbles="pngs")


def test_annotations_without_background_are_told(small):
    tagged = replace(small, splits={"train": ("a", "b"), "val": ("d",)})
    alone = {"p.json": clicks(a=[("cat", 3, 4)])}
    assert NO_BACKGROUND in with_files(tagged, alone, points="p.json")[2].notes
    some = {"p.json": clicks(a=[("cat", 3, 4)], b=[("background", 3, 4)])}
    assert NO_BACKGROUND not in with_files(tagged, some, points="p.json")[2].notes
    assert NO_BACKGROUND not in with_files(small, alone, points="p.json")[2].notes, "c shows some"
    (Path(small.root).parent / "s").mkdir()
    for label, told in ((0, False), (255, True)):
        strokes = np.full((HEIGHT, WIDTH), 255, np.uint8)
        strokes[1], strokes[9] = 1, label
        write_labels(Path(small.root).parent / "s/a.png", strokes)
        made = with_files(tagged, {}, scribbles="s")[2]
        assert (NO_BACKGROUND in made.notes) == told


def test_a_table_of_tags_decides_against_strokes(small):
    files = {
        "t.csv": "image,labels\na.png,cat\nb.png,cat\nc.png,cat\nd.png,dog\n",
        "p.json": clicks(a=[("dog", 1, 1), ("cat", 2, 2)], b=[("dog", 1, 1)], c=[("cat", 3, 3)]),
    }
    index, account = own(small, files, tags="t.csv", points="p.json")
    kind = "clicks of a class that is no tag of the photo, which are left out"
    named = {case.split()[1] for case in account.problems[kind]}
    assert named and named == {"a", "b"} & set(index.splits["train"])


def test_state_changes_with_annotations(tmp_path):
    file = tmp_path / "p.json"
    file.write_text("{}")
    assert with_annotations("x", ()) == "x"
    before = with_annotations("x", [str(file)])
    assert before == with_annotations("x", [str(file)]) != "x"
    file.write_text("{ }")
    assert before != with_annotations("x", [str(file)])
    folder = with_annotations("x", [str(tmp_path)])
    (tmp_path / "new.txt").write_text("")
    assert folder != with_annotations("x", [str(tmp_path)])


@pytest.mark.parametrize("dataset", ["voc", "coco", "own"])
def test_plan_passes_annotations_to_the_index_and_notices_their_changes(
    mini_root, tmp_path, dataset
):
    root = write_coco_folder(tmp_path / "coco") if dataset == "coco" else mini_root
    file = tmp_path / "p.json"
    file.write_text("{}")
    plain = {**DEFAULT, "dataset": dataset, "data_root": str(root)}
    without = Plan(plain).dataset
    dataset = Plan({**plain, "annotations": {"points": str(file)}}).dataset
    assert "annotations" not in without.index_job.more and dataset.base == without.base
    assert dataset.index_job.more["annotations"]["points"] == [str(file)]
    before = dataset.state()
    assert before == dataset.state() != without.state()
    file.write_text("{ }")
    assert before != dataset.state()


def test_a_job_records_the_annotations_that_its_labels_read(mini_root):
    plan = Plan({**DEFAULT, "dataset": "voc", "data_root": str(mini_root)})
    expected = {
        "scribble_ce": ("scribble",),
        "points": ("points",),
        "boxes": ("boxes",),
        "mixture": ("mask", "scribble", "boxes", "points"),
    }
    for recipe, kinds in expected.items():
        job = plan.steps.job(plan.chain(recipe).step("labels"), "train", "0-of-8")
        assert job.read == kinds
        assert list(job.inputs) == (["rest"] if recipe == "mixture" else [])
