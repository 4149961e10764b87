"""Settings of labels from class maps and saliency that agree."""

from wsss.run.settings import Settings
from wsss.training.settings import Share


class FuseSettings(Settings):
    """Pseudo-labels of AuxSegNet (docs/methods.md#auxsegnet): a pixel is an object where class maps
    and saliency say so, and 255 where only one of them does. The recipe needs saliency maps.
    """

    salient_above: Share = 0.06
    """saliency above which a pixel may be an object"""
    class_above: Share = 0.2
    """score above which it may be one, of the largest class map, whose maximum is 1"""
