"""Superpixels through Snakemake: they are made, and made again only for a reason."""

import re

import pytest

from tests.conftest import VOC
from tests.dag.conftest import copied, snakemake
from tests.dag.test_tiny import planned
from wsss.data.superpixels import Superpixels

pytestmark = pytest.mark.skipif(VOC is not None, reason="knows the size of the drawn photos")
FEWER = "superpixels={slic: {count: 20}}"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with the superpixels of its training photos."""
    folder = copied(tmp_path_factory.mktemp("superpixels"))
    run = snakemake(folder, "--", *shards(folder))
    assert run.returncode == 0, run.stderr[-3000:]
    return folder


def shards(project, *config):
    """The shards of the recipe's step, in the folder that `show_recipe` names."""
    shown = snakemake(project, "--", "show_recipe", config=["recipe=superpixels", *config])
    assert shown.returncode == 0, shown.stderr
    folder = re.search(r"work/\S+/superpixels/slic-\w{12}", shown.stdout)[0]
    return [f"{folder}/superpixels/train/{k}-of-2" for k in range(2)]


def test_a_step_that_nothing_reads_is_made_when_asked_for(project):
    made = shards(project)
    found = Superpixels([project / path for path in made])
    for n in range(12):
        assert found.read(f"train_{n:04d}", (72, 96)).max() > 50
    assert planned(project, target=made[0]) == {}
    assert "make_superpixels" not in planned(project, target="results/cam/mini_labels.txt")


def test_a_setting_and_code_rerun_it_and_a_comment_does_not(project):
    made, other = shards(project)[0], shards(project, FEWER)[0]
    assert planned(project, FEWER, target=other) == {"make_superpixels": 1}
    path = project / "wsss/superpixels/slic.py"
    text = path.read_text()
    path.write_text(text + "# a comment\n")
    assert planned(project, target=made) == {}
    path.write_text(text.replace("start_label=0", "start_label=1"))
    assert planned(project, target=made) == {"make_superpixels": 1}
    path.write_text(text)
