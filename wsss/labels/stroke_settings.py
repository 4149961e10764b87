"""Settings of labels that are drawn from strokes and clicks."""

from pydantic import Field, NonNegativeFloat, PositiveFloat

from wsss.run.settings import Settings


class ScribbleSettings(Settings):
    """Labels from strokes, 255 elsewhere (docs/methods.md#annotations)."""

    width: PositiveFloat = 3.0
    """width in pixels with which polylines are drawn; strokes that are PNGs have their own"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        return "scribbles", "tags"


class PointSettings(Settings):
    """Labels from clicks, 255 elsewhere (docs/methods.md#annotations)."""

    radius: NonNegativeFloat = 3.0
    """radius in pixels of the disc that is drawn at each click; 0 is one pixel, as published"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        return "points", "tags"


class SimulatedSettings(Settings):
    """Labels from strokes that are not drawn by people, but simulated from true masks
    (docs/methods.md#simulated-scribbles).
    """

    width: PositiveFloat = 3.0
    """width in pixels with which strokes are drawn"""
    length: float = Field(1.0, gt=0, le=1)
    """share of each stroke that is drawn, around its middle"""
    background: bool = True
    """whether the background gets a stroke, too"""
    smallest_piece: float = Field(0.001, ge=0, le=1)
    """pieces of a class with a smaller share of the photo's pixels get no stroke, but the largest
    piece of each class does"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        return ("scribbles simulated from masks",)
