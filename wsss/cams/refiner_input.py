"""What every refiner of class maps gets of a photo."""

from dataclasses import dataclass

import numpy as np
import torch

from wsss.cams.settings import ExportSettings
from wsss.classify.network import CamNetwork
from wsss.data.maps import ScoreMap


@dataclass(frozen=True)
class RefinerInput:
    """A photo (uint8 (H, W, 3)) and its tags, the classifier and the settings of its export, and
    its exported maps.

    A refiner names in its registry entry whether it `reads` the exported maps; `maps` is None for
    one that does not.
    """

    pixels: np.ndarray
    tags: tuple[int, ...]
    network: CamNetwork
    export: ExportSettings
    device: torch.device
    maps: ScoreMap | None = None
