"""Saliency by contrast with the background, without any training (W. Zhu et al., Saliency
Optimization from Robust Background Detection, CVPR 2014).

The photo is cut into n regions. A region is background if much of the area that paths of little
colour change connect to it lies at the photo's border (boundary connectivity). A region is salient
if it differs from the background regions near it. Least squares combine both cues.
"""

import numpy as np
from scipy.ndimage import mean as mean_by_label
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import cdist
from skimage.color import rgb2lab
from skimage.filters import threshold_otsu
from skimage.segmentation import slic
from skimage.transform import resize

from wsss.data.regions import neighbours
from wsss.saliency.contrast_settings import ContrastSettings
from wsss.saliency.inputs import SaliencyInput

LEAST_SMOOTHING = 0.1
"""added to the weight of each pair of neighbours, so that regions without cues are smoothed too"""


def contrast_saliency(item: SaliencyInput, settings: ContrastSettings) -> np.ndarray:
    """The saliency of a photo, float32 (H, W) in 0..1; 0 if the whole photo is one region."""
    factor = min(1.0, settings.long_side / max(item.size))
    small = resize(
        item.pixels, [max(1, round(side * factor)) for side in item.size], anti_aliasing=factor < 1
    )
    regions = slic(small, settings.superpixels, settings.compactness, start_label=0, channel_axis=2)
    saliency = region_saliency(rgb2lab(small), regions, settings)
    whole: np.ndarray = resize(saliency[regions], item.size, order=1)
    return whole.clip(0, 1).astype(np.float32)


def region_saliency(lab: np.ndarray, regions: np.ndarray, settings: ContrastSettings) -> np.ndarray:
    """The saliency of each region, (n,) in 0..1.

    `lab` is the photo in CIE Lab (H, W, 3), `regions` the region id of each pixel (H, W), 0..n-1.
    """
    count = int(regions.max()) + 1
    colours = mean_by_region(np.moveaxis(lab, 2, 0), regions, count)
    centres = mean_by_region(np.indices(regions.shape), regions, count)
    difference = cdist(colours, colours)
    border = on_border(regions, count)
    pairs = neighbours(regions)
    background = background_share(difference, pairs, border, settings)
    near = likeness(cdist(centres, centres) / max(regions.shape), settings.space_sigma)
    contrast = (difference * near) @ background
    contrast = (contrast - contrast.min()) / max(float(np.ptp(contrast)), 1e-9)
    contrast = np.where(contrast < threshold_otsu(contrast), 0, contrast)
    saliency = solve_saliency(
        contrast,
        settings.background_weight * background,
        likeness(difference, settings.colour_sigma),
        pairs,
    )
    scaled: np.ndarray = (saliency - saliency.min()) / max(float(np.ptp(saliency)), 1e-9)
    return scaled


def mean_by_region(channels: np.ndarray, regions: np.ndarray, count: int) -> np.ndarray:
    """The mean of each of `channels` (c, H, W) in each of `count` regions, (n, c)."""
    means = [mean_by_label(channel, regions, np.arange(count)) for channel in channels]
    return np.stack(means, axis=1)


def background_share(
    difference: np.ndarray, pairs: np.ndarray, border: np.ndarray, settings: ContrastSettings
) -> np.ndarray:
    """The probability of background of each region, (n,) in 0..1, by its boundary connectivity.

    `difference` (n, n) are colour distances, `pairs` (2, m) the pairs of neighbours, and `border`,
    bool (n,), says which regions touch the photo's border. Those also count as neighbours of each
    other. The length of a path is the sum of colour distances along it, each minus the usual one.
    """
    outer = np.flatnonzero(border)
    ring = outer[np.stack(np.triu_indices(len(outer), k=1))]
    first, second = np.unique(np.concatenate([pairs, ring], axis=1), axis=1)
    smallest = np.full(len(border), np.inf)
    np.minimum.at(smallest, first, difference[first, second])
    np.minimum.at(smallest, second, difference[first, second])
    # the mean distance of a region to its most similar neighbour, which costs nothing
    usual = smallest[np.isfinite(smallest)].mean() if len(first) else 0.0
    # a sparse graph has no edges of length 0
    lengths = np.maximum(difference[first, second] - usual, 0) + 1e-6
    graph = coo_matrix((lengths, (first, second)), difference.shape).tocsr()
    extent = likeness(shortest_path(graph, directed=False), settings.colour_sigma)
    connectivity = extent[:, border].sum(axis=1) / np.sqrt(extent.sum(axis=1))
    return 1 - likeness(connectivity, settings.border_sigma)


def solve_saliency(
    contrast: np.ndarray, background: np.ndarray, similar: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """The saliency s (n,), clipped to 0..1, that minimises

    sum_i background_i s_i^2 + sum_i contrast_i (s_i - 1)^2 + sum over pairs w_ij (s_i - s_j)^2,

    with w_ij = similar_ij + LEAST_SMOOTHING; `similar` is (n, n), `pairs` (2, m).
    """
    first, second = pairs
    weights = np.zeros_like(similar)
    weights[first, second] = similar[first, second] + LEAST_SMOOTHING
    weights = np.maximum(weights, weights.T)
    system = np.diag(background + contrast + weights.sum(axis=1) + 1e-9) - weights
    return np.linalg.solve(system, contrast).clip(0, 1)


def likeness(distance: np.ndarray, sigma: float) -> np.ndarray:
    """The similarity exp(-d^2 / (2 sigma^2)) for distances d."""
    return np.exp(-(distance**2) / (2 * sigma**2))


def on_border(regions: np.ndarray, count: int) -> np.ndarray:
    """Which of `count` regions touch the photo's border, bool (n,); `regions` are ids (H, W)."""
    border = np.zeros(count, bool)
    for edge in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        border[edge] = True
    return border
