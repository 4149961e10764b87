"""The loss on tags of a network that has other tasks, too."""

import torch.nn.functional as F
from torch import Tensor


def tag_loss(scores: Tensor, tags: Tensor) -> Tensor:
    """The multi-label soft margin loss of scores (N, C) on tags (N, C) of 0 and 1, of photos that
    have a tag: what others show is not known. 0 without such a photo.
    """
    tagged = tags.any(dim=1)
    if not tagged.any():
        return scores.sum() * 0
    return F.multilabel_soft_margin_loss(scores[tagged].float(), tags[tagged])
