"""Settings of instance labels."""

from pydantic import Field, PositiveFloat, PositiveInt

from wsss.run.settings import Settings


class InstanceSettings(Settings):
    """Instance labels by IRNet's displacements (docs/methods.md#irnet-instances)."""

    iterations: PositiveInt = 300
    """how many times each cell follows the displacements"""
    centre_below: PositiveFloat = 2.5
    """a cell belongs to a centre if its displacement is shorter than this, in cells of 4 pixels;
    connected cells are one centre"""
    background: float = Field(0.25, ge=0, le=1)
    """maps without background: a pixel belongs to an instance if its score is above this share of
    the photo's largest"""
    smallest: float = Field(0.01, ge=0, le=1)
    """connected pieces smaller than this share of the photo are dropped"""
    diagonal: bool = True
    """whether pixels that touch at a corner are connected; published: false"""
