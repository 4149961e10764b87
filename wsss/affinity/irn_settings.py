"""Settings of IRNet's affinity training."""

from pydantic import Field, NonNegativeFloat

from wsss.affinity.settings import AffinitySettings


class IrnSettings(AffinitySettings):
    """IRNet (CVPR 2019; docs/methods.md#irnet): pixels belong together when no boundary lies
    between them. The trunk is frozen.
    """

    radius: int = Field(10, ge=2)
    """pairs of cells nearer than this are compared; a cell is 4 pixels of the crop"""
    displacement: NonNegativeFloat = 1.0
    """weight of the losses of the displacements, which only instance labels need"""
