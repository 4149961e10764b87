"""The input of the methods that make saliency maps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from wsss.data.photo import Photo


@dataclass(frozen=True)
class SaliencyInput:
    """One photo, and the network if the method has one."""

    photo: Photo
    pixels: np.ndarray
    """uint8 (H, W, 3)"""
    network: Any
    """the saliency network in eval mode; None for methods without one"""
    device: torch.device
    """the device of the network"""

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) in pixels."""
        return self.pixels.shape[0], self.pixels.shape[1]
