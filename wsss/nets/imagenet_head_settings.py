"""Settings of class maps by ImageNet's own classifier. They import no torch."""

from typing import Literal

from pydantic import Field, model_validator

from wsss.nets.settings import TrunkSettings


class ImageNetHeadSettings(TrunkSettings):
    """A trunk, and what its class maps start from (docs/methods.md#imagenet-head)."""

    head_from: Literal["random", "imagenet", "imagenet_or_random"] = "random"
    """what the head of the class maps starts from: random values, or the rows of ImageNet's own
    classifier that show each class (docs/methods.md#imagenet-head). A network without such a
    classifier is refused by imagenet, and starts from random values by imagenet_or_random"""
    hold_head: bool = False
    """with head_from: imagenet, keep ImageNet's rows fixed; classes that it does not have learn"""
    contrast: float = Field(0.5, ge=0, le=1)
    """maps by ImageNet's rows: at each position this share of the largest of all 1,000 rows is
    subtracted, so that what looks more like another class counts less"""
    imagenet_names: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  (pydantic copies it)
    """names of ImageNet classes that show a class, such as {fox: [red fox, kit fox]}, where the
    built-in table and a search by name find none or wrong ones; [] says that there are none"""

    @model_validator(mode="after")
    def _holds_something(self) -> "ImageNetHeadSettings":
        if self.hold_head and self.head_from != "imagenet":
            raise ValueError("hold_head keeps ImageNet's rows; set head_from: imagenet as well")
        return self
