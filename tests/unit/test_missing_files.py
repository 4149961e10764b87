"""What a recipe needs and only people can give is told while a run is planned."""

import pytest

from tests.conftest import DEFAULT
from wsss.plan.missing_files import files_note
from wsss.plan.plan import Plan
from wsss.run.settings import merge

DSRG = "results/dsrg_published/voc_val_miou.txt"
STROKES = "results/scribble_ce/voc_val_miou.txt"
MIL = "results/mil_published/voc_val_miou.txt"
CAM = "results/cam/voc_val_miou.txt"


def note(target, **given):
    """The note on a target under these settings."""
    return files_note(Plan(merge({**DEFAULT, "dataset": "voc"}, given)), [target])


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """Run in a folder without artifacts."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("target", "typed"),
    [
        (DSRG, "saliency={folder: {folder: FOLDER}}"),
        (STROKES, "annotations={scribbles: [FOLDER]}"),
        (MIL, "other_photos={root: FOLDER}"),
    ],
)
def test_what_is_not_given_is_named_with_the_words_that_give_it(target, typed):
    assert note(target).startswith("files: give ") and typed in note(target)


HOW = "correct the path, which is relative to the current folder"


def test_paths_that_are_not_there_are_named_with_their_setting(tmp_path):
    given = {"saliency": {"folder": {"folder": "DRFI"}}}
    assert note(DSRG, **given) == (
        f"files: saliency.folder.folder is 'DRFI', which does not exist; {HOW}"
    )
    (tmp_path / "DRFI").touch()
    assert "saliency.folder.folder is 'DRFI', which is not a folder" in note(DSRG, **given)
    (tmp_path / "DRFI").unlink()
    (tmp_path / "DRFI").mkdir()
    assert note(DSRG, **given) == ""


@pytest.mark.parametrize(
    ("target", "given", "named"),
    [
        (MIL, {"other_photos": {"root": "a b"}}, "other_photos.root is 'a b'"),
        (
            MIL,
            {"other_photos": {"root": ".", "folder": {"tags": "t.csv"}}},
            "other_photos.folder.tags is 't.csv'",
        ),
        (STROKES, {"annotations": {"scribbles": [".", "it's"]}}, "annotations.scribbles is 'it's'"),
        (CAM, {"annotations": {"boxes": "b.json"}}, "annotations.boxes is 'b.json'"),
        (CAM, {"corrections": "/no/where"}, "corrections is '/no/where'"),
        ("claims_walk", {"corrections": "masks"}, "corrections is 'masks'"),
        ("results/cam/voc_masks_coco", {"export": {"marked": "m.csv"}}, "export.marked is 'm.csv'"),
    ],
)
def test_whatever_a_target_reads_is_told(target, given, named):
    assert f"{named}, which does not exist" in note(target, **given)
    assert note("clean", **given) == note("verify", **given) == note("work/a/b", **given) == ""


@pytest.mark.parametrize("key", ["tags", "fixes", "masks", "splits", "groups"])
def test_files_beside_a_folder_of_photos_are_told(key):
    own = {"dataset": "pets", "data_root": ".", "folder": {"classes": ["cat"], key: "x.csv"}}
    assert f"folder.{key} is 'x.csv', which does not exist" in note("results/cam/pets_masks", **own)


def test_what_a_target_does_not_read_is_not_told():
    assert note(CAM, export={"marked": "m.csv"}) == ""
    assert note(CAM, folder={"tags": "x.csv"}) == ""  # the dataset is VOC
    assert note("results/scribble_ce/voc_labels.txt") != ""
    assert note("results/mixture/voc_cams.txt", labels={"mixture": {"order": ["scribble"]}}) == ""


@pytest.mark.parametrize(
    ("target", "given"),
    [
        (DSRG, {"saliency": {"folder": {"folder": ""}}}),
        (STROKES, {"annotations": {"scribbles": [""]}}),
    ],
)
def test_an_empty_path_is_none(target, given):
    assert note(target, **given) == note(target) != ""


def test_nothing_is_told_of_recipes_that_need_nothing_nor_of_rows_of_experiments():
    assert note(CAM) == ""
    assert note("claims_scribbles") == ""
    assert note("clean") == ""


def test_finished_steps_lack_nothing(tmp_path):
    plan = Plan({**DEFAULT, "dataset": "voc"})
    for step in plan.chain("dsrg_published"):
        (tmp_path / "work" / step.folder).mkdir(parents=True)
    assert files_note(plan, [DSRG]) == ""
