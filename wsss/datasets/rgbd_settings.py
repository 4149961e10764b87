"""Settings of datasets with depth, and of the drawn one."""

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class RgbdSettings(Settings):
    """Photos with depth in the layout of docs/adding-a-dataset.md#photos-with-depth."""

    farthest: PositiveFloat = 100.0
    """metres; larger depths are refused, because then the unit is wrong"""


class RoomsSettings(Settings):
    """The drawn dataset `rooms`: furnished rooms from several known views, with exact masks, depths
    and poses."""

    seed: int = 0
    """seed of every room; the top-level seed does not change it"""
    train: PositiveInt = 12
    """rooms that train"""
    val: PositiveInt = 5
    """rooms of val"""
    views: PositiveInt = 10
    """photos of each room"""
    width: PositiveInt = 192
    """photo width in pixels"""
    height: PositiveInt = 144
    """photo height in pixels"""
    furniture: PositiveInt = 7
    """pieces of furniture of a room, at most"""
    crates: int = Field(4, ge=0)
    """crates of a room, at most: background with the textures of furniture"""
