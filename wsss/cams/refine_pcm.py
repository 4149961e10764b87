"""Refined class maps: the pixel correlation module runs at the end of every scale's forward pass,
and then the scales are summed.
"""

import torch
from torch import Tensor

from wsss.cams.export import export_maps
from wsss.cams.refine_pcm_settings import PcmSettings
from wsss.cams.refiner_input import RefinerInput
from wsss.data.maps import ScoreMap


def refine_maps(photo: RefinerInput, settings: PcmSettings) -> ScoreMap:
    """The refined `cam` map of a photo for its tags.

    SEAM compares pixels by what it learned, others by the trunk's taps.
    """
    network = photo.network
    mask = None
    if settings.mask_absent:
        mask = torch.zeros(1, network.head.out_channels, device=photo.device)
        mask[0, [t - 1 for t in photo.tags]] = 1

    def forward(images: Tensor) -> Tensor:
        maps, features = network(images)
        return network.refined(images, maps, features, mask)[:, 1:]

    return export_maps(photo.pixels, photo.tags, photo.export, photo.device, forward)
