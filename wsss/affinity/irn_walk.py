"""IRNet's random walk (docs/methods.md#irnet): maps spread to cells that no boundary separates from
them.
"""

import numpy as np
import torch
from torch import Tensor

from wsss.affinity.irn import Irn
from wsss.affinity.random_walk import walk
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
    """The `prob` map of a photo (uint8 (H, W, 3)) after the walk. A cell is 4 x 4 pixels (after
    long_side).

    After the walk, the scores of a `cam` map are divided by their largest value at the photo's
    size, and a constant background is added. The background of a `prob` map walks with its classes.
    """
    image = photo_tensor(photo, device, settings.long_side)
    boundary, _ = predict_boundaries(affinity, image, settings)
    covered = affinity.network.trunk.covered(image, CELL)
    grid = (boundary.shape[0], boundary.shape[1])
    scores = torch.from_numpy(upsample(item, grid, covered)).to(device)
    walked, labels = spread(scores, boundary, settings).cpu().numpy(), item.labels
    if item.kind == "cam":
        walked = add_constant(walked, settings.background, item.size, covered)
        labels = np.concatenate([[0], labels])
    return ScoreMap("prob", labels, walked, item.size, covered)


def add_constant(
    walked: np.ndarray,
    background: float,
    size: tuple[int, int],
    covered: tuple[float, float] | None,
) -> np.ndarray:
    """Scores (K + 1, h, w): a constant background, then the walked scores (K, h, w), divided by
    the largest value that they have at the photo's `size`.

    The photo takes `covered` rows and columns of the grid (None: all).
    """
    constant = np.full((1, *walked.shape[1:]), background, np.float32)
    largest = resize_scores(walked, size, covered).max(initial=1e-8)
    return np.concatenate([constant, walked / largest])


def predict_boundaries(
    affinity: Irn, image: Tensor, settings: IrnWalkSettings
) -> tuple[Tensor, Tensor]:
    """Boundaries (h, w) in 0..1 and displacements (2, h, w) of an image (1, 3, H, W).

    The boundary logits are the mean of the image's and its mirror image's. The displacements are
    the image's alone, less the network's mean displacement.
    """
    with inference_precision(image.device, settings.precision):
        logits, displacement = affinity.network(torch.cat([image, image.flip(3)]))
    boundary = ((logits[0] + logits[1].flip(1)).float() / 2).sigmoid()
    return boundary, displacement[0].float() - affinity.network.mean_displacement


def spread(scores: Tensor, boundary: Tensor, settings: IrnWalkSettings) -> Tensor:
    """Scores (K, h, w) after the walk, which starts from scores * (1 - boundary); `boundary` is
    (h, w).
    """
    if not len(scores):
        return scores
    weights = path_affinities(boundary[None], settings.radius)[0].clamp(min=0) ** settings.beta
    return walk(scores * (1 - boundary), weights, settings.radius, 2**settings.log_steps)
