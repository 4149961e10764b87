"""A network without its classifier: final features and the taps that refiners and affinities read.

Input is RGB in 0..1; the trunk normalises it as its weights want, so no stage knows a mean or a
deviation.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from wsss.nets.bodies import build_body
from wsss.nets.norms import join_norms
from wsss.nets.weights import load_trunk_weights
from wsss.run.errors import UserError


@dataclass
class Features:
    """`final` (N, D, h, w) at the output stride, and `taps`: the last few intermediate maps before
    it, shallow to deep.
    """

    final: Tensor
    taps: list[Tensor]


class Trunk(nn.Module):
    """A network by name (`wsss/nets/bodies.py`), at an output stride of 8, 16 or 32, with BatchNorm
    frozen by default.
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
    ) -> None:
        super().__init__()
        self.body = build_body(backbone, output_stride)
        load_trunk_weights(self.body, backbone, weights)
        join_norms(self.body)
        self.freeze_norm, self.taps = freeze_norm, taps
        for name in ("mean", "std"):
            value = torch.tensor(self.body.default_cfg[name]).view(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)
        try:
            self.channels, self.tap_channels = self._probe()
        except (AssertionError, AttributeError, TypeError) as error:
            raise UserError(
                f"backbone '{backbone}' gives no feature maps of a photo of 64 x 64 pixels "
                f"({str(error) or type(error).__name__}); take another of docs/backbones.md"
            )
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Features:
        """`images` float (N, 3, H, W) in 0..1 -> features."""
        x = ((images - self.mean) / self.std).contiguous(memory_format=torch.channels_last)
        final, taps = self.body.forward_intermediates(x)
        return Features(final, [t for t in taps if t is not final][-self.taps :])

    def train(self, mode: bool = True) -> "Trunk":
        """As nn.Module.train, but frozen BatchNorm layers stay in eval mode and their affine
        parameters get no gradient.
        """
        super().train(mode)
        if self.freeze_norm:
            for module in self.body.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
                    for parameter in module.parameters():
                        parameter.requires_grad_(False)
        return self

    def _probe(self) -> tuple[int, list[int]]:
        was = self.training
        self.eval()
        with torch.no_grad():
            features = self(torch.zeros(1, 3, 64, 64))
        self.train(was)
        return features.final.shape[1], [t.shape[1] for t in features.taps]
