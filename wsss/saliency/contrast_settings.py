"""Settings of saliency by contrast."""

from pydantic import PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class ContrastSettings(Settings):
    """Saliency without training: regions are salient if they differ from those along the photo's
    border (Zhu et al., CVPR 2014).
    """

    long_side: PositiveInt = 300
    """longer side in pixels to which larger photos are shrunk first"""
    superpixels: PositiveInt = 250
    """regions that a photo is cut into"""
    compactness: PositiveFloat = 10.0
    """compactness of the regions; smaller follows edges more closely"""
    colour_sigma: PositiveFloat = 10.0
    """deviation of the Gaussian that turns distances in CIE Lab into similarity"""
    border_sigma: PositiveFloat = 1.0
    """deviation of the Gaussian of boundary connectivity: 1 minus it is how surely a region is
    background"""
    background_weight: PositiveFloat = 5.0
    """weight of the background cue against the contrast cue"""
    space_sigma: PositiveFloat = 0.25
    """deviation of the Gaussian over the distance of two regions, as a share of the longer side, by
    which their contrast is weighted"""
