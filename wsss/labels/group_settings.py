"""Settings of Group-WSSS's labels."""

from pydantic import Field

from wsss.run.settings import Settings
from wsss.training.settings import Share


class GroupLabelSettings(Settings):
    """Pseudo-labels of Group-WSSS (docs/methods.md#group-labels): the background is 1 - saliency,
    and doubtful pixels are ignored. The recipe needs saliency maps.
    """

    conflict_above: Share = 0.9
    """pixels become 255 where two scores or more, that of the background among them, are above"""
    salient_from: int = Field(32, ge=0, le=256)
    """background becomes 255 from this saliency on, of 0 to 255; 256 turns it off"""
    attention_above: Share = 0.8
    """background becomes 255 where the score of a class is above this"""
    least_foreground: Share = 0.01
    """a photo with a smaller share of labelled pixels of classes is 255 everywhere"""
