"""Settings of the saliency network: its training photos, and its training."""

from pydantic import NonNegativeInt, PositiveInt

from wsss.run.settings import Settings, UserPath
from wsss.segment.settings import DeepLabSettings
from wsss.training.settings import Range


class SaliencyPhotosSettings(Settings):
    """Photos with saliency masks from elsewhere, such as ECSSD or DUTS, to train the network on."""

    photos: UserPath | None = None
    """folder of training photos"""
    masks: UserPath | None = None
    """folder of their masks, one for each photo by the same name: bright where salient, or not 0
    in a mask of values"""
    held_out: PositiveInt = 100
    """number of photos that are not trained on; the network is scored on them"""
    hash_distance: NonNegativeInt = 8
    """a photo is left out if its perceptual hash differs from that of a photo of the dataset in at
    most this many of 64 bits"""
    seed: int = 0
    """seed of the choice of the held-out photos; the top-level seed unless set here"""


class SaliencyNetSettings(DeepLabSettings):
    """A DeepLab with one class, trained on photos with saliency masks from elsewhere."""

    crop: PositiveInt = 320
    """side of the square training crop in pixels"""
    long_side: Range = (280, 440)
    """each photo is resized to a longer side sampled from this range, in pixels"""
    epochs: PositiveInt = 20
    """passes over the training photos"""
