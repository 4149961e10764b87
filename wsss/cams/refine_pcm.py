"""Refined CAMs as in SEAM: the pixel correlation module refines the maps of each scale, and the
refined maps are summed.
"""

import torch
from torch import Tensor

from wsss.cams.export import export_maps
from wsss.cams.refine_pcm_settings import PcmSettings
from wsss.cams.refiner_input import RefinerInput
from wsss.data.maps import ScoreMap


def refine_maps(photo: RefinerInput, settings: PcmSettings) -> ScoreMap:
    """The refined `cam` map of a photo for its tags.

    The features that are compared are the network's `affinity_features`: learned ones of SEAM, the
    trunk's taps of other classifiers.
    """
    network = photo.network
    mask = None
    if settings.mask_absent:
        mask = torch.zeros(1, network.classes, device=photo.device)
        mask[0, [tag - 1 for tag in photo.tags]] = 1

    def forward(images: Tensor) -> Tensor:
        """Refined maps (n, C, h, w), without background."""
        maps, features = network(images)
        return network.refined(images, maps, features, mask)[:, 1:]

    return export_maps(photo.pixels, photo.tags, photo.export, photo.device, forward)
