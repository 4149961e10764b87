"""Settings of AA&LR. They import no torch."""

from wsss.losses.affinity_field_settings import AffinityFieldSettings
from wsss.losses.reassign_settings import ReassignSettings
from wsss.segment.rrm_settings import RrmSettings


class AalrSettings(RrmSettings):
    """AA&LR (ACM MM 2021): RRM with the adaptive affinity loss and the label reassignment loss,
    which is reconstructed.
    """

    affinity: AffinityFieldSettings = AffinityFieldSettings()
    """settings of the adaptive affinity loss"""
    reassign: ReassignSettings = ReassignSettings()
    """settings of the label reassignment loss"""
