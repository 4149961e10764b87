"""Which jobs of COCO need drawn masks, and what makes its index stale."""

import json

import pytest

from tests.coco_folder import write_coco_folder
from tests.conftest import DEFAULT
from wsss.plan.pictures import PictureJobs
from wsss.plan.plan import Plan
from wsss.plan.scores import ScoreJobs
from wsss.run.errors import UserError


@pytest.fixture
def root(tmp_path):
    return write_coco_folder(tmp_path / "coco")


def make_plan(root, **values):
    """The plan of COCO in a folder, with two shards."""
    given = {**DEFAULT, "dataset": "coco", "data_root": root and str(root), "shards": 2}
    return Plan({**given, **values})


def masks_read(job):
    """The last parts of the folders of masks that a job needs."""
    folders = [path.split("/masks/") for path in job.paths.get("masks_of_index", [])]
    return [name for _, name in folders]


def test_only_jobs_that_read_masks_wait_for_them(root):
    plan = make_plan(root)
    chain = plan.chain("default")
    trained = [plan.steps.job(step) for step in chain if step.of.trains]
    assert [masks_read(job) for job in trained] == [[]] * len(trained)
    scores = ScoreJobs(plan)
    of_val = scores.score_of(chain.last("predictions"), "val").job
    assert masks_read(of_val) == ["val/0-of-2", "val/1-of-2"]
    assert "masks" not in of_val.arguments(of_val.paths, of_val.outputs).split("scores/")[0]
    of_train = scores.score_of(chain.step("cams"), "train").job
    assert masks_read(of_train) == ["train/0-of-2", "train/1-of-2"]
    assert masks_read(PictureJobs(plan, scores).draw_chain("default"))[0] == "train/0-of-2"


def test_true_labels_of_a_shard_wait_for_the_masks_of_that_shard(root):
    plan = make_plan(root)
    step = plan.chain("full").step("labels")
    assert masks_read(plan.steps.job(step, "fit", "1-of-2")) == ["train/1-of-2"]


def test_folder_depends_on_the_year_alone(root, tmp_path):
    base = make_plan(root).dataset.base
    other = write_coco_folder(tmp_path / "other", counts=(5, 5))
    assert make_plan(other, coco={"leave_out_faulty": True}, shards=7).dataset.base == base
    older = write_coco_folder(tmp_path / "older", year=2014)
    assert make_plan(older).dataset.base != base


def test_state_changes_with_annotations_photos_and_shards(root):
    states = {make_plan(root).dataset.state()}
    path = root / "annotations" / "instances_val2017.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    states.add(make_plan(root).dataset.state())
    (root / "val2017" / "val_001.jpg").rename(root / "val2017" / "val_100.jpg")
    states.add(make_plan(root).dataset.state())
    states.add(make_plan(root, shards=3).dataset.state())
    assert len(states) == 4
    assert make_plan(root).dataset.state() in states


def test_folder_in_another_layout_is_refused(tmp_path):
    with pytest.raises(UserError, match="not a COCO folder"):
        make_plan(tmp_path)


def test_scores_leave_out_photos_without_a_mask_only_if_faults_are_left_out(root):
    for leave_out in (False, True):
        plan = make_plan(root, coco={"leave_out_faulty": leave_out})
        job = ScoreJobs(plan).score_of(plan.chain("default").last("predictions"), "val").job
        assert job.options["where_known"] is leave_out


def test_without_a_folder_coco_of_2014_is_downloaded():
    dataset = make_plan(None).dataset
    assert dataset.photos_job.options == {"year": 2014}
    assert dataset.index_job.places["data_root"].path == f"work/{dataset.base}/photos"
    assert make_plan(None, coco={"year": 2017}).dataset.photos_job.options == {"year": 2017}
    assert dataset.state() == make_plan(None).dataset.state()


def test_folder_that_coco_is_compared_with_must_exist(root):
    with pytest.raises(UserError, match=r"coco\.without"):
        make_plan(root, coco={"without": "nowhere"})
