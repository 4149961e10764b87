"""Settings of class maps from gradients."""

from pydantic import Field

from wsss.cams.settings import ExportSettings


class GradientSettings(ExportSettings):
    """Class maps from gradients of a class's score at a feature map
    (docs/methods.md#gradient-class-maps). The score is the mean of the class map, whatever pooling
    trained the network.
    """

    layer: int = Field(0, ge=0, le=2)
    """0: the last feature map; 1, 2: the feature map so many stages before it, finer and noisier"""
