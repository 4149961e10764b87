"""CPN, the complementary patch network (ICCV 2021; docs/methods.md#cpn).

The network runs on a photo and on a pair of photos that each hide what the other one shows. Each of
the three gives CAMs M and refined CAMs R, normalised and without absent classes. rho is the share
of the photo that the first of the pair shows; M1 and R1 are multiplied by it, M2 and R2 by 1 - rho.

L_TCP is the mean of |M - (M1 + M2)|, where the pair's maps have no gradient, and of
|R - (R1 + R2)|. L_CPCR compares M - M1 with R2, and M - M2 with R1. L_min is the min-pool loss on
the refined maps. What the modules read is detached, and so are the CAMs in L_CPCR. So the trunk
learns from the classification losses and from the first part of L_TCP.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.classify.cpn_settings import CpnSettings
from wsss.classify.hidden_patches import Kept, draw_kept, make_pair
from wsss.classify.network import CamNetwork
from wsss.classify.pooling import classification_loss
from wsss.losses.complementary import missing_loss, sum_loss
from wsss.losses.equivariance import keep_present, max_norm, min_pool
from wsss.losses.ramp import rising
from wsss.nets.pcm import correlate, suppress
from wsss.nets.prcm import describe_regions, keys_of, weigh_cells
from wsss.nets.tap_features import CHANNELS, ComparesTaps
from wsss.nets.trunk import Features

Weighted = dict[str, tuple[float, Tensor]]
"""name of a loss -> its weight and value"""


class CpnNetwork(ComparesTaps, CamNetwork):
    """The plain network, and the layers of two modules that refine maps: PCM and PRCM."""

    def __init__(self, settings: CpnSettings, classes: int) -> None:
        super().__init__(settings, classes)
        self.add_tap_layers(self.trunk.tap_channels, settings.affinity_channels)
        self.prcm = settings.prcm
        if self.prcm != "none":
            self.describe = nn.Conv2d(CHANNELS, settings.affinity_channels, 1, bias=False)
            nn.init.xavier_uniform_(self.describe.weight, gain=4)

    def refined(
        self, images: Tensor, maps: Tensor, features: Features, tags: Tensor | None = None
    ) -> Tensor:
        """From class maps (N, C, h, w) to maps refined by both modules, (N, C + 1, h, w),
        background first. `tags` are as for every classifier.
        """
        scores, stacked = suppress(maps, tags), self.stack_taps(images, features)
        compared = self.compare(stacked)
        refined = correlate(scores, compared)
        if self.prcm == "none":
            return refined
        regions = describe_regions(scores, stacked).transpose(1, 2)[..., None]
        channels = F.relu(self.describe(regions))[..., 0]
        weights = weigh_cells(keys_of(channels, self.prcm), F.relu(compared))
        return refined + weights * scores


class Cpn:
    """A training task: a `network`, and its `loss` on a batch."""

    def __init__(self, settings: CpnSettings, classes: int) -> None:
        self.settings = settings
        self.network = CpnNetwork(settings, classes)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The sum of all losses with their weights, and the value of each part. A loss whose weight
        is 0 is not computed.

        `batch` has `image` (N, 3, S, S), `tags` (N, C), `progress`, the finished share of the
        training, and for pairs of superpixels `superpixels` (N, S, S).
        """
        images, tags = batch["image"], batch["tags"].repeat(3, 1)
        kept = draw_kept(batch, self.settings)
        pair = make_pair(images, kept.mask, self.network.trunk.mean)
        maps, features = self.look(images, pair)
        losses = {"classify": (1.0, self._classify(maps, tags))}
        normalised = self._normalised(maps, tags, kept)
        losses |= self._tcp(normalised, batch["progress"])
        if self.settings.refines:
            refined = self.network.refined(torch.cat([images, pair]), maps, features)
            losses |= self._refined_losses(normalised, refined, tags, kept)
        total = torch.stack([weight * value for weight, value in losses.values()]).sum()
        return total, {name: float(value.detach()) for name, (_, value) in losses.items()}

    def look(self, images: Tensor, pair: Tensor) -> tuple[Tensor, Features]:
        """The class maps (3N, C, h, w) and features of the photos (N, 3, S, S), of the first photos
        of the pairs, and of the second ones; `pair` is (2N, 3, S, S).

        One forward pass for all three. Without classification losses of the pair no gradient passes
        through its maps, and the trunk keeps nothing of it.
        """
        if self.settings.classify_pair:
            seen: tuple[Tensor, Features] = self.network(torch.cat([images, pair]))
            return seen
        maps, features = self.network(images)
        with torch.no_grad():
            pair_maps, pair_features = self.network(pair)
        return torch.cat([maps, pair_maps]), _join(features, pair_features)

    def _classify(self, maps: Tensor, tags: Tensor) -> Tensor:
        """The mean of the three classification losses, the pair's weighted by `classify_pair`."""
        weight, losses = self.settings.classify_pair, []
        for one, present in zip(maps.chunk(3), tags.chunk(3)):
            losses.append(classification_loss(one, present, self.settings))
        return (losses[0] + weight * (losses[1] + losses[2])) / (1 + 2 * weight)

    def _tcp(self, normalised: tuple[Tensor, ...], progress: float) -> Weighted:
        """L_TCP on the CAMs."""
        if not self.settings.tcp:
            return {}
        whole, first, second = normalised
        weight = rising(self.settings.tcp, self.settings.tcp_ramp, progress)
        return {"tcp": (weight, sum_loss(whole, first.detach(), second.detach()))}

    def _refined_losses(
        self, normalised: tuple[Tensor, ...], refined: Tensor, tags: Tensor, kept: Kept
    ) -> Weighted:
        """The losses that train the modules: of refined maps (3N, C + 1, h, w)."""
        s, losses = self.settings, {}
        whole, first, second = normalised
        refined_whole, refined_first, refined_second = self._normalised(refined[:, 1:], tags, kept)
        if s.min_pool:
            losses["min_pool"] = s.min_pool, min_pool(refined, tags)
        if s.tcp_refined:
            tcp = sum_loss(refined_whole, refined_first, refined_second)
            losses["tcp_refined"] = s.tcp_refined, tcp
        if s.cpcr:
            lacking_first = missing_loss(whole, first, refined_second, s.hard_share)
            lacking_second = missing_loss(whole, second, refined_first, s.hard_share)
            losses["cpcr"] = s.cpcr, lacking_first + lacking_second
        return losses

    @staticmethod
    def _normalised(maps: Tensor, tags: Tensor, kept: Kept) -> tuple[Tensor, ...]:
        """Maps (3N, C, h, w) as the losses compare them, in three parts: each scaled to 0..1,
        without absent classes, times the share of the photo that it was made from.
        """
        shares = torch.cat([torch.ones_like(kept.share), kept.share, 1 - kept.share])
        return (keep_present(max_norm(maps), tags) * shares[:, None, None, None]).chunk(3)


def _join(first: Features, second: Features) -> Features:
    """The features of two batches as those of one."""
    taps = [torch.cat(pair) for pair in zip(first.taps, second.taps)]
    return Features(torch.cat([first.final, second.final]), taps)
