"""Rows of experiments that lack what only people can give are left out, and say what to give."""

import shutil

import pytest
import yaml

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.left_out import left_out_note
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.run.errors import UserError
from wsss.run.settings import merge


def make_plan(root, *recipes, **given):
    """A plan of the experiment `small`, with a row for each of these recipes."""
    shutil.copytree(PROJECT / "recipes", root / "recipes")
    (root / "experiments").mkdir()
    rows = []
    for name in recipes:
        stage = "round1.predict" if name == "boxes3d" else "predict"
        rows.append({"name": name, "recipe": name, "stage": stage})
    text = yaml.safe_dump({"about": "small", "beside": "nothing", "rows": rows})
    (root / "experiments" / "small.yaml").write_text(text)
    return Plan(merge({**DEFAULT, "dataset": "mini"}, given), root=root)


def find_labels(plan):
    """The rows whose scores the table reads."""
    job = ExperimentJobs(plan, ScoreJobs(plan)).table("small")
    return [artifact.label for artifact in job.inputs["scores"]], job.options["left_out"]


LEARNED = {"photos": "p", "masks": "m"}


@pytest.mark.parametrize(
    ("recipe", "given", "words"),
    [
        ("dsrg_saliency", {}, "saliency_photos={photos: FOLDER, masks: FOLDER}"),
        ("dsrg_saliency", {"saliency_photos": {**LEARNED, "masks": None}}, "saliency_photos"),
        ("dsrg_saliency", {"saliency_photos": LEARNED}, None),
        ("dsrg_published", {}, "saliency={folder: {folder: FOLDER}}"),
        ("mil", {}, "other_photos={root: FOLDER}"),
        ("points", {}, "annotations={points: [FILE]}"),
        ("points", {"annotations": {"points": ["clicks.json"]}}, None),
        ("scribble_ce", {"annotations": {"points": ["clicks.json"]}}, "annotations={scribbles"),
        ("boxes", {}, None),
        ("full", {}, None),
        ("boxes3d", {}, "dataset=rgbd"),
        ("mixture", {}, None),
    ],
)
def test_row_that_lacks_something_says_how_to_give_it(recipe, given, words, tmp_path):
    plan = make_plan(tmp_path, "cam", recipe, **given)
    labels, left_out = find_labels(plan)
    assert labels == (["0.0", "1.0"] if words is None else ["0.0"])
    assert plan.rows_to_run("small")[1] == ([] if words else plan.rows("small")[1])
    assert left_out == [] if words is None else words in left_out[0]


def test_photos_of_ones_own_may_lack_masks_and_boxes(tmp_path):
    own = {"dataset": "pets", "data_root": str(tmp_path)}
    plan = make_plan(tmp_path, "cam", "full", "boxes", "mixture", **own)
    assert list(plan.left_out("small")) == [1, 2, 3]
    assert "folder={masks: FOLDER}" in plan.left_out("small")[1]
    given = merge(own, {"folder": {"masks": "m"}, "annotations": {"boxes": ["b.json"]}})
    (tmp_path / "other").mkdir()
    plan = make_plan(tmp_path / "other", "full", "boxes", "mixture", **given)
    assert plan.left_out("small") == {}


def test_experiment_of_which_no_row_can_be_run_is_refused(tmp_path):
    plan = make_plan(tmp_path, "points")
    with pytest.raises(UserError, match=r"no row of experiment small can be run; give clicks by"):
        find_labels(plan)


def test_later_rows_ask_for_a_larger_claims_rows(tmp_path):
    plan = make_plan(tmp_path, "cam", "psa", "points", claims_rows=1)
    assert set(plan.left_out("small").values()) == {"give a claims_rows above 1, or none"}
    assert left_out_note(plan, ["claims_small"]) == ""


def test_rows_that_lack_something_are_told_while_planning(tmp_path):
    plan = make_plan(tmp_path, "cam", "points")
    note = left_out_note(plan, ["claims_small"])
    assert note.startswith("rows left out: 'points' (give clicks by `--config ")
    assert left_out_note(plan, ["results/cam/mini_val_miou.txt"]) == ""
