"""Settings of CPN."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from wsss.classify.settings import ClassifierSettings
from wsss.training.settings import Share


class CpnSettings(ClassifierSettings):
    """CPN (ICCV 2021; docs/methods.md#cpn): the CAMs of a photo are drawn to the sum of the CAMs of
    two photos that each show a part of it, and a pixel-region correlation module.
    """

    pair: Literal["superpixels", "grid"] = "superpixels"
    """what is hidden in one photo of the pair and shown in the other: superpixels, which the recipe
    must have, or the cells of a grid"""
    draws: PositiveFloat = 0.5
    """superpixels: so many are drawn and hidden for each one in the crop; they are drawn with
    replacement, so 0.5 hides about 39 % of them"""
    grid_cells: Annotated[tuple[Annotated[float, Field(gt=0, le=1)], ...], Field(min_length=1)] = (
        0.5,
        1.0,
    )
    """grid: sides of the cells relative to the crop, of which one is drawn for each photo; 1 hides
    all or nothing (published: 224 and 448 of 448 pixels)"""
    hide: Share = 0.5
    """grid: probability that a cell is hidden"""
    classify_pair: NonNegativeFloat = 1.0
    """weight of the pair's classification losses against the photo's; 0 saves their gradient"""
    min_pool: NonNegativeFloat = 1.0
    """weight of the min-pool loss, the mean of the lowest quarter of the refined maps"""
    tcp: NonNegativeFloat = 1.0
    """weight of the loss between the photo's CAMs and the sum of the pair's, which are fixed"""
    tcp_ramp: Share = 0.0
    """share of the training over which tcp rises linearly from 0 (published: 0)"""
    tcp_refined: NonNegativeFloat = 1.0
    """weight of the same loss on refined CAMs, where the pair's learn too"""
    cpcr: NonNegativeFloat = 1.0
    """weight of the loss between what one photo of the pair lacks and the refined CAMs of the other
    one"""
    hard_share: float = Field(0.2, gt=0, le=1)
    """share of the differences, the largest ones, that cpcr averages"""
    prcm: Literal["right", "published", "none"] = "right"
    """pixel-region correlation module; published: with the axes of its keys confused, as in the
    published code; none: the pixel correlation module alone"""
    affinity_channels: int = Field(192, ge=1)
    """channels of the features that both modules compare"""

    @property
    def refines(self) -> bool:
        """Whether a loss reads refined maps. Otherwise the modules do not learn."""
        return any((self.min_pool, self.tcp_refined, self.cpcr))
