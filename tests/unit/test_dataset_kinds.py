"""The kinds of datasets of a plan."""

import pytest

from tests.unit.test_plan import make_plan
from wsss.plan.config import config_model
from wsss.plan.datasets.base import NAMES
from wsss.plan.datasets.registry import KINDS, OF_SOME, dataset_of
from wsss.run.errors import UserError


def make_dataset(name, root):
    """A dataset of a kind, with a folder that fits all of them but COCO."""
    for folder in ("JPEGImages", "depth"):
        (root / folder).mkdir(exist_ok=True)
    given = {} if name == "coco" else {"data_root": str(root)}
    return dataset_of(config_model()(dataset=name, **given))


def test_names_are_those_of_the_kinds():
    assert tuple(KINDS) == NAMES


@pytest.mark.parametrize("name", [*NAMES, "pets"])
def test_kinds_read_sections_that_exist(name, tmp_path):
    dataset = make_dataset(name, tmp_path)
    assert dataset.reads and dataset.reads <= set(OF_SOME)
    assert set(OF_SOME) <= set(config_model().model_fields)


def test_each_section_is_read_by_some_kind(tmp_path):
    datasets = [make_dataset(name, tmp_path) for name in (*NAMES, "pets")]
    datasets.append(dataset_of(config_model()(dataset="voc")))  # which is downloaded
    assert set().union(*(dataset.reads for dataset in datasets)) == set(OF_SOME)


def test_another_name_is_a_folder_and_a_mistyped_one_is_answered():
    with pytest.raises(UserError, match=r"a folder of yours.*did you mean 'rooms'"):
        dataset_of(config_model()(dataset="room"))


@pytest.mark.parametrize(("name", "lacks"), [("rgbd", True), ("rooms", False), ("mini", False)])
def test_drawn_photos_all_have_masks(name, lacks, tmp_path):
    assert make_dataset(name, tmp_path).may_lack_masks == lacks


@pytest.mark.parametrize("name", ["mini", "rooms"])
def test_drawn_photos_are_made_whatever_the_root_is(name):
    dataset = make_plan(dataset=name, data_root="nowhere").dataset
    assert dataset.made_here and dataset.root.startswith("work/") and dataset.train == "train"
