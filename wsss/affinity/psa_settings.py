"""Settings of PSA's affinity training."""

from pydantic import PositiveInt

from wsss.affinity.settings import AffinitySettings


class PsaSettings(AffinitySettings):
    """PSA (CVPR 2018; methods.md 6): pixels belong together when their features are alike."""

    radius: PositiveInt = 5
    """pairs of cells nearer than this are compared"""
    train_trunk: bool = True
    """whether the trunk learns too; false trains the affinity layers on fixed features"""
