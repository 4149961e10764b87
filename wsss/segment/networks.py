"""Networks for segmentation: DeepLab v3+ from segmentation-models-pytorch, or the heads of v2, ASPP
and LargeFOV, or RRM's branch (docs/methods.md#deeplab).
"""

from collections.abc import Mapping

import segmentation_models_pytorch as smp
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.nets.deeplab_v2 import DeepLabV2
from wsss.nets.feature_head import SegmentationMaps
from wsss.nets.frozen import freeze_layers, hold_norms
from wsss.nets.norms import join_norms
from wsss.nets.undilated import undilate
from wsss.nets.weights import load_backbone_weights
from wsss.run.errors import UserError
from wsss.segment.settings import DeepLabSettings

IN_TRUNK = "trunk.body."
"""prefix of the names of a Trunk's tensors"""


class V3Plus(nn.Module):
    """DeepLab v3+ with an encoder of timm, for photos in 0..1. A UserError names a backbone that
    does not fit.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, settings: DeepLabSettings, classes: int) -> None:
        super().__init__()
        try:
            net = smp.DeepLabV3Plus(
                f"tu-{settings.backbone}",
                encoder_weights=None,
                classes=classes,
                encoder_output_stride=settings.output_stride,
            )
            load_encoder_weights(net.encoder.model, settings)
            if not settings.dilate:
                undilate(net.encoder.model)
            join_norms(net.encoder.model)
        except (RuntimeError, ValueError, KeyError, TypeError, AssertionError):
            raise UserError(
                f"head v3plus cannot use backbone '{settings.backbone}' at output stride "
                f"{settings.output_stride}; set head: aspp, or take a ResNet or an EfficientNet of "
                "timm"
            )
        freeze_layers(net.encoder.model, settings.freeze)
        self.backbone = settings.backbone
        self.trunk, self.decoder, self.classify = net.encoder, net.decoder, net.segmentation_head[0]
        self.map_channels = {
            "decoder": self.classify.in_channels,
            "trunk": self.trunk.out_channels[-1],
        }
        self.freeze_norm, self.freeze = settings.freeze_norm, settings.freeze
        for name in ("mean", "std"):
            value = torch.tensor(self.trunk.model.default_cfg[name]).view(1, 3, 1, 1)
            self.register_buffer(name, value, persistent=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """From images (N, 3, H, W) in 0..1 to logits (N, classes, H / 4, W / 4), sizes rounded up.

        Inside, images are padded to multiples of 16 pixels.
        """
        return self.maps(images).logits

    def maps(self, images: Tensor) -> SegmentationMaps:
        """The logits, the decoder's map, of their size, and the encoder's last map, all without the
        padding.
        """
        height, width = images.shape[2:]
        features = self._encode(images)
        decoded = self.decoder(features)
        # sizes rounded up without negative numbers, which exported networks divide differently
        rows, columns = (height + 3) // 4, (width + 3) // 4
        logits = self.classify(decoded)[:, :, :rows, :columns]
        trunk = _without_padding(features[-1], (height, width))
        return SegmentationMaps(logits, decoded[:, :, :rows, :columns], trunk)

    def last_map(self, images: Tensor) -> Tensor:
        """The encoder's last map, (N, D, h, w), of images (N, 3, H, W) in 0..1, without the
        padding.
        """
        return _without_padding(self._encode(images)[-1], (images.shape[2], images.shape[3]))

    def _encode(self, images: Tensor) -> list[Tensor]:
        """The encoder's maps of images that are padded to multiples of 16 pixels."""
        height, width = images.shape[2:]
        x = F.pad((images - self.mean) / self.std, (0, -width % 16, 0, -height % 16))
        features: list[Tensor] = self.trunk(x.contiguous(memory_format=torch.channels_last))
        return features

    def train(self, mode: bool = True) -> "V3Plus":
        """Set the training mode. With `freeze_norm` the BatchNorm layers of the trunk stay frozen;
        those of the head learn.
        """
        super().train(mode)
        hold_norms(self.trunk.model, self.freeze, every=self.freeze_norm)
        return self

    def renamed(self, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The tensors of a model, those of a Trunk under the encoder's names (nets/start.py).

        Layers that this backbone has after the encoder's last, such as conv_head, get names outside
        of `trunk`, as they need not fit.
        """
        if not any(name.startswith(IN_TRUNK) for name in given):
            return dict(given)
        names = {}
        for name in names_of_backbone(self.backbone):
            names[IN_TRUNK + name] = f"body.{name}"
        # where a whole network has "stem.0", timm's encoder may have "stem_0"
        dotted = {name.replace(".", "_"): name for name in names}
        for name in self.trunk.model.state_dict():
            whole = dotted[(IN_TRUNK + name).replace(".", "_")]
            names[whole] = f"trunk.model.{name}"
        return {names.get(name, name): value for name, value in given.items()}


def _without_padding(last: Tensor, size: tuple[int, int]) -> Tensor:
    """The cells of the last map (N, D, h, w) that cover an image of `size` (H, W), which was padded
    to multiples of 16 pixels.
    """
    height, width = size
    cells = (height + 15) // 16 * 16 // last.shape[2]
    return last[:, :, : (height + cells - 1) // cells, : (width + cells - 1) // cells]


def names_of_backbone(backbone: str) -> set[str]:
    """The names of all tensors of a whole network of timm, without its classifier."""
    with torch.device("meta"):  # allocates nothing
        return set(timm.create_model(backbone, pretrained=False, num_classes=0).state_dict())


def load_encoder_weights(encoder: nn.Module, settings: DeepLabSettings) -> None:
    """Load the weights that the settings name into an encoder of timm.

    The encoder lacks the last layers of the whole network and has the others under the same names.
    So the weights are loaded into a whole network first, and copied.
    """
    if settings.weights != "none":
        whole = timm.create_model(settings.backbone, pretrained=False, num_classes=0)
        load_backbone_weights(whole, settings.backbone, settings.weights)
        source = whole.state_dict()
        encoder.load_state_dict({name: source[name] for name in encoder.state_dict()})


def make_network(settings: DeepLabSettings, classes: int) -> V3Plus | DeepLabV2:
    """The network of the settings, with logits over background and `classes` classes."""
    if settings.head == "v3plus":
        return V3Plus(settings, classes + 1)
    return DeepLabV2(settings, classes + 1, settings.hidden, settings.head)
