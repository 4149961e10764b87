"""The jobs of checks of masks: what they read, and which results and reports read them."""

import pytest

from tests.conftest import DEFAULT, PROJECT
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.plan import Plan
from wsss.plan.reports import ReportJobs
from wsss.plan.results import ResultJobs
from wsss.plan.scores import ScoreJobs

OWN = {"dataset": "pets", "data_root": "photos"}
CLASSES = {"classes": ["cat", "dog"]}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The current folder, with one of photos."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()


def make_plan(**values):
    return Plan({**DEFAULT, **values}, root=PROJECT)


def paths(job, name):
    return [artifact.path for artifact in job.inputs[name]]


def folders(job, name):
    """The folders of an input's shards, below the folder of the step."""
    return {"/".join(path.split("/")[4:-1]) for path in paths(job, name)}


def test_a_check_of_own_photos_reads_masks_of_all_and_labels_of_train():
    job = CheckJobs(make_plan(**OWN, folder=CLASSES)).check("default")
    assert folders(job, "masks") == {"masks/all"} and folders(job, "confidence") == {
        "confidence/all"
    }
    assert folders(job, "labels") == {"labels/train"}
    assert job.options["splits"] == ["all"]
    assert job.options["exported"] == "results/default/pets_labels_coco"
    assert set(job.outputs.values()) == {
        f"results/default/pets_check.{x}" for x in ("csv", "txt", "json")
    }


@pytest.mark.parametrize("recipe", ["sec", "mil"])
def test_a_recipe_without_pseudo_labels_is_checked_without_them(recipe):
    plan = make_plan(**OWN, folder=CLASSES)
    assert CheckJobs(plan).check(recipe).inputs["labels"] == []


def test_masks_of_benchmarks_are_those_of_train_and_val():
    job = CheckJobs(make_plan(dataset="voc", train_split="trainaug")).check("psa")
    assert folders(job, "masks") == {"masks/trainaug", "masks/val"}
    assert job.options["splits"] == ["trainaug", "val"]


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({**OWN, "folder": CLASSES}, True),
        ({**OWN, "folder": {**CLASSES, "masks": "masks"}}, False),
        ({"dataset": "mini"}, False),
    ],
)
def test_results_are_of_the_check_where_no_mask_scores_them(given, checked):
    plan = make_plan(**given)
    jobs = ResultJobs(plan, ScoreJobs(plan), CheckJobs(plan))
    assert bool(jobs.result("default", "val").inputs["check"]) == checked
    assert not jobs.step_result("default", "labels").inputs["check"]


def report_of(plan, recipe):
    return ReportJobs(plan, ScoreJobs(plan), CheckJobs(plan), lambda job: False).report(
        [recipe], "r"
    )


def test_reports_of_own_photos_show_check_and_confidence():
    own = report_of(make_plan(**OWN, folder=CLASSES), "default")
    (check,) = own.inputs["check"]
    assert (check.label, check.path) == ("default", "results/default/pets_check.json")
    labels = {artifact.label for artifact in own.inputs["artifacts"]}
    assert {f"default/confidence/{split}" for split in ("train", "val", "rest")} <= labels
    steps = own.options["steps"]
    assert steps[-1] == "masks"  # a photo is opened at the last step
    assert report_of(make_plan(dataset="mini"), "default").inputs["check"] == []


def test_methods_without_probabilities_have_no_layer_of_confidence():
    job = report_of(make_plan(**OWN, folder=CLASSES), "class_maps")
    labels = {artifact.label for artifact in job.inputs["artifacts"]}
    assert "class_maps/masks/train" in labels and "class_maps/confidence/train" not in labels
