"""Settings of instance labels."""

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class InstanceSettings(Settings):
    """Instance labels by IRNet's displacements (methods.md 7)."""

    iterations: PositiveInt = 300
    """how often each cell follows the displacements"""
    centre_below: PositiveFloat = 2.5
    """cells whose displacement is shorter than this, in cells of 4 pixels, are centres; connected
    ones are one"""
    background: float = Field(0.25, ge=0, le=1)
    """for maps without background: a pixel is of an instance when its score is above this share of
    the photo's largest"""
    smallest: float = Field(0.01, ge=0, le=1)
    """connected pieces smaller than this share of the photo are dropped"""
