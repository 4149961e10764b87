"""The dense CRF of Kraehenbuehl and Koltun for the labels of a photo (docs/methods.md#dense-crf).

There are two backends for the same energy: mean_field.py, and the library pydensecrf.
"""

import numpy as np
import pydensecrf.densecrf as densecrf

from wsss.crf.mean_field import MeanField
from wsss.crf.settings import CrfSettings
from wsss.data.resize import resize_scores
from wsss.run.errors import UserError

SMALLEST = 1e-5
"""smallest score, so that its logarithm is finite"""
KERNELS = (
    "gaussian_xy",
    "gaussian_weight",
    "bilateral_xy",
    "bilateral_rgb",
    "bilateral_weight",
    "iterations",
)
"""the settings that a published row sets"""
ROWS = {
    "psa": (3, 3, 80, 13, 10, 10),
    "cpn": (3, 3, 50, 13, 10, 5),
    "irn": (3, 3, 50, 5, 10, 10),
    "auxseg": (4, 3, 83, 5, 3, 10),
    "rrm": (3, 3, 83, 5, 4, 10),
    "a2gnn": (2, 3, 50, 5, 10, 10),
    "seam_retrain": (3, 3, 32, 13, 10, 1),
    "deeplab_v2": (1, 3, 67, 3, 4, 10),
}
"""the published rows of docs/methods.md#dense-crf: name -> values of KERNELS, in their order"""


def dense_crf(photo: np.ndarray, scores: np.ndarray, settings: CrfSettings) -> np.ndarray:
    """Mean-field marginals, float32 (K, H, W), of scores on a photo, uint8 (H, W, 3).

    `scores` (K, H, W) are from 0 and need not sum to 1. UserError if one is not finite.
    """
    return dense_crfs(photo, [scores], settings)[0]


def dense_crfs(
    photo: np.ndarray, stacks: list[np.ndarray], settings: CrfSettings
) -> list[np.ndarray]:
    """The marginals, float32 (K, H, W), of each of several scores (K, H, W) of one photo.

    All have the same K. The kernels are computed once. With one label, or no iterations, the result
    is the scores divided by their sum. Photos above `most_pixels` are shrunk for the CRF.
    """
    if not all(np.isfinite(scores).all() for scores in stacks):
        raise UserError(
            "scores for the CRF hold values that are not finite; make the maps that they come from "
            "again"
        )
    settings = with_row(settings)
    count, height, width = stacks[0].shape
    if count == 1 or settings.iterations == 0:
        return [_divide_by_sum(scores) for scores in stacks]
    size = size_within(height, width, settings.most_pixels)
    if size == (height, width):
        return _marginals(photo, stacks, settings)
    small = [resize_scores(scores, size) for scores in stacks]
    marginals = _marginals(resize_photo(photo, size), small, settings)
    return [resize_scores(marginal, (height, width)) for marginal in marginals]


def size_within(height: int, width: int, most_pixels: int) -> tuple[int, int]:
    """The size (h, w) of a photo that is shrunk to this many pixels; its own if it has fewer."""
    if height * width <= most_pixels:
        return height, width
    factor = (most_pixels / (height * width)) ** 0.5
    return max(1, int(height * factor)), max(1, int(width * factor))


def with_row(settings: CrfSettings) -> CrfSettings:
    """The settings with the kernels of their published row, if they name one."""
    if settings.row == "own":
        return settings
    return settings.model_copy(update=dict(zip(KERNELS, ROWS[settings.row])))


def _divide_by_sum(scores: np.ndarray) -> np.ndarray:
    """Scores (K, H, W) divided by their sum over K, float32."""
    probabilities: np.ndarray = scores / np.maximum(scores.sum(axis=0), SMALLEST)
    return probabilities.astype(np.float32)


def resize_photo(photo: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A photo, uint8 (H, W, 3), at `size` (h, w)."""
    channels = resize_scores(photo.transpose(2, 0, 1).astype(np.float32), size)
    return channels.round().astype(np.uint8).transpose(1, 2, 0)


def _marginals(
    photo: np.ndarray, stacks: list[np.ndarray], settings: CrfSettings
) -> list[np.ndarray]:
    """The marginals of each of several scores by the backend of the settings."""
    logits = [np.log(np.clip(scores, SMALLEST, None)) for scores in stacks]
    if settings.backend == "pydensecrf":
        return _by_pydensecrf(photo, logits, settings)
    field = MeanField(photo, settings)
    return [field.marginals(item, settings.iterations, settings.tolerance) for item in logits]


def _by_pydensecrf(
    photo: np.ndarray, stacks: list[np.ndarray], settings: CrfSettings
) -> list[np.ndarray]:
    """The marginals of each of several logits (K, H, W) by pydensecrf."""
    count, height, width = stacks[0].shape
    field = densecrf.DenseCRF2D(width, height, count)
    field.addPairwiseGaussian(sxy=settings.gaussian_xy, compat=settings.gaussian_weight)
    field.addPairwiseBilateral(
        sxy=settings.bilateral_xy,
        srgb=settings.bilateral_rgb,
        rgbim=np.ascontiguousarray(photo),
        compat=settings.bilateral_weight,
    )
    marginals = []
    for logits in stacks:
        field.setUnaryEnergy(np.ascontiguousarray(-logits.reshape(count, -1), dtype=np.float32))
        flat = np.array(field.inference(settings.iterations), np.float32)
        marginals.append(flat.reshape(count, height, width))
    return marginals
