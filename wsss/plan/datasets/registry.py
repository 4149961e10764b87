"""The kinds of datasets by the name in the settings. Any other name is a folder of the user's."""

from typing import Any

from wsss.plan.datasets.base import Dataset
from wsss.plan.datasets.coco import CocoDataset
from wsss.plan.datasets.depth import DepthDataset
from wsss.plan.datasets.drawn import DrawnPhotos, DrawnRooms
from wsss.plan.datasets.folder import FolderDataset
from wsss.plan.datasets.voc import VocDataset

KINDS: dict[str, type[Dataset]] = {
    "voc": VocDataset,
    "coco": CocoDataset,
    "rgbd": DepthDataset,
    "mini": DrawnPhotos,
    "rooms": DrawnRooms,
}
OF_SOME = (
    "mini",
    "rooms",
    "rgbd",
    "folder",
    "coco",
    "coco_download",
    "download",
    "data_root",
    "train_split",
)
"""the sections and settings that only some kinds of datasets read (`Dataset.reads`)"""


def dataset_of(config: Any) -> Dataset:
    """The dataset of a configuration."""
    return KINDS.get(config.dataset, FolderDataset)(config)
