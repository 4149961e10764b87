"""Settings of Group-WSSS."""

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveInt, model_validator

from wsss.classify.settings import ClassifierSettings
from wsss.training.settings import Share


class GroupSettings(ClassifierSettings):
    """Group-WSSS (AAAI 2021; docs/methods.md#group-wsss): photos with the same tags exchange what
    they see, before they are classified.
    """

    size: PositiveInt = 3
    """photos of a group; a step has batch / size groups; 1 is a classifier without partners"""
    rounds: NonNegativeInt = 3
    """rounds of messages between the photos of a group"""
    extra_layers: NonNegativeInt = 3
    """3 x 3 convolutions between the trunk and the class maps"""
    extra_width: PositiveInt = 512
    """channels of these convolutions; on a small network they would cost more than its trunk"""
    initial_weight: NonNegativeFloat = 0.4
    """weight of the loss on the maps before the messages, against 1 on those after them"""
    graph_dropout: bool = True
    """in training, weaken the strongest activations after each round"""
    drop_from: float = Field(0.7, ge=0, le=1)
    """graph dropout: the share of the largest mean activation from which cells are dropped"""
    drop_chance: Share = 0.8
    """graph dropout: how often cells are dropped; else they are weighted by their importance"""
    keep_epochs: bool = False
    """save the weights after each epoch in the model as well, for cams.group.accumulate; the
    model, and each checkpoint, is larger by that many networks"""

    @model_validator(mode="after")
    def _head_fits(self) -> "GroupSettings":
        if self.head_from != "random" and self.extra_layers:
            raise ValueError("ImageNet's rows read the trunk's features; set extra_layers: 0 too")
        return self
