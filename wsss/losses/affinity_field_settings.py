"""Settings of the adaptive affinity loss. They import no torch."""

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from wsss.losses.regulariser_settings import PhaseSettings


class AffinityFieldSettings(PhaseSettings):
    """The adaptive affinity loss (AA&LR, ACM MM 2021): neighbours of one label are predicted alike,
    neighbours of two labels differently, as far as their labels are sure.
    """

    weight: NonNegativeFloat = 0.1
    """weight beside the other losses; 0 leaves the loss out; not published"""
    stride: PositiveInt = 4
    """pixels of the crop per cell of the grid of the loss; not published"""
    distance: PositiveInt = 4
    """cells from a cell to the eight that it is compared with"""
    margin: PositiveFloat = 3.0
    """neighbours of two labels repel each other until they differ so much"""
    pair_weight: Literal["larger", "smaller", "none"] = "larger"
    """a pair counts with the larger (published) or smaller confidence of its labels, or with 1"""
    edges: Literal["one", "split", "published"] = "one"
    """one: the mean over all pairs of two labels; split: the mean of two means, of pairs with
    background and of pairs of two classes; published: as one, but a batch without such pairs counts
    only if it has pairs of background and pairs of a class"""
