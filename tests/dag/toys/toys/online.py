"""A network that learns background and classes from tags alone, in one training."""

import torch.nn.functional as F

from wsss.segment.deeplab import DeepLab


class FromTags(DeepLab):
    """The loss reads nothing but photos and tags."""

    def loss(self, batch):
        """The soft margin of the mean logits of classes."""
        logits = self.network(batch["image"])[:, 1:].float()
        return F.multilabel_soft_margin_loss(logits.mean(dim=(2, 3)), batch["tags"]), {}
