"""Settings of the dense CRF."""

from typing import Literal

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class CrfSettings(Settings):
    """Dense CRF kernels (docs/methods.md#dense-crf); the photo is uint8 RGB."""

    row: Literal[
        "own", "psa", "cpn", "irn", "auxseg", "rrm", "a2gnn", "seam_retrain", "deeplab_v2"
    ] = "own"
    """a published row of docs/methods.md#dense-crf by name; own takes the kernels and iterations
    below"""
    gaussian_xy: PositiveFloat = 3.0
    """deviation of the smoothness kernel in pixels"""
    gaussian_weight: NonNegativeFloat = 3.0
    """weight of the smoothness kernel"""
    bilateral_xy: PositiveFloat = 80.0
    """deviation of the appearance kernel in pixels"""
    bilateral_rgb: PositiveFloat = 13.0
    """deviation of the appearance kernel in colour levels"""
    bilateral_weight: NonNegativeFloat = 10.0
    """weight of the appearance kernel"""
    iterations: NonNegativeInt = 10
    """largest number of mean-field iterations"""
    backend: Literal["meanfield", "pydensecrf"] = "meanfield"
    """meanfield is two to ten times as fast and agrees with pydensecrf on 99.9 % of the pixels"""
    tolerance: NonNegativeFloat = 0.0001
    """meanfield ends when an iteration changes the marginals by less than this on average; 0 takes
    all iterations, as pydensecrf does"""
    most_pixels: PositiveInt = 4_000_000
    """larger photos are shrunk to this many pixels for the CRF, and its result is enlarged again"""
