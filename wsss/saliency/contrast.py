"""Saliency by contrast with the background, without any training (W. Zhu et al., Saliency
Optimization from Robust Background Detection, CVPR 2014).

A region is background if much of its extent, measured along paths of little colour change, lies on
the photo's border. A region is salient if it differs from background regions around it. Both cues
are weighed by least squares.
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

from wsss.saliency.contrast_settings import ContrastSettings
from wsss.saliency.inputs import SaliencyInput

LEAST_SMOOTHING = 0.1


def contrast_saliency(item: SaliencyInput, settings: ContrastSettings) -> np.ndarray:
    """Saliency of a photo, float32 (H, W) in 0..1; 0 everywhere when the photo is one region."""
    factor = min(1.0, settings.long_side / max(item.size))
    small = resize(
        item.pixels, [max(1, round(side * factor)) for side in item.size], anti_aliasing=factor < 1
    )
    regions = slic(small, settings.superpixels, settings.compactness, start_label=0, channel_axis=2)
    saliency = region_saliency(rgb2lab(small), regions, settings)
    whole: np.ndarray = resize(saliency[regions], item.size, order=1)
    return whole.clip(0, 1).astype(np.float32)


def region_saliency(lab: np.ndarray, regions: np.ndarray, settings: ContrastSettings) -> np.ndarray:
    """Saliency 0..1 of each region, (n,), of a photo in CIE Lab (H, W, 3) and its region numbers
    (H, W).
    """
    count = int(regions.max()) + 1
    colours = np.stack(
        [mean_by_label(lab[..., c], regions, np.arange(count)) for c in range(3)], axis=1
    )
    places = np.stack(
        [mean_by_label(axis, regions, np.arange(count)) for axis in np.indices(regions.shape)],
        axis=1,
    )
    difference = cdist(colours, colours)
    border = on_border(regions, count)
    pairs = neighbours(regions)
    background = background_share(difference, pairs, border, settings)
    near = likeness(cdist(places, places) / max(regions.shape), settings.space_sigma)
    contrast = (difference * near) @ background
    contrast = (contrast - contrast.min()) / max(float(np.ptp(contrast)), 1e-9)
    contrast = np.where(contrast < threshold_otsu(contrast), 0, contrast)
    saliency = solve_saliency(
        contrast,
        settings.background_weight * background,
        likeness(difference, settings.colour_sigma),
        pairs,
    )
    return (saliency - saliency.min()) / max(float(np.ptp(saliency)), 1e-9)  # type: ignore[no-any-return]


def background_share(
    difference: np.ndarray, pairs: np.ndarray, border: np.ndarray, settings: ContrastSettings
) -> np.ndarray:
    """How surely each region is background, (n,) in 0..1, from its border connectivity.

    `difference` (n, n) are colour distances, `pairs` (2, m) the neighbours, `border` bool (n,).
    """
    outer = np.flatnonzero(border)
    ring = outer[np.stack(np.triu_indices(len(outer), k=1))]
    first, second = np.unique(np.concatenate([pairs, ring], axis=1), axis=1)
    smallest = np.full(len(border), np.inf)
    np.minimum.at(smallest, first, difference[first, second])
    np.minimum.at(smallest, second, difference[first, second])
    usual = (
        smallest[np.isfinite(smallest)].mean() if len(first) else 0.0
    )  # what neighbours differ by anyway costs nothing
    steps = (
        np.maximum(difference[first, second] - usual, 0) + 1e-6
    )  # an edge of weight 0 would be none
    graph = coo_matrix((steps, (first, second)), difference.shape).tocsr()
    extent = likeness(shortest_path(graph, directed=False), settings.colour_sigma)
    connectivity = extent[:, border].sum(axis=1) / np.sqrt(extent.sum(axis=1))
    return 1 - likeness(connectivity, settings.border_sigma)


def solve_saliency(
    contrast: np.ndarray, background: np.ndarray, similar: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """The saliency s (n,) that minimises sum background s^2 + sum contrast (s - 1)^2 + sum over
    pairs w (s_i - s_j)^2.
    """
    first, second = pairs
    weights = np.zeros_like(similar)
    weights[first, second] = similar[first, second] + LEAST_SMOOTHING
    weights = np.maximum(weights, weights.T)
    system = np.diag(background + contrast + weights.sum(axis=1) + 1e-9) - weights
    return np.linalg.solve(system, contrast).clip(0, 1)


def likeness(distance: np.ndarray, sigma: float) -> np.ndarray:
    """exp(-d^2 / 2 sigma^2)."""
    return np.exp(-(distance**2) / (2 * sigma**2))


def neighbours(regions: np.ndarray) -> np.ndarray:
    """The pairs of regions that touch, each once, (2, m)."""
    sides = [(regions[:, :-1], regions[:, 1:]), (regions[:-1], regions[1:])]
    pairs = np.concatenate([np.stack([a[a != b], b[a != b]], axis=1) for a, b in sides])
    return np.unique(np.sort(pairs, axis=1), axis=0).T


def on_border(regions: np.ndarray, count: int) -> np.ndarray:
    """Which regions touch the photo's border, bool (n,)."""
    border = np.zeros(count, bool)
    for edge in (regions[0], regions[-1], regions[:, 0], regions[:, -1]):
        border[edge] = True
    return border
