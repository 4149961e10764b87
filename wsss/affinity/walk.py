"""The random walk of PSA on a sparse matrix: maps spread to cells that belong together (methods.md 6, stage D).

One step replaces a cell's scores by the mean of its neighbours', weighted by affinity^beta. 2^log_steps steps are that
many products of a sparse matrix with the maps, which equals squaring the dense matrix and needs none.
"""

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from wsss.affinity.pairs import neighbours, pair_distances
from wsss.affinity.psa import Psa
from wsss.affinity.walk_settings import WalkSettings
from wsss.data.maps import ScoreMap
from wsss.labels.background import power_background, upsampled
from wsss.nets.multiscale import photo_tensor
from wsss.nets.precision import inference_precision


@torch.no_grad()
def walked_maps(affinity: Psa, photo: np.ndarray, item: ScoreMap, settings: WalkSettings,
                device: torch.device) -> ScoreMap:
    """The `prob` map of a photo (uint8 (H, W, 3)) after the walk, on the affinities' grid."""
    with inference_precision(device, settings.precision):
        features = affinity.network(photo_tensor(photo, device, settings.long_side)).float()
    size = (features.shape[2], features.shape[3])
    scores, labels = upsampled(item, size), item.labels
    if item.kind == "cam":
        scores = np.concatenate([power_background(scores, settings.alpha), scores])
        labels = np.concatenate([[0], labels])
    walked = walk(scores, transition(features, affinity.settings.radius, settings.beta), 2**settings.log_steps)
    return ScoreMap("prob", labels, (walked / (walked.sum(axis=0) + 1e-8)).astype(np.float32), item.size)


def transition(features: Tensor, radius: int, beta: float) -> sparse.csr_matrix:
    """Rows that sum to 1, (n, n): affinity^beta between cells nearer than `radius`, 1 to itself. `features` (1, D, h, w)."""
    height, width = features.shape[2:]
    cells = np.arange(height * width)
    other = neighbours(torch.from_numpy(cells.reshape(1, height, width)), radius, -1)[0].flatten(1).numpy()
    affinity = torch.exp(-beta * pair_distances(features, radius))[0].flatten(1).cpu().numpy()
    offset, i = np.nonzero(other >= 0)
    j, a = other[offset, i], affinity[offset, i]
    rows, columns, values = [cells, i, j], [cells, j, i], [np.ones(cells.size, np.float32), a, a]
    index = (np.concatenate(rows), np.concatenate(columns))
    matrix = sparse.csr_matrix((np.concatenate(values), index), shape=(cells.size, cells.size))
    return sparse.diags(1 / np.asarray(matrix.sum(axis=1)).ravel()).astype(np.float32) @ matrix


def walk(scores: np.ndarray, matrix: sparse.csr_matrix, steps: int) -> np.ndarray:
    """Scores (K, h, w) after so many steps."""
    x = np.ascontiguousarray(scores.reshape(len(scores), -1).T, dtype=np.float32)
    for _ in range(steps):
        x = matrix @ x
    return np.ascontiguousarray(x.T).reshape(scores.shape)
