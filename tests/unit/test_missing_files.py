"""What a recipe needs and only people can give is told while a run is planned."""

import pytest

from tests.conftest import DEFAULT
from wsss.plan.missing_files import files_note
from wsss.plan.plan import Plan
from wsss.run.settings import merge

DSRG = "results/dsrg_published/voc_val_miou.txt"
STROKES = "results/scribble_ce/voc_val_miou.txt"


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
        ("results/mil_published/voc_val_miou.txt", "other_photos={root: FOLDER}"),
    ],
)
def test_what_is_not_given_is_named_with_the_words_that_give_it(target, typed):
    assert note(target).startswith("files: give ") and typed in note(target)


def test_folders_that_do_not_exist_are_named(tmp_path):
    given = {"saliency": {"folder": {"folder": "DRFI"}}}
    assert note(DSRG, **given) == "files: DRFI does not exist"
    (tmp_path / "DRFI").mkdir()
    assert note(DSRG, **given) == ""
    strokes = {"annotations": {"scribbles": ["strokes"]}}
    assert note(STROKES, **strokes) == "files: strokes does not exist"


def test_nothing_is_told_of_recipes_that_need_nothing_nor_of_rows_of_experiments():
    assert note("results/cam/voc_val_miou.txt") == ""
    assert note("claims_scribbles") == ""
    assert note("clean") == ""


def test_finished_steps_lack_nothing(tmp_path):
    plan = Plan({**DEFAULT, "dataset": "voc"})
    for step in plan.chain("dsrg_published"):
        (tmp_path / "work" / step.folder).mkdir(parents=True)
    assert files_note(plan, [DSRG]) == ""
