"""Settings of the refinement by the pixel correlation module."""

from wsss.run.settings import Settings


class PcmSettings(Settings):
    """PCM: refines the maps of each scale before they are summed, as SEAM does
    (docs/methods.md#pcm).
    """

    mask_absent: bool = False
    """set absent classes to 0 before only the largest class of each cell is kept; published SEAM
    does not"""
