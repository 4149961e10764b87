"""Settings of affinity trainings."""

from typing import Literal

from pydantic import PositiveInt

from wsss.training.settings import Range, Share, TrainingSettings


class AffinitySettings(TrainingSettings):
    """PSA (CVPR 2018; methods.md 6): which nearby pixels belong together, learned from sure areas."""

    radius: PositiveInt = 5
    """pairs of cells nearer than this are compared"""
    train_trunk: bool = True
    """whether the trunk learns too; false trains the affinity layers on fixed features"""
    output_stride: Literal[8, 16, 32] = 8
    """input pixels per cell of the affinities"""
    long_side: Range = (500, 500)
    """each photo is resized so that its longer side is drawn from this range, in pixels"""
    jitter: Share = 0.3
    """strength of brightness, contrast and saturation jitter; hue gets a third of it; 0 turns it off"""
    batch: PositiveInt = 8
    """photos a step"""
