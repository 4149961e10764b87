"""Settings of exports of label maps."""

from pydantic import Field, NonNegativeFloat

from wsss.run.settings import Settings, UserPath


class ExportSettings(Settings):
    """What is done to label maps before they are exported to other tools (docs/usage.md#export).
    The defaults change nothing.
    """

    smallest_piece: float = Field(0.0, ge=0, le=1)
    """pieces of less than this share of a photo join what is around them; 0 keeps all pieces"""
    smoothing: NonNegativeFloat = 0.0
    """deviation in pixels of a Gaussian: each pixel takes the label that has most weight around it;
    0 for none"""
    tolerance: NonNegativeFloat = 0.5
    """largest distance in pixels of LabelMe's polygons from the borders; more gives fewer points, 0
    loses no pixel"""
    marked: UserPath | None = None
    """table that the report saves: only the photos whose mask it marks as wrong are exported; null
    exports all"""
