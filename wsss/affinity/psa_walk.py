"""PSA's random walk (docs/methods.md#psa): maps and their background spread between cells with
similar features.
"""

import numpy as np
import torch

from wsss.affinity.psa import Psa
from wsss.affinity.random_walk import walk
from wsss.affinity.walk_settings import PsaWalkSettings
from wsss.data.backgrounds import power_background, upsample
from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import photo_tensor
from wsss.nets.pairs import inner_cells, pair_distances
from wsss.nets.precision import inference_precision


@torch.no_grad()
def walk_psa(
    affinity: Psa,
    photo: np.ndarray,
    item: ScoreMap,
    settings: PsaWalkSettings,
    device: torch.device,
) -> ScoreMap:
    """The `prob` map of a photo (uint8 (H, W, 3)) after the walk, on the grid of the affinities.

    A `cam` map first gets the background (1 - max)^alpha, which walks too.
    """
    image = photo_tensor(photo, device, settings.long_side)
    with inference_precision(device, settings.precision):
        features = affinity.network(image).float()
    radius = affinity.settings.radius
    weights = torch.exp(-settings.beta * pair_distances(features, radius))[0]
    if not affinity.settings.edge_pairs:
        weights = weights * inner_cells((weights.shape[1], weights.shape[2]), radius).to(device)
    covered = affinity.network.trunk.covered(image, affinity.settings.output_stride)
    scores = upsample(item, (features.shape[2], features.shape[3]), covered)
    labels = item.labels
    if item.kind == "cam":
        scores = np.concatenate([power_background(scores, settings.alpha), scores])
        labels = np.concatenate([[0], labels])
    start = torch.from_numpy(scores).to(device)
    walked = walk(start, weights, radius, 2**settings.log_steps).cpu().numpy()
    return ScoreMap("prob", labels, walked, item.size, covered)
