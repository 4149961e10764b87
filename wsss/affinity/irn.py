"""IRNet (CVPR 2019; docs/methods.md#irnet) learns class boundaries, and displacements to the
centres of instances, from pairs of pixels.

Two pixels belong together when no boundary lies on the straight path between them. The trunk is
frozen. Only two heads learn, for boundaries and for displacements. Each reads five feature maps of
the trunk: four intermediate ones (taps) and the final one.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.affinity.irn_settings import IrnSettings
from wsss.losses.pair import pair_kinds, pair_loss
from wsss.nets.pairs import offsets, slices
from wsss.nets.paths import path_affinities
from wsss.nets.trunk import Trunk
from wsss.run.errors import UserError
from wsss.training.grids import labels_on
from wsss.training.optimiser import ParameterGroup, default_groups, split_groups

MEAN_MOMENTUM = 0.05
"""weight of a batch's mean displacement in the running mean; `predict_boundaries` subtracts that
mean, for instances"""


class IrnNetwork(nn.Module):
    """Boundary logits (N, h, w) and displacements (N, 2, h, w) in cells, both at a quarter of the
    photo's size.
    """

    mean_displacement: Tensor

    def __init__(self, settings: IrnSettings) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings, taps=4)
        widths = [*self.trunk.tap_channels, self.trunk.channels]
        if len(widths) < 5:
            raise UserError(
                f"backbone '{settings.backbone}' has {len(widths)} feature maps, irn reads five; "
                "take a ResNet or an EfficientNet"
            )
        self.boundary_projections = nn.ModuleList(_project(width, 32, groups=4) for width in widths)
        self.boundary = nn.Conv2d(32 * len(widths), 1, 1)
        outs, groups = (64, 128, 256, 256, 256), (8, 16, 16, 16, 16)
        self.displacement_projections = nn.ModuleList(map(_project, widths, outs, groups))
        self.join_deep = _project(sum(outs[2:]), 256, groups=16)
        self.join = _project(256 + sum(outs[:2]), 256, groups=16)
        self.displacement = nn.Conv2d(256, 2, 1, bias=False)
        self.register_buffer("mean_displacement", torch.zeros(2, 1, 1))
        self.pooled_stem = settings.pooled_stem

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """From images (N, 3, H, W) in 0..1 to boundary logits (N, h, w) and displacements (dy, dx),
        (N, 2, h, w). `mean_displacement` is not subtracted yet.
        """
        size = (-(-images.shape[2] // 4), -(-images.shape[3] // 4))
        with torch.no_grad():
            features = self.trunk(images)
        taps = [*features.taps, features.final]
        if self.pooled_stem:
            taps[0] = F.max_pool2d(taps[0], 3, stride=2, padding=1)
        return self._boundaries(taps, size), self._displacements(taps, size)

    def _boundaries(self, taps: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Logits (N, *size): each feature map projected, all at one size, joined."""
        projected = [layer(tap) for layer, tap in zip(self.boundary_projections, taps)]
        edges = [F.relu(_to(x, size)) for x in projected]
        logits: Tensor = self.boundary(torch.cat(edges, dim=1))[:, 0]
        return logits

    def _displacements(self, taps: list[Tensor], size: tuple[int, int]) -> Tensor:
        """Displacements (N, 2, *size): the three deep feature maps are joined at the size of the
        third, and the result with the two shallow ones at `size`.
        """
        features = [layer(tap) for layer, tap in zip(self.displacement_projections, taps)]
        middle = (features[2].shape[2], features[2].shape[3])
        deep = torch.cat([F.relu(_to(x, middle)) for x in features[2:]], dim=1)
        shallow = [F.relu(_to(x, size)) for x in features[:2]]
        fine = torch.cat([*shallow, F.relu(_to(self.join_deep(deep), size))], dim=1)
        displacement: Tensor = self.displacement(F.relu(self.join(fine)))
        return displacement

    def displacement_layers(self) -> tuple[nn.Module, ...]:
        """The layers that only displacements need."""
        layers = (self.displacement_projections, self.join_deep, self.join, self.displacement)
        return layers

    def train(self, mode: bool = True) -> "IrnNetwork":
        """Set the training mode of the heads; the frozen trunk stays in eval mode."""
        super().train(mode)
        self.trunk.eval()
        return self


