"""IRNet's random walk (docs/methods.md#irnet): maps spread to cells that no boundary separates from
them.
"""

import numpy as np
import torch
from torch import Tensor

from wsss.affinity.irn import Irn
from wsss.affinity.steps import walk
from wsss.affinity.walk_settings import IrnWalkSettings
from wsss.data.backgrounds import upsample
from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import photo_tensor
from wsss.nets.paths import path_affinities
from wsss.nets.precision import inference_precision


@torch.no_grad()
def walk_irn(
    affinity: Irn,
    photo: np.ndarray,
    item: ScoreMap,
    settings: IrnWalkSettings,
    device: torch.device,
) -> ScoreMap:
    """The `prob` map of a photo (uint8 (H, W, 3)) after the walk, a cell for 4 x 4 pixels (after
    long_side).

    The scores of a `cam` map are divided by their largest value after the walk, then the constant
    background joins; a `prob` map's own background walks with its classes.
    """
    boundary, _ = predict_boundaries(affinity, photo, settings, device)
    scores = torch.from_numpy(upsample(item, (boundary.shape[0], boundary.shape[1]))).to(device)
    walked, labels = spread(scores, boundary, settings), item.labels
    if item.kind == "cam":
        background = torch.full_like(boundary[None], settings.background)
        walked = (
            torch.cat([background, walked / walked.amax().clamp(min=1e-8)])
            if len(labels)
            else background
        )
        labels = np.concatenate([[0], labels])
    return ScoreMap("prob", labels, (walked / (walked.sum(dim=0) + 1e-8)).cpu().numpy(), item.size)


def predict_boundaries(
    affinity: Irn, photo: np.ndarray, settings: IrnWalkSettings, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Boundaries (h, w) in 0..1, averaged with the mirror image's before the sigmoid, and
    displacements (2, h, w).
    """
    image = photo_tensor(photo, device, settings.long_side)
    with inference_precision(device, settings.precision):
        logits, displacement = affinity.network(torch.cat([image, image.flip(3)]))
    boundary = ((logits[0] + logits[1].flip(1)).float() / 2).sigmoid()
    return boundary, displacement[0].float() - affinity.network.mean_displacement


def spread(scores: Tensor, boundary: Tensor, settings: IrnWalkSettings) -> Tensor:
    """Scores (K, h, w), cut down at boundaries (h, w), after the walk."""
    weights = path_affinities(boundary[None], settings.radius)[0].clamp(min=0) ** settings.beta
    return (
        walk(scores * (1 - boundary), weights, settings.radius, 2**settings.log_steps)
        if len(scores)
        else scores
    )
