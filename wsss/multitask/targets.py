"""The targets of a network of several tasks: labels, and saliency."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wsss.data.images import IGNORE
from wsss.data.photo import Photo
from wsss.training.targets import LABELS, Target

SALIENCY = "saliency"
"""name of the target with saliency maps, uint8 of 0..254, IGNORE around the photo"""


def make_targets(
    labels: Target, load: Callable[[Photo], np.ndarray], padding: str
) -> dict[str, Target]:
    """The targets, for the one of label maps and a function that loads the saliency map of a photo,
    uint8 (H, W). `padding` is that of the settings: ignore or background.

    Saliency is resized as a grey picture. The value IGNORE is kept free for the padding, so a
    saliency of 255 becomes 254.
    """
    fill = IGNORE if padding == "ignore" else 0

    def load_levels(photo: Photo) -> np.ndarray:
        levels: np.ndarray = np.minimum(load(photo), IGNORE - 1)
        return levels

    saliency = Target(load_levels, fill, resize="bilinear")
    return {LABELS: replace(labels, fill=fill), SALIENCY: saliency}
