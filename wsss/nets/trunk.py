"""The trunk: a network without classifier that gives the last feature map and earlier ones (taps).

Its input is RGB in 0..1. The trunk itself subtracts the mean and divides by the standard deviation
that its weights were trained with.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wsss.nets.bodies import build_body
from wsss.nets.frozen import freeze_layers, hold_norms
from wsss.nets.norms import join_norms
from wsss.nets.settings import TrunkSettings
from wsss.nets.undilated import undilate
from wsss.nets.weights import load_backbone_weights
from wsss.run.errors import UserError


@dataclass
class Features:
    """Feature maps of a batch of photos."""

    final: Tensor
    """the last map (N, D, h, w) at the output stride"""
    taps: list[Tensor]
    """the last few intermediate maps before it, shallow to deep, each with its own size"""


class Trunk(nn.Module):
    """A body by name (`wsss/nets/bodies.py`) at an output stride of 8, 16 or 32, with its weights.

    `weights` is as in `load_backbone_weights`. `freeze_norm` keeps BatchNorm's statistics and
    affine parameters fixed. `taps` is the number of intermediate maps that `forward` returns.
    `freeze` and `dilate` are as in `TrunkSettings`. The attributes `channels` and `tap_channels`
    count the channels of the last map and of each tap.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        backbone: str,
        output_stride: int,
        weights: str = "none",
        freeze_norm: bool = True,
        taps: int = 2,
        freeze: Sequence[str] = (),
        dilate: bool = True,
    ) -> None:
        super().__init__()
        self.body = build_body(backbone, output_stride)
        load_backbone_weights(self.body, backbone, weights)
        if not dilate:
            undilate(self.body)
        freeze_layers(self.body, freeze)
        join_norms(self.body)
        self.freeze_norm, self.freeze, self.taps = freeze_norm, freeze, taps
        for name in ("mean", "std"):
            value = torch.tensor(self.body.default_cfg[name]).view(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)
        try:
            self.channels, self.tap_channels = self._probe()
        except (AssertionError, AttributeError, TypeError) as error:
            raise UserError(
                f"backbone '{backbone}' gives no feature maps of a photo of 64 x 64 pixels "
                f"({str(error) or type(error).__name__}); choose another from docs/backbones.md"
            )
        self.to(memory_format=torch.channels_last)

    @classmethod
    def of(cls, settings: TrunkSettings, taps: int = 2) -> "Trunk":
        """The trunk of the settings."""
        return cls(
            settings.backbone,
            settings.output_stride,
            settings.weights,
            settings.freeze_norm,
            taps,
            settings.freeze,
            settings.dilate,
        )

    def forward(self, images: Tensor) -> Features:
        """float (N, 3, H, W) in 0..1 -> the last map and the taps."""
        x = self.normalise(images).contiguous(memory_format=torch.channels_last)
        final, taps = self.body.forward_intermediates(x)
        return Features(final, [t for t in taps if t is not final][-self.taps :])

    def normalise(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) in 0..1 with the mean and the deviation of the trunk's weights."""
        return (images - self.mean) / self.std

    def covered(self, image: Tensor, cell: int) -> tuple[float, float] | None:
        """How many rows and columns an image (N, 3, H, W) takes of a grid with `cell` pixels to a
        cell, such as 93.75 of 94. None: all of them, where the trunk fits its cells to the image
        (tokens.py).
        """
        if getattr(self.body, "fits_image", False):
            return None
        return image.shape[2] / cell, image.shape[3] / cell

    def train(self, mode: bool = True) -> "Trunk":
        """Set training mode, or eval mode. Frozen BatchNorm layers stay in eval mode, and their
        affine parameters get no gradient.
        """
        super().train(mode)
        hold_norms(self.body, self.freeze, every=self.freeze_norm)
        return self

    def _probe(self) -> tuple[int, list[int]]:
        """The channels of the last map and of each tap, from a run on a small black photo."""
        was_training = self.training
        self.eval()
        with torch.no_grad():
            features = self(torch.zeros(1, 3, 64, 64))
        self.train(was_training)
        return features.final.shape[1], [t.shape[1] for t in features.taps]
