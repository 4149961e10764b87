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
from wsss.data.resize import resize_scores
from wsss.nets.multiscale import photo_tensor
from wsss.nets.paths import path_affinities
from wsss.nets.precision import inference_precision

CELL = 4
"""pixels of the photo (after long_side) to a cell of the walk"""


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

    The scores of a `cam` map are divided by their largest value at the photo's size after the walk,
    then the constant background joins; a `prob` map's own background walks with its classes.
    """
    image = photo_tensor(photo, device, settings.long_side)
    boundary, _ = predict_boundaries(affinity, image, settings)
    covered = (image.shape[2] / CELL, image.shape[3] / CELL)
    grid = (boundary.shape[0], boundary.shape[1])
    scores = torch.from_numpy(upsample(item, grid, covered)).to(device)
    walked, labels = spread(scores, boundary, settings).cpu().numpy(), item.labels
    if item.kind == "cam":
        walked = add_constant(walked, settings.background, item.size, covered)
        labels = np.concatenate([[0], labels])
    return ScoreMap("prob", labels, walked, item.size, covered)


def add_constant(
    walked: np.ndarray, background: float, size: tuple[int, int], covered: tuple[float, float]
) -> np.ndarray:
    """Scores (K, h, w) whose largest value at the photo's `size` is 1, behind a constant
    background: (K + 1, h, w).
    """
    constant = np.full((1, *walked.shape[1:]), background, np.float32)
    largest = resize_scores(walked, size, covered).max(initial=1e-8)
    return np.concatenate([constant, walked / largest])


def predict_boundaries(
    affinity: Irn, image: Tensor, settings: IrnWalkSettings
) -> tuple[Tensor, Tensor]:
    """Of an image (1, 3, H, W) boundaries (h, w) in 0..1, averaged with the mirror image's before
    the sigmoid, and displacements (2, h, w).
    """
    with inference_precision(image.device, settings.precision):
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
