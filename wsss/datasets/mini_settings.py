"""Settings of the synthetic dataset `mini`."""

from pydantic import Field, NonNegativeInt, PositiveInt

from wsss.run.settings import Settings


class MiniSettings(Settings):
    """The synthetic dataset, which the program draws: no download, no licence, exact masks."""

    seed: int = 0
    """seed of every scene; the top-level seed does not change it"""
    train: PositiveInt = 96
    """training photos"""
    val: PositiveInt = 48
    """validation photos"""
    width: PositiveInt = 224
    """photo width in pixels"""
    height: PositiveInt = 168
    """photo height in pixels"""
    more_objects: NonNegativeInt = 2
    """largest number of objects besides the first"""
    rocks: PositiveInt = 5
    """largest number of rocks, which share the objects' textures"""
    context: float = Field(0.75, ge=0, le=1)
    """how often the ground is the one that the first object's class usually appears on"""
