"""Settings that all affinity trainings share."""

from typing import Literal

from pydantic import PositiveInt

from wsss.training.settings import Range, Share, TrainingSettings


class AffinitySettings(TrainingSettings):
    """Learns from confident areas which nearby pixels belong together (docs/methods.md#psa,
    docs/methods.md#irnet).
    """

    output_stride: Literal[8, 16, 32] = 8
    """input pixels per cell of the last feature map; PSA's affinities lie on this grid, IRNet's on
    one of 4 pixels per cell"""
    long_side: Range = (500, 500)
    """each photo is resized so that its longer side is random in this range, in pixels"""
    jitter: Share = 0.3
    """strength of brightness, contrast and saturation jitter; hue gets a third of it; 0 turns it
    off"""
    batch: PositiveInt = 8
    """photos per step"""
    edge_pairs: bool = True
    """whether cells of the last rows, of the first and of the last columns have pairs with all
    neighbours; published: false, they are only neighbours of other cells"""
