"""Settings of the thresholds of seeds that are found by shares of pixels."""

from pydantic import Field, model_validator

from wsss.run.settings import Settings


class ShareSettings(Settings):
    """The shares of the photos' area that seeds should have (docs/methods.md#seeds). No mask is
    read.
    """

    foreground: float = Field(0.23, gt=0, lt=1)
    """the share that becomes seeds of classes"""
    background: float = Field(0.31, gt=0, lt=1)
    """the share that becomes seeds of background, unless saliency decides these"""

    @model_validator(mode="after")
    def _check_sum(self) -> "ShareSettings":
        if self.foreground + self.background > 1:
            raise ValueError("foreground and background are shares of one area; lower one")
        return self
