"""Settings of IRNet's affinity training."""

from pydantic import Field, NonNegativeFloat, PositiveFloat

from wsss.affinity.settings import AffinitySettings


class IrnSettings(AffinitySettings):
    """IRNet (CVPR 2019; docs/methods.md#irnet): pixels belong together when no boundary lies
    between them. The trunk is frozen.
    """

    radius: int = Field(10, ge=2)
    """pairs of cells nearer than this are compared; a cell is 4 pixels of the crop"""
    pooled_stem: bool = False
    """take the trunk's first feature map after a max pool of 3 x 3 with stride 2, as IRNet does of
    ResNet-50; false takes it as it is"""
    displacement_lr: PositiveFloat = 1.0
    """factor on the learning rate for the layers of the displacements; published: 10, with head_lr
    1"""
    displacement: NonNegativeFloat = 1.0
    """weight of the losses of the displacements, which only instance labels need"""
