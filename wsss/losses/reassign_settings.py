"""Settings of the label reassignment loss. They import no torch."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from wsss.losses.regulariser_settings import PhaseSettings


class ReassignSettings(PhaseSettings):
    """The label reassignment loss (AA&LR, ACM MM 2021), reconstructed: a pixel whose features are
    nearer to the prototype of another label of its photo learns that label.
    """

    weight: NonNegativeFloat = 0.1
    """weight beside the other losses; 0 leaves the loss out"""
    after: Annotated[float, Field(ge=0, le=1)] = 0.5
    """share of the training before it, while features and prototypes form"""
    source: Literal["decoder", "trunk"] = "decoder"
    """the features that are compared; decoder: the map that the segmentation head classifies;
    trunk: the trunk's last map"""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """share of a prototype that a batch keeps; 0 takes the batch's own mean features"""
    weighted: bool = False
    """whether a pixel counts in a prototype as far as its label is sure"""
    margin: NonNegativeFloat = 0.1
    """a pixel gets another label if its cosine to that prototype is larger by more than this"""
    pixels: Literal["labelled", "all"] = "labelled"
    """labelled: pixels with a label are reassigned; all: those without one get a label, too, if its
    cosine is larger than all others by more than the margin"""
    temperature: PositiveFloat = 0.1
    """cosines are divided by this before the softmax"""
    against: Literal["photo", "all"] = "photo"
    """the softmax is over the labels that are in the photo, or over all that have a prototype"""
    teach: bool = False
    """whether the reassigned labels also replace those of the loss on labels"""
