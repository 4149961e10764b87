"""Settings of superpixels by SLIC."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class SlicSettings(Settings):
    """Superpixels by k-means over position and colour (Achanta et al., TPAMI 2012)."""

    count: PositiveInt = 300
    """number of regions to aim at; noisy photos get fewer"""
    compactness: PositiveFloat = 10.0
    """weight of position against colour; smaller follows edges more closely, but noise too"""
    smoothing: NonNegativeFloat = 0.0
    """deviation in pixels of a Gaussian that removes noise first; 0 for none"""
    long_side: PositiveInt | None = 500
    """longer side in pixels to which larger photos are shrunk first; null for none"""