def _project(channels: int, out: int, groups: int) -> nn.Sequential:
    """A 1 x 1 convolution from `channels` to `out`, and GroupNorm."""
    return nn.Sequential(nn.Conv2d(channels, out, 1, bias=False), nn.GroupNorm(groups, out))


def _to(maps: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(maps, size, mode="bilinear", align_corners=False)


class Irn:
    """A training task (wsss.training.loop.Task) on confident areas, given as label maps."""

    def __init__(self, settings: IrnSettings, classes: int) -> None:
        self.settings = settings
        self.network = IrnNetwork(settings)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The loss of a batch and its parts: the pair loss of the boundaries, plus
        `settings.displacement` times the mean of the two displacement losses.
        """
        s, radius = self.settings, self.settings.radius
        logits, displacement = self.network(batch["image"])
        labels = labels_on(batch["labels"], (logits.shape[1], logits.shape[2]))
        affinity, at_edges = path_affinities(logits.float().sigmoid(), radius), s.edge_pairs
        pairs, parts = pair_loss(affinity, labels, radius, at_edges)
        moves = displacement_loss(displacement.float(), labels, radius, at_edges)
        self._update_mean(displacement)
        loss = pairs + s.displacement * (moves["same"] + moves["background"]) / 2
        for name, value in moves.items():
            parts[f"displacement_{name}"] = float(value.detach())
        return loss, parts

    def parameter_groups(self, settings: IrnSettings) -> list[ParameterGroup]:
        """The default groups; the rate of the displacements' layers is `displacement_lr` times that
        of the boundaries'.
        """
        groups = default_groups(self.network, self.network.trunk, settings)
        if settings.displacement_lr == 1:
            return groups
        own: set[int] = set()
        for layer in self.network.displacement_layers():
            own.update(map(id, layer.parameters()))
        return split_groups(groups, own, settings.displacement_lr, "displacement")

    @torch.no_grad()
    def _update_mean(self, displacement: Tensor) -> None:
        """Move the running mean towards the mean of a batch; the first batch sets it."""
        mean = displacement.float().mean(dim=(0, 2, 3)).view(2, 1, 1)
        first = not bool(self.network.mean_displacement.any())
        self.network.mean_displacement.lerp_(mean, 1.0 if first else MEAN_MOMENTUM)


def displacement_loss(
    displacement: Tensor, labels: Tensor, radius: int, edge_pairs: bool = True
) -> dict[str, Tensor]:
    """The losses of displacements D (N, 2, h, w), (dy, dx) in cells, at positions p:

    `same`: mean of |D_i - D_j - (p_j - p_i)| over pairs of one foreground class. It is 0 where both
    pixels point to one centre: p_i + D_i = p_j + D_j. `background`: mean of |D_i - D_j| over
    background pairs. The means are taken over pairs and over dy and dx.
    """
    kinds = pair_kinds(labels, radius, edge_pairs)
    sums = {name: displacement.new_zeros(()) for name in ("same", "background")}
    near = offsets(radius)
    for o, source, target in slices(labels.shape[1:], near):
        difference = (
            displacement[:, :, source[0], source[1]] - displacement[:, :, target[0], target[1]]
        )
        apart = difference.new_tensor(near[o]).view(1, 2, 1, 1)
        for name, wanted in (("same", apart), ("background", torch.zeros_like(apart))):
            chosen = kinds[name][:, o, source[0], source[1]]
            sums[name] = sums[name] + ((difference - wanted).abs().sum(dim=1) * chosen).sum()
    return {name: total / (2 * kinds[name].sum()).clamp(min=1) for name, total in sums.items()}
