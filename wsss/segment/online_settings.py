"""Settings of the labels that a single-stage network makes of its own class maps. They import no
torch.
"""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.crf.settings import CrfSettings
from wsss.run.settings import Scales, Settings
from wsss.training.settings import Share


class OnlineSettings(Settings):
    """Online labels (docs/methods.md#online-labels): class maps, sharpened by two dense CRFs, where
    both the maps and the CRFs are sure. The defaults are RRM's, but for `labels_after` and
    `refresh`.
    """

    labels_after: Share = 0.2
    """share of the training before the first labels, with the loss on tags alone; RRM has 0 and
    starts from a trained classifier"""
    tag_above: Share = 0.0
    """tags that the network gives a smaller probability in a crop are not found there: they have no
    sure pixel, and then none of the crop is sure to be background; 0 (RRM) finds all tags"""
    scales: Scales = (0.5, 1.0, 1.5, 2.0)
    """factors on the crop's size; the class maps of all scales are averaged"""
    refresh: PositiveInt = 4
    """labels of a photo are made at every so many-th time that it is seen, and remembered in
    between; 1 (published) makes them at every step"""
    memory_side: PositiveInt = 256
    """with refresh above 1: cells along each side of a photo, in which its labels are remembered"""
    crf: CrfSettings = CrfSettings()
    """the kernels of both dense CRFs"""
    crf_scale: float = Field(1.0, gt=0, le=1)
    """side of the crop for the dense CRFs, as a share of its own; their deviations in position
    shrink with it"""
    alpha_low: PositiveFloat = 4.0
    """power of the background in the CRF that finds the classes"""
    alpha_high: PositiveFloat = 32.0
    """power of the background in the CRF that finds the background; larger means less of it"""
    cam_above: Share = 0.1
    """pixels of a class are sure only where its map is above this"""
    cam_percentile: float = Field(60.0, ge=0, le=100)
    """of these pixels the share, in percent, that stays unsure: those of the lowest scores"""
    cam_background: Share = 0.8
    """pixels of background are sure where its score is above this"""
    crf_above: Share = 0.8
    """pixels are sure only where one of the CRFs gives background, or a class, at least this"""
    confidence: Literal["crf", "cam", "none"] = "crf"
    """how sure a label is, for losses that weight by it: the larger probability of both CRFs, the
    score of the class maps, or 1"""


class OnlineExportSettings(Settings):
    """The labels that a trained network makes of whole photos (docs/methods.md#online-labels), by
    the settings that it was trained with.
    """

    long_side: PositiveInt | None = None
    """pixels that a photo's longer side is resized to first; null keeps the photo's size"""
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    """arithmetic of the network; bfloat16 is faster on GPUs and on CPUs with AVX-512; other CPUs
    compute in float32 all the same"""
