"""AuxSegNet as a training task (Xu et al., Leveraging Auxiliary Tasks with Affinity Learning for
Weakly Supervised Semantic Segmentation, ICCV 2021; docs/methods.md#auxsegnet).
"""

from dataclasses import replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from wsss.data.images import IGNORE
from wsss.losses.labels import mean_cross_entropy
from wsss.losses.tags import tag_loss
from wsss.multitask.auxsegnet_network import AuxSegNetwork, Mask
from wsss.multitask.auxsegnet_settings import AuxSegNetSettings
from wsss.multitask.targets import SALIENCY
from wsss.nets.resize import resize_maps
from wsss.training.optimiser import ParameterGroup, default_groups
from wsss.training.targets import LABELS


class AuxSegNet:
    """A training task: a `network`, and its `loss` on a batch."""

    def __init__(self, settings: AuxSegNetSettings, classes: int) -> None:
        self.settings = settings
        self.network = AuxSegNetwork(settings, classes)

    def parameter_groups(self, settings: AuxSegNetSettings) -> list[ParameterGroup]:
        """The usual groups, but the layers that fuse affinities are a group of their own."""
        fusion = self.network.fusion
        own = [] if fusion is None else list(fusion.parameters())
        fused = {id(parameter) for parameter in own}
        groups = [ParameterGroup("fusion of affinities", own, settings.fusion_lr)]
        for group in default_groups(self.network, self.network.trunk, settings):
            others = [p for p in group.parameters if id(p) not in fused]
            groups.append(replace(group, parameters=others))
        return groups

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The losses of the three tasks, summed with their weights, and the value of each.

        `batch` has `image` (N, 3, S, S), `tags` (N, C), `labels` int64 (N, S, S) and `saliency`
        uint8 (N, S, S) (targets.py). A dense task is trained by its initial logits and by the
        refined ones, at the size of the crop. Pixels of IGNORE count nowhere.
        """
        s = self.settings
        seen = self.network.see(batch["image"])
        losses = {
            "segment": (s.segment_weight, on_labels(seen.masks["segmentation"], batch[LABELS]))
        }
        if s.saliency_weight:
            salient = on_saliency(seen.masks["saliency"], batch[SALIENCY], s.salient_above)
            losses["saliency"] = s.saliency_weight, salient
        if s.classify_weight:
            scores = self.network.score(seen)
            losses["classify"] = s.classify_weight, tag_loss(scores, batch["tags"])
        total = torch.stack([weight * value for weight, value in losses.values()]).sum()
        return total, {name: float(value.detach()) for name, (_, value) in losses.items()}


def on_labels(mask: Mask, labels: Tensor) -> Tensor:
    """The mean cross-entropy of initial and of refined logits on labels, int64 (N, S, S), summed;
    0 without labelled pixels.
    """
    size = (labels.shape[1], labels.shape[2])
    losses = [mean_cross_entropy(resize_maps(x, size), labels) for x in mask.trained]
    return torch.stack(losses).sum()


def on_saliency(mask: Mask, levels: Tensor, above: float) -> Tensor:
    """The mean binary cross-entropy of initial and of refined logits, summed, on what is salient:
    `levels`, uint8 (N, S, S), above the share `above` of 255. 0 without a pixel but IGNORE.
    """
    known = (levels != IGNORE)[:, None]
    truth = (levels > above * 255).float()[:, None]
    losses = []
    for logits in mask.trained:
        full = resize_maps(logits, (levels.shape[1], levels.shape[2]))
        terms = F.binary_cross_entropy_with_logits(full, truth, reduction="none")
        losses.append((terms * known).sum() / known.sum().clamp(min=1))
    return torch.stack(losses).sum()
