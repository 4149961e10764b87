"""Settings of the projection of objectness into photos."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class ProjectionSettings(Settings):
    """Maps of background and classes for every photo, from the points in front
    (docs/methods.md#projection).
    """

    stride: PositiveInt = 2
    """pixels of a photo for each cell of the maps"""
    combine: Literal["mean", "max"] = "mean"
    """what is taken of the points in front of a cell"""
    within: PositiveFloat = 0.02
    """metres by which a point may lie behind the first one of its cell, or off the photo's depth"""
    within_share: float = Field(0.01, ge=0, lt=1)
    """the same as a share of the depth; the larger of both counts"""
    own_depth: bool = True
    """whether only points at the photo's own depth count, where that is known"""
    own_boxes: bool = True
    """whether a class is 0 outside of its boxes in photos whose boxes count"""
    least: float = Field(0.05, ge=0, lt=1)
    """a class that is nowhere in a photo above this is left out of its map"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words: what the objectness says."""
        return ()
