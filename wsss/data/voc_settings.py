"""Settings of datasets in VOC layout."""

from typing import Literal

from wsss.run.settings import Settings


class IndexSettings(Settings):
    """Which photos train; choices are made on the split `tune`, a stratified fifth of them."""

    train_split: Literal["train", "trainaug"] = "train"
    """the list that every stage trains on; train scores are always taken on `train`"""
