"""Settings of superpixels by SLIC."""

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class SlicSettings(Settings):
    """Superpixels by k-means over place and colour (Achanta et al., TPAMI 2012)."""

    count: PositiveInt = 300
    """regions to aim at; grainy photos are cut into fewer"""
    compactness: PositiveFloat = 10.0
    """weight of place against colour; smaller follows edges more closely, and grain too"""
    smoothing: NonNegativeFloat = 0.0
    """deviation in pixels of a Gaussian that takes grain away first; 0 takes none"""
    long_side: PositiveInt | None = 500
    """larger photos are resized to this longer side first; null takes all as they are"""
