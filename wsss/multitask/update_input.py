"""The input and the output of the methods that update class maps and saliency, for one photo."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from wsss.data.maps import ScoreMap


@dataclass(frozen=True)
class UpdateInput:
    """A photo, its original saliency, and the network."""

    pixels: np.ndarray
    """uint8 (H, W, 3)"""
    tags: tuple[int, ...]
    """label ids, from 1"""
    original: np.ndarray
    """the saliency before any round, float32 (H, W) in 0..1"""
    network: Any
    """in eval mode on `device`"""
    device: torch.device


class Updated(NamedTuple):
    """The maps of a photo that the next round learns from."""

    maps: ScoreMap
    """the `cam` map of its tags"""
    saliency: np.ndarray
    """float32 (H, W) in 0..1"""
