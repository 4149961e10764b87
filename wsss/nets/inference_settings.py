"""Settings of every stage that runs a trained network over whole photos."""

from typing import Literal

from pydantic import PositiveInt

from wsss.run.settings import Scales, Settings


class InferenceSettings(Settings):
    """How a trained network sees a photo."""

    long_side: PositiveInt | None = None
    """photos are resized to this longer side first; null takes them as they are"""
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    """arithmetic of the network; bfloat16 is faster on GPUs and on processors with AVX-512; all
    others compute in float32"""


class MultiScaleSettings(InferenceSettings):
    """A photo at several scales and mirrored."""

    scales: Scales = (0.5, 1.0, 1.5, 2.0)
    """factors on the photo's size (after long_side) whose results are added"""
    flip: bool = True
    """add the mirror image at each scale"""
