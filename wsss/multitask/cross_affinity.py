"""AuxSegNet's update between two rounds (ICCV 2021; docs/methods.md#auxsegnet): class maps and
saliency of a photo, at one scale, refined by the affinity that the network has learned.
"""

import numpy as np
import torch
from torch import Tensor

from wsss.crf.photo import dense_crf
from wsss.data.maps import ScoreMap
from wsss.multitask.auxsegnet_network import AuxSegNetwork, Seen
from wsss.multitask.cross_affinity_settings import CrossAffinitySettings
from wsss.multitask.update_input import Updated, UpdateInput
from wsss.nets.multiscale import photo_tensor
from wsss.nets.precision import inference_precision
from wsss.nets.resize import resize_maps
from wsss.run.errors import UserError

EPSILON = 1e-5
"""keeps the division by a map's maximum finite"""


@torch.no_grad()
def update_maps(photo: UpdateInput, settings: CrossAffinitySettings) -> Updated:
    """The refined class maps of a photo for its tags, and its new saliency.

    The maps of a photo without tags have 0 channels. UserError for a network without class maps or
    without saliency.
    """
    image = photo_tensor(photo.pixels, photo.device, settings.long_side)
    with inference_precision(photo.device, settings.precision):
        seen = photo.network.see(image)
        maps = refine_class_maps(photo.network, seen, photo.tags, settings.rescale)
    size = (photo.pixels.shape[0], photo.pixels.shape[1])
    item = ScoreMap("cam", np.array(photo.tags, np.int64), maps.cpu().numpy(), size)
    if "saliency" not in seen.masks:
        raise UserError(
            "the network predicts no saliency, as it was trained without that task; set "
            "multitask.auxsegnet.saliency_weight above 0"
        )
    predicted = seen.masks["saliency"].best.float().sigmoid()
    full = resize_maps(predicted, size)[0, 0].cpu().numpy()
    return Updated(item, update_saliency(photo.pixels, full, photo.original, settings))


def refine_class_maps(
    network: AuxSegNetwork, seen: Seen, tags: tuple[int, ...], rescale: bool
) -> Tensor:
    """A M, float32 (K, h, w), for the class maps M of a photo's tags, cut at 0 and divided by their
    maximum, and the network's affinity A. Without an affinity it is M.
    """
    maps = network.class_maps(seen).float()[:, [tag - 1 for tag in tags]]
    maps = divide_by_maximum(maps.relu())
    if not tags:
        return maps[0]
    refined = network.refine(seen.embeddings, maps)
    refined = maps if refined is None else refined
    return (divide_by_maximum(refined) if rescale else refined)[0]


def divide_by_maximum(maps: Tensor) -> Tensor:
    """Maps (N, K, h, w) from 0, each divided by its maximum."""
    return maps / (maps.amax(dim=(2, 3), keepdim=True) + EPSILON)


def update_saliency(
    pixels: np.ndarray,
    predicted: np.ndarray,
    original: np.ndarray,
    settings: CrossAffinitySettings,
) -> np.ndarray:
    """The mean of a predicted and the original saliency, float (H, W) in 0..1, sharpened by a CRF
    on the photo, uint8 (H, W, 3): float32 (H, W) in 0..1.

    The energy of a label of probability p is -log p / (tau sigmoid(p)), which widens the gap
    between the two labels.
    """
    share = settings.original_share
    mean: np.ndarray = ((1 - share) * predicted + share * original).clip(0, 1)
    mean = mean.astype(np.float32)
    if settings.iterations == 0 and settings.row == "own":
        return mean
    both = np.stack([1 - mean, mean])
    tempered = both ** ((1 + np.exp(-both)) / settings.temperature)
    salient: np.ndarray = dense_crf(pixels, tempered, settings)[1]
    return salient
