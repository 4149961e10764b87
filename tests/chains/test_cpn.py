"""CPN through Snakemake: superpixels, classifier and refined maps, and what runs again."""

import pytest

from tests.conftest import VOC
from tests.dag.runs import copy_project, copy_run, edit, make, plan_jobs, read_result

pytestmark = pytest.mark.skipif(VOC is not None, reason="of the synthetic dataset alone")
TARGET = "results/cpn/mini_refine.txt"
AFTER_CLASSIFIER = {"train_classifier", "refine_cams"}


@pytest.fixture(scope="module")
def cpn_run(tmp_path_factory):
    """A copy of the project with CPN's maps; to be read only."""
    folder = copy_project(tmp_path_factory.mktemp("cpn"))
    make(folder, TARGET)
    return folder


@pytest.fixture
def project(cpn_run, tmp_path):
    """The test's own copy of it."""
    return copy_run(cpn_run, tmp_path / "project")


def test_maps_are_scored_and_nothing_runs_again(cpn_run):
    result = read_result(cpn_run, "cpn", "refine")
    assert result["stages"]["refine"]["miou"] > 0 and result["supervision"] == ["tags"]
    assert plan_jobs(cpn_run, target=TARGET) == {}


def test_edit_of_seam_reruns_nothing_and_an_edit_of_cpn_its_training(project):
    edit(project, "wsss/classify/seam.py", "class Seam:", "X = 1\n\n\nclass Seam:")
    assert plan_jobs(project, target=TARGET) == {}
    edit(project, "wsss/classify/cpn.py", "class Cpn:", "X = 1\n\n\nclass Cpn:")
    jobs = plan_jobs(project, target=TARGET)
    assert set(jobs) >= AFTER_CLASSIFIER and "make_superpixels" not in jobs


def test_other_superpixels_rerun_the_training(project):
    jobs = plan_jobs(project, "superpixels={slic: {count: 20}}", target=TARGET)
    assert {*AFTER_CLASSIFIER, "make_superpixels"} <= set(jobs)
