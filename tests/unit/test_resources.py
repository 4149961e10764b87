"""The memory, minutes and GPUs that jobs ask for."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.conftest import DEFAULT
from wsss.nets.inference_settings import MOST_PIXELS
from wsss.plan.kinds import KINDS
from wsss.plan.plan import Plan
from wsss.plan.resources import NETWORK_BYTES, JobResources

TRAIN = SimpleNamespace(split="train")


def make_plan(**values):
    """The plan of the synthetic dataset with some settings changed."""
    return Plan({**DEFAULT, "dataset": "mini", **values})


def training_resources(**values):
    """The resources of the default chain's classifier."""
    plan = make_plan(**values)
    job = plan.steps.job(plan.chain("default").step("classifier"))
    return JobResources(plan).training(lambda wildcards: job)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    """No index of an earlier run tells the number of photos."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["mem_mb", "runtime"])
def test_job_asks_for_half_as_much_again_in_its_second_attempt(name):
    need = training_resources()[name]
    assert need(TRAIN, 2) == pytest.approx(1.5 * need(TRAIN, 1), rel=0.03)


def test_training_asks_for_the_configured_gpus_unless_it_runs_on_the_cpu():
    assert training_resources(device="cuda", gpus=2)["gpu"] == 2
    assert training_resources(device="cpu")["gpu"] == 0


def test_shard_of_a_small_known_dataset_asks_for_less_time(index, tmp_path):
    plan = make_plan()
    before = JobResources(plan).shard(100)["runtime"](TRAIN, 1)
    (tmp_path / "work" / plan.dataset.base).mkdir(parents=True)
    index.save(plan.dataset.index)
    assert JobResources(make_plan()).shard(100)["runtime"](TRAIN, 1) < before


def test_training_on_other_photos_asks_for_time_by_their_number(index, tmp_path):
    plan = make_plan()
    job = plan.steps.job(plan.chain("mil").step("classifier"))
    before = JobResources(plan).training(lambda wildcards: job)["runtime"](TRAIN, 1)
    folder = tmp_path / job.inputs["photos"][0].path
    folder.mkdir(parents=True)
    index.save(folder / "index.json")
    after = JobResources(plan).training(lambda wildcards: job)["runtime"](TRAIN, 1)
    assert after < before


def test_large_photo_asks_for_more_memory_in_its_own_split(index, tmp_path):
    plan = make_plan()
    job = plan.steps.job(plan.chain("default").step("labels"))
    kind = KINDS["labels"]
    before = JobResources(plan).of_kind(kind, lambda wildcards: job)["mem_mb"](TRAIN, 1)
    (tmp_path / "work" / plan.dataset.base).mkdir(parents=True)
    first = index.splits["train"][0]
    photos = {**index.photos, first: replace(index.photos[first], pixels=108_000_000)}
    replace(index, photos=photos).save(plan.dataset.index)
    need = JobResources(make_plan()).of_kind(kind, lambda wildcards: job)["mem_mb"]
    assert need(TRAIN, 1) == pytest.approx(before + kind.pixel_bytes * 107.7, rel=0.01)
    assert need(SimpleNamespace(split="val"), 1) < before


@pytest.mark.parametrize(("long_side", "pixels"), [(None, MOST_PIXELS), (1_000, 4_000_000)])
def test_network_asks_for_memory_by_what_it_sees_of_the_largest_photo(
    long_side, pixels, index, tmp_path
):
    plan = make_plan()
    job = SimpleNamespace(settings={"long_side": long_side, "scales": (0.5, 2.0)})
    (tmp_path / "work" / plan.dataset.base).mkdir(parents=True)
    first = index.splits["train"][0]
    photos = {**index.photos, first: replace(index.photos[first], pixels=108_000_000)}
    replace(index, photos=photos).save(plan.dataset.index)
    need = JobResources(make_plan()).of_kind(KINDS["cams"], lambda wildcards: job)["mem_mb"]
    rest = KINDS["cams"].memory_mb + KINDS["cams"].pixel_bytes * 108
    assert need(TRAIN, 1) - rest == pytest.approx(NETWORK_BYTES * pixels / 1e6, abs=2)
