"""Superpixels through Snakemake: they are made, and made again only for a reason."""

import re

import pytest

from tests.conftest import VOC
from tests.dag.runs import copy_project, copy_run, edit, make, plan_jobs, run_snakemake
from wsss.data.superpixels import Superpixels

pytestmark = pytest.mark.skipif(VOC is not None, reason="knows the size of the synthetic photos")
FEWER = "superpixels={slic: {count: 20}}"


@pytest.fixture(scope="module")
def superpixels_run(tmp_path_factory):
    """A copy of the project with the superpixels of its training photos; to be read only."""
    folder = copy_project(tmp_path_factory.mktemp("superpixels"))
    make(folder, *name_shards(folder))
    return folder


@pytest.fixture
def project(superpixels_run, tmp_path):
    """The test's own copy of it."""
    return copy_run(superpixels_run, tmp_path / "project")


def name_shards(project, *config):
    """The shards of the recipe's step, in the folder that `show_recipe` names."""
    shown = run_snakemake(project, "--", "show_recipe", config=["recipe=superpixels", *config])
    assert shown.returncode == 0, shown.stderr
    folder = re.search(r"work/\S+/superpixels/slic-\w{12}", shown.stdout)[0]
    return [f"{folder}/superpixels/train/{k}-of-2" for k in range(2)]


def test_superpixels_that_no_step_reads_are_made_when_asked_for(project):
    made = name_shards(project)
    found = Superpixels([project / path for path in made])
    for n in range(12):
        assert found.read(f"train_{n:04d}", (72, 96)).max() > 50
    assert plan_jobs(project, target=made[0]) == {}
    assert "make_superpixels" not in plan_jobs(project, target="results/cam/mini_labels.txt")


def test_changed_setting_or_code_remakes_superpixels_and_a_comment_does_not(project):
    made, other = name_shards(project)[0], name_shards(project, FEWER)[0]
    assert plan_jobs(project, FEWER, target=other) == {"make_superpixels": 1}
    slic = "wsss/superpixels/slic.py"
    edit(project, slic, "start_label=0,", "start_label=0,  # a comment")
    assert plan_jobs(project, target=made) == {}
    edit(project, slic, "start_label=0,", "start_label=1,")
    assert plan_jobs(project, target=made) == {"make_superpixels": 1}
