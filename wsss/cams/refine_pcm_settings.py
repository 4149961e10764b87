"""Settings of the refinement by the pixel correlation module."""

from wsss.run.settings import Settings


class PcmSettings(Settings):
    """PCM: the maps of each scale spread over similar pixels before they are summed, as SEAM does
    (docs/methods.md#pcm).
    """

    mask_absent: bool = False
    """set absent classes to 0 before classes compete for a pixel; the published form lets them
    compete"""
