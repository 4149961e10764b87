"""The dense CRF with depth as a further feature of the appearance kernel
(docs/methods.md#projection).

Pixels are alike where they are near each other, of one colour, and equally far away. The lattice of
this project has five features; pydensecrf takes any number of them.
"""

import numpy as np
import pydensecrf.densecrf as densecrf
from scipy import ndimage

from wsss.crf.photo import SMALLEST, resize_photo, size_within, with_row
from wsss.crf.settings import CrfSettings
from wsss.data.resize import resize_scores


def dense_crf_with_depth(
    photo: np.ndarray,
    depth: np.ndarray,
    scores: np.ndarray,
    deviation: float,
    settings: CrfSettings,
) -> np.ndarray:
    """Mean-field marginals, float32 (K, H, W), of scores (K, H, W) on a photo, uint8 (H, W, 3).

    `depth` (H, W) is in metres, and `deviation` is that of the kernel. A pixel without depth (0)
    takes that of the nearest one with depth. Photos above `most_pixels` are shrunk for the CRF.
    `backend` and `tolerance` are not read.
    """
    settings, full = with_row(settings), (photo.shape[0], photo.shape[1])
    size = size_within(*full, settings.most_pixels)
    depth = fill_depth(depth)
    if size != full:
        photo, scores = resize_photo(photo, size), resize_scores(scores, size)
        rows, columns = (np.arange(new) * old // new for new, old in zip(size, full))
        depth = depth[np.ix_(rows, columns)]
    marginals = _marginals(scores, _features(photo, depth, deviation, settings), settings)
    return marginals if size == full else resize_scores(marginals, full)


def _marginals(scores: np.ndarray, features: np.ndarray, settings: CrfSettings) -> np.ndarray:
    """The marginals, float32 (K, H, W), of scores for the features (6, H * W) of the pixels."""
    count, height, width = scores.shape
    field = densecrf.DenseCRF2D(width, height, count)
    field.setUnaryEnergy(_energy(scores))
    field.addPairwiseGaussian(sxy=settings.gaussian_xy, compat=settings.gaussian_weight)
    field.addPairwiseEnergy(features, compat=settings.bilateral_weight)
    marginals = np.array(field.inference(settings.iterations), np.float32)
    return marginals.reshape(count, height, width)


def _energy(scores: np.ndarray) -> np.ndarray:
    """The unary energies of scores (K, H, W), float32 (K, H * W)."""
    energy = -np.log(np.clip(scores, SMALLEST, None)).reshape(len(scores), -1)
    return np.ascontiguousarray(energy, np.float32)


def _features(
    photo: np.ndarray, depth: np.ndarray, deviation: float, settings: CrfSettings
) -> np.ndarray:
    """Place, colour and depth of all pixels by their deviations, float32 (6, H * W)."""
    rows, columns = np.mgrid[: photo.shape[0], : photo.shape[1]] / settings.bilateral_xy
    colours = photo.transpose(2, 0, 1) / settings.bilateral_rgb
    features = np.concatenate([rows[None], columns[None], colours, depth[None] / deviation])
    return np.ascontiguousarray(features.reshape(6, -1), np.float32)


def fill_depth(depth: np.ndarray) -> np.ndarray:
    """A depth map (H, W) in which pixels without depth (0) have that of the nearest one with."""
    missing = depth <= 0
    if missing.all() or not missing.any():
        return depth
    nearest = ndimage.distance_transform_edt(missing, return_distances=False, return_indices=True)
    filled: np.ndarray = depth[tuple(nearest)]
    return filled
