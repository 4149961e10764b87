"""What a maker of saliency maps gets of a photo."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from wsss.data.photo import Photo


@dataclass(frozen=True)
class SaliencyInput:
    """A photo and its pixels, uint8 (H, W, 3); for the makers that need one, the saliency network
    in eval mode.
    """

    photo: Photo
    pixels: np.ndarray
    network: Any
    device: torch.device

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[0], self.pixels.shape[1]
