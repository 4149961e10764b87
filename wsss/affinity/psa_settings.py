"""Settings of PSA's affinity training."""

from pydantic import Field

from wsss.affinity.settings import AffinitySettings


class PsaSettings(AffinitySettings):
    """PSA (CVPR 2018; docs/methods.md#psa): pixels belong together if their features are alike."""

    radius: int = Field(5, ge=2)
    """pairs of cells nearer than this are compared"""
    train_trunk: bool = True
    """whether the trunk learns too; false trains the affinity layers on fixed features"""
