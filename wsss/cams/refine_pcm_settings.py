"""Settings of the refinement by the pixel correlation module."""

from wsss.run.settings import Settings


class PcmSettings(Settings):
    """PCM: each scale's maps spread over similar pixels before they are summed, as SEAM publishes
    it (methods.md 8).
    """

    mask_absent: bool = False
    """set absent classes to 0 before classes compete for a pixel; the published form lets them
    compete"""
