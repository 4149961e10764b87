"""Settings of saliency by contrast."""

from pydantic import PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class ContrastSettings(Settings):
    """Saliency without training: regions are salient if they differ from those along the photo's
    border (Zhu et al., CVPR 2014).
    """

    long_side: PositiveInt = 300
    """photos are resized to this longer side first"""
    superpixels: PositiveInt = 250
    """regions that a photo is cut into"""
    compactness: PositiveFloat = 10.0
    """compactness of the regions; smaller follows edges more closely"""
    colour_sigma: PositiveFloat = 10.0
    """CIE Lab distance over which regions stop being alike"""
    border_sigma: PositiveFloat = 1.0
    """border connectivity above which a region is background"""
    background_weight: PositiveFloat = 5.0
    """weight of the background cue against the contrast cue"""
    space_sigma: PositiveFloat = 0.25
    """distance, as a share of the longer side, over which regions are contrasted"""
