"""Settings of the conversion of 2D-3D-S."""

from pydantic import Field, PositiveInt

from wsss.run.settings import Settings


class StanfordSettings(Settings):
    """What becomes of a folder in the layout of 2D-3D-S."""

    classes: tuple[str, ...] = Field(
        ("chair", "table", "sofa", "bookcase", "board", "door", "window"), min_length=1
    )
    """the classes of objects, as the names of labels begin; all others are background"""
    val: tuple[str, ...] = ("area_5a", "area_5b")
    """the areas of val; the published fold 1 tests on area 5"""
    smallest: PositiveInt = 200
    """visible pixels from which an object has a box"""
