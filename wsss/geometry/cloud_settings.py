"""Settings of point clouds."""

from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class CloudSettings(Settings):
    """Point clouds of scenes (docs/methods.md#geometry): a point for each voxel that a depth map
    reaches, and the photos that see it.
    """

    voxel: PositiveFloat = 0.02
    """side of a voxel in metres"""
    within: PositiveFloat = 0.02
    """metres by which a photo's depth may differ from that of a point that it sees"""
    within_share: float = Field(0.01, ge=0, lt=1)
    """the same as a share of the depth; the larger of both counts"""
    farthest: PositiveFloat = 10.0
    """metres; farther pixels make no points, because their depths are too coarse"""
    every: PositiveInt = 1
    """only every so many pixels across and down make points; the photos that see a point are found
    at all pixels"""
    views: Literal["all", "one"] = "all"
    """all: the photos of a scene share a cloud; one: each photo has its own, as if no pose were
    known"""
