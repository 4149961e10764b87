"""The input of every refiner of class maps, for one photo."""

from dataclasses import dataclass

import numpy as np
import torch

from wsss.cams.settings import ExportSettings
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap


@dataclass(frozen=True)
class RefinerInput:
    """A photo, the classifier, and the photo's exported maps."""

    pixels: np.ndarray
    """uint8 (H, W, 3)"""
    tags: tuple[int, ...]
    """label ids, from 1"""
    network: CamNetwork
    """the classifier, in eval mode on `device`"""
    export: ExportSettings
    """settings of the CAM export"""
    device: torch.device
    maps: ScoreMap | None = None
    """the exported maps; None unless the refiner's registry entry has reads=("maps",)"""
