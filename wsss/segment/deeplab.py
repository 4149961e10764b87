"""DeepLab, trained on label maps: v3+ from segmentation-models-pytorch, or the heads of v2, ASPP
and LargeFOV (docs/methods.md#deeplab).
"""

from collections.abc import Mapping
from typing import Any

import segmentation_models_pytorch as smp
import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from wsss.losses.labels import label_loss
from wsss.losses.multi_point import multi_point_loss
from wsss.losses.multi_point_settings import BOXES
from wsss.losses.regulariser import Given, make_regulariser
from wsss.losses.regulariser_settings import DfrSettings, RegulariserSettings
from wsss.nets.deeplab_v2 import DeepLabV2
from wsss.nets.feature_head import FeatureHead, SegmentationMaps
from wsss.nets.norms import join_norms
from wsss.nets.weights import load_backbone_weights
from wsss.run.errors import UserError
from wsss.segment.settings import DeepLabSettings
from wsss.training.targets import LABELS, REGION

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
            join_norms(net.encoder.model)
        except (RuntimeError, ValueError, KeyError, TypeError, AssertionError):
            raise UserError(
                f"head v3plus cannot use backbone '{settings.backbone}' at output stride "
                f"{settings.output_stride}; set head: aspp, or take a ResNet or an EfficientNet of "
                "timm"
            )
        self.backbone = settings.backbone
        self.trunk, self.decoder, self.classify = net.encoder, net.decoder, net.segmentation_head[0]
        self.map_channels = {
            "decoder": self.classify.in_channels,
            "trunk": self.trunk.out_channels[-1],
        }
        self.freeze_norm = settings.freeze_norm
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
        x = F.pad((images - self.mean) / self.std, (0, -width % 16, 0, -height % 16))
        features = self.trunk(x.contiguous(memory_format=torch.channels_last))
        decoded = self.decoder(features)
        # sizes rounded up without negative numbers, which exported networks divide differently
        rows, columns = (height + 3) // 4, (width + 3) // 4
        logits = self.classify(decoded)[:, :, :rows, :columns]
        last = features[-1]
        cells = x.shape[2] // last.shape[2]
        trunk = last[:, :, : (height + cells - 1) // cells, : (width + cells - 1) // cells]
        return SegmentationMaps(logits, decoded[:, :, :rows, :columns], trunk)

    def train(self, mode: bool = True) -> "V3Plus":
        """Set the training mode. With `freeze_norm` the BatchNorm layers of the trunk stay frozen;
        those of the head learn.
        """
        super().train(mode)
        for module in self.trunk.modules():
            if isinstance(module, nn.BatchNorm2d) and self.freeze_norm:
                module.eval()
                for parameter in module.parameters():
                    parameter.requires_grad_(False)
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


class DeepLab:
    """A training task (wsss.training.loop.Task) on label maps. Its network gives logits over
    background and classes.
    """

    def __init__(self, settings: DeepLabSettings, classes: int) -> None:
        self.settings: Any = settings
        self.network: Any
        if settings.head == "v3plus":
            self.network = V3Plus(settings, classes + 1)
        else:
            self.network = DeepLabV2(settings, classes + 1, settings.hidden, settings.head)
        self.regulariser = None
        if isinstance(settings, RegulariserSettings):
            self.regulariser = make_regulariser(settings)
        if self.regulariser is not None and self.regulariser.reads_features:
            self.network.feature_head = make_feature_head(self.network, self.settings.dfr)

    def loss(self, batch: dict[str, Any]) -> tuple[Tensor, dict[str, float]]:
        """The loss at the size of the labels (wsss/losses/labels.py); 0 for a batch in which all
        pixels are IGNORE. Weighted losses beside it are added, and then the parts have all of them.
        """
        labels = batch[LABELS]
        maps: SegmentationMaps = self.network.maps(batch["image"])
        logits = F.interpolate(maps.logits, labels.shape[-2:], mode="bilinear", align_corners=False)
        loss = label_loss(logits.float(), labels, self.settings, batch)
        parts = {"labels": float(loss.detach())}
        weight = getattr(self.settings, "multi_point", 0)
        if weight:
            points = weight * multi_point_loss(logits.float(), batch[BOXES])
            loss, parts["multi_point"] = loss + points, float(points.detach())
        if self.regulariser is not None:
            added = self.regulariser(self._given(batch, maps))
            if added is not None:
                loss, parts = loss + added[0], {**parts, **added[1]}
        return loss, parts if weight or self.regulariser is not None else {}

    def _given(self, batch: dict[str, Any], maps: SegmentationMaps) -> Given:
        """What the regulariser sees of a batch."""
        features = None
        if self.regulariser is not None and self.regulariser.reads_features:
            source = getattr(maps, self.settings.dfr.source)
            features = self.network.feature_head(source)
        return Given(
            batch["image"], maps.logits, batch[LABELS], batch[REGION], batch["progress"], features
        )


def make_feature_head(network: Any, settings: DfrSettings) -> FeatureHead:
    """The head of features on the map of the network that the settings name."""
    inside = network.map_channels[settings.source]
    return FeatureHead(inside, settings.hidden, settings.channels)
