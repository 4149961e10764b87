"""Settings of every stage that runs a trained network over whole photos."""

from typing import Literal

from pydantic import PositiveInt

from wsss.run.settings import Scales, Settings

MOST_PIXELS = 1 << 24
"""most pixels of a network's input; its features take 100 bytes a pixel or more"""


class InferenceSettings(Settings):
    """The photo's size and the arithmetic with which a trained network runs."""

    long_side: PositiveInt | None = None
    """pixels that a photo's longer side is resized to first; null keeps the photo's size"""
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    """arithmetic of the network; bfloat16 is faster on GPUs and on CPUs with AVX-512; other CPUs
    compute in float32 all the same"""


class MultiScaleSettings(InferenceSettings):
    """Inference at several scales and mirrored."""

    scales: Scales = (0.5, 1.0, 1.5, 2.0)
    """factors on the photo's size (after long_side); the maps of all scales are added"""
    flip: bool = True
    """add the maps of the mirror image at each scale"""
