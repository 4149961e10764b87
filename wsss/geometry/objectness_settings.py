"""Settings of the objectness of points: from boxes, and from predictions."""

from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class SmoothSettings(Settings):
    """How the objectness of a point is averaged with that of its neighbours
    (docs/methods.md#objectness).
    """

    neighbours: NonNegativeInt = 8
    """number of nearest points that are averaged, the point itself among them; 0 turns it off"""
    reach: PositiveFloat = 0.06
    """metres; neighbours farther away do not count; also the deviation of their weights"""
    colour: PositiveFloat = 30.0
    """deviation of the weights in colour levels"""
    normal: PositiveFloat | None = 0.5
    """deviation of the weights in the length of the difference of unit normals; null leaves normals
    out"""


class BoxVoteSettings(SmoothSettings):
    """Objectness of points from the boxes of the photos that see them: the share of these photos in
    which a point is in a box of the class (docs/methods.md#objectness).
    """

    share: float = Field(1.0, ge=0, le=1)
    """share of the photos with boxes whose boxes count, spread evenly over each scene; 0.1 is an
    experiment with few boxes"""
    around: float = Field(0.8, ge=0, le=1)
    """vote of a box for pixels that are in a smaller box, too; 1 counts both alike, 0 the smaller
    one alone"""
    weight: Literal["equal", "near"] = "equal"
    """weight of a photo's vote; near: 1 / depth of the point in it"""
    fewest: PositiveInt = 2
    """photos with boxes that have to see a point for its full objectness"""
    few: float = Field(0.8, gt=0, le=1)
    """factor on the objectness of points that fewer photos with boxes see; masks of four rooms of
    train of the drawn dataset chose it"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        part = f" of {100 * self.share:g} % of the photos" if self.share < 1 else ""
        return (f"boxes{part}",)


class FuseSettings(SmoothSettings):
    """Objectness of points from a network's predictions on the photos that see them, averaged with
    that of before (docs/methods.md#objectness).
    """

    keep: float = Field(0.5, ge=0, le=1)
    """share of the objectness of before, where a point has one"""
