"""Settings of datasets in VOC layout."""

from typing import Literal

from wsss.run.settings import Settings


class IndexSettings(Settings):
    """Which photos are trained on. Settings are chosen on the split `tune`, a fifth of them."""

    train_split: Literal["train", "trainaug"] = "train"
    """the list that every step trains on; scores on training photos are always those on `train`"""
