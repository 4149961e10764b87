"""The recipes of boxes with depth: what each step reads, and what people have to know."""

from tests.conftest import DEFAULT
from wsss.plan.experiment_jobs import ExperimentJobs
from wsss.plan.photo_checks import CheckJobs
from wsss.plan.pictures import PictureJobs
from wsss.plan.plan import Plan
from wsss.plan.report_inputs import ReportInputs
from wsss.plan.scores import ScoreJobs

PLAN = Plan({**DEFAULT, "dataset": "rooms", "shards": 2})


def sources(chain, name):
    return {key: source.step.name for key, source in chain.step(name).inputs.items()}


def test_each_round_begins_with_the_points_of_the_one_before():
    chain = PLAN.chain("boxes3d")
    assert sources(chain, "round1.project") == {"points": "cloud", "objectness": "objectness"}
    assert sources(chain, "round2.project") == {"points": "cloud", "objectness": "round1.fused"}
    assert sources(chain, "round3.fused") == {
        "points": "cloud",
        "maps": "round3.segmentation_maps",
        "before": "round2.fused",
    }
    assert chain.step("round1.segmentation_maps").settings["only_tags"] is False


def test_results_say_what_people_have_to_know():
    plan = Plan(
        {
            **DEFAULT,
            "dataset": "rooms",
            "objectness": {**DEFAULT["objectness"], "boxes": {"share": 0.1}},
            "labels": {**DEFAULT["labels"], "boxes": {"box_share": 0.1}},
        }
    )
    of_few = "boxes of 10 % of the photos"
    assert plan.chain("boxes3d").supervision == [of_few, "camera", "depth", "pose"]
    assert plan.chain("boxes2d").supervision == [of_few, "tags"]
    assert PLAN.chain("boxes3d").supervision == ["boxes", "camera", "depth", "pose"]


def test_ablations_share_the_steps_before_what_they_leave_out():
    whole, once, alone = map(PLAN.chain, ("boxes3d", "boxes3d_one_round", "boxes3d_one_view"))
    for name in once.names:
        assert once.step(name).folder == whole.step(name).folder
    assert "round2.labels" not in once.names
    assert alone.step("cloud").folder != whole.step("cloud").folder


def test_the_picture_shows_the_points_that_the_last_projection_reads():
    job = PictureJobs(PLAN, ScoreJobs(PLAN)).draw_clouds("boxes3d")
    assert job.outputs == {"out": "results/boxes3d/rooms_clouds.png"}
    fused = PLAN.chain("boxes3d").step("round2.fused").folder
    assert [shard.path for shard in job.inputs["objectness"]] == [
        f"work/{fused}/objectness/train/{k}-of-2" for k in range(2)
    ]


def test_reports_show_the_points_of_recipes_that_have_some():
    inputs = ReportInputs(PLAN, ScoreJobs(PLAN), CheckJobs(PLAN), lambda job: False)
    (picture,) = inputs.of_report(["boxes2d", "boxes3d"])["clouds"]
    assert (picture.label, picture.path) == ("boxes3d", "results/boxes3d/rooms_clouds.png")


def test_rows_of_the_experiment_differ_in_their_share_of_boxes():
    job = ExperimentJobs(PLAN, ScoreJobs(PLAN)).table("boxes3d")
    assert len(job.inputs["scores"]) == len(PLAN.experiment("boxes3d").rows)
    assert len({score.path for score in job.inputs["scores"]}) == len(job.inputs["scores"])


def test_rooms_and_folders_with_depth_have_jobs_of_their_own(tmp_path):
    assert PLAN.dataset.photos_job.rule == "make_rooms"
    assert PLAN.dataset.index_job.rule == "index_rgbd"
    (tmp_path / "depth").mkdir()
    own = Plan({**DEFAULT, "dataset": "rgbd", "data_root": str(tmp_path)}).dataset
    assert own.photos_job is None and own.may_lack_masks and own.root == str(tmp_path)
    assert own.index_job.more["data_root"] == str(tmp_path)
