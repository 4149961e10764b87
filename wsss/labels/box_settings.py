"""Settings of labels from boxes."""

from typing import Literal

from pydantic import Field

from wsss.crf.settings import CrfSettings


class BoxSettings(CrfSettings):
    """Labels from boxes: background outside; inside by a dense CRF with a box prior
    (docs/methods.md#boxes). The keys of the CRF are those of the other labels by `crf`.
    """

    inside: Literal["crf", "rectangle"] = "crf"
    """what a box is filled with: crf finds the object in it; rectangle takes all of it (the
    Bbox-Rect baseline of WSSL)"""
    prior: float = Field(0.95, gt=0, lt=1)
    """crf: probability of the box's class at each of its pixels before the CRF; background and
    larger boxes around share the rest; the masks of 30 photos of VOC's `tune` chose the default"""
    centre: float = Field(0.2, ge=0, le=1)
    """crf: share of the box's area, around its middle, that always is the object; 0 for none"""
    doubt: float = Field(0.0, ge=0, le=1)
    """crf: pixels of boxes whose label has a lower probability after the CRF become 255"""
    box_share: float = Field(1.0, ge=0, le=1)
    """share of the photos with boxes whose boxes count, spread evenly over each scene; labels of
    all others are 255. 0.1 is an experiment with few boxes"""
    keep_boxes: bool = False
    """also write, in the subfolder boxes/, the boxes of each photo, for the multi-point loss of the
    segmentation network"""

    def supervision(self) -> tuple[str, ...]:
        """What people have to know of the training photos, in words."""
        part = f" of {100 * self.box_share:g} % of the photos" if self.box_share < 1 else ""
        return f"boxes{part}", "tags"
