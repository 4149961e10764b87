"""Settings of the loss on label maps. They import no torch."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from wsss.run.settings import Settings

CONFIDENCE = "confidence"
"""subfolder of a folder of labels: the probability of each pixel's label, 8-bit grey PNGs"""
SECOND = "second"
"""subfolder of a folder of labels: the second most likely label of each pixel, palette PNGs"""


class LabelLossSettings(Settings):
    """The loss on label maps (docs/methods.md#label-loss). The defaults are the cross-entropy."""

    balance: Literal["pixels", "background", "classes"] = "pixels"
    """pixels: the mean over all labelled pixels of the batch; background: half the mean over its
    background, half that over its foreground; classes: the mean over its labels of their means"""
    bootstrap: Annotated[float, Field(ge=0, le=1)] = 0.0
    """share of the network's own probabilities in the target"""
    symmetric: NonNegativeFloat = 0.0
    """weight of the reverse cross-entropy beside the cross-entropy"""
    soft: Literal["none", "confidence", "second"] = "none"
    """what is read beside the labels (needs labels.crf.confidence: true); confidence: it weights
    each pixel; second: the second label gets what the confidence leaves"""

    @property
    def plain(self) -> bool:
        """Whether the loss is the mean cross-entropy."""
        own = self.balance, self.bootstrap, self.symmetric, self.soft
        return own == ("pixels", 0, 0, "none")

    @property
    def beside(self) -> tuple[str, ...]:
        """The subfolders of the labels that the loss reads."""
        needed = {"none": (), "confidence": (CONFIDENCE,), "second": (CONFIDENCE, SECOND)}
        return needed[self.soft]
