"""Settings of datasets in VOC layout."""

from typing import Literal

from wsss.run.settings import Settings


class IndexSettings(Settings):
    """Which photos train, and the draw of the split `tune` that choices are made on."""

    train_split: Literal["train", "trainaug"] = "train"
    """the list that every stage trains on; train scores are always taken on `train`"""
    seed: int = 0
    """seed of the draw of `tune`, a stratified fifth of train_split"""
