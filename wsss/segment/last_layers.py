"""The layers of a pretrained network that DeepLab v3+'s encoder lacks, between its last map and the
classifier: in an EfficientNet a convolution from 320 to 1,280 channels.
"""

from typing import Any

import torch
from torch import Tensor, nn

from wsss.nets.imagenet_head import misfit, position_features
from wsss.nets.settings import TrunkSettings
from wsss.nets.trunk import Trunk
from wsss.run.errors import raise_passing
from wsss.segment.networks import V3Plus


class LastLayers(nn.Module):
    """From the last map of a V3Plus to what ImageNet's classifier reads, at each position.

    It is a Trunk of the same settings in which only these layers are left. UserError unless they
    make of the encoder's map what the whole trunk makes of the same photo.
    """

    def __init__(self, network: V3Plus, settings: TrunkSettings) -> None:
        super().__init__()
        self.trunk = Trunk.of(settings).eval()
        later = layers_after_mean(self.trunk.body, self.trunk.channels)
        lacking = layers_lacking(network.trunk.model, self.trunk.body)
        self.names = [name for name in lacking if name not in later]
        if settings.weights != "none" and not self._continues(network):
            raise misfit(settings.backbone)
        keep_layers(self.trunk.body, {*self.names, *later})
        self.trunk.train()

    def forward(self, last: Tensor) -> Tensor:
        """(N, D, h, w) -> (N, P, h, w)."""
        return position_features(self.trunk.body, self._finish(last))

    def _finish(self, last: Tensor) -> Tensor:
        """From the encoder's last map to that of the whole trunk."""
        for name in self.names:
            last = getattr(self.trunk.body, name)(last)
        return last

    @torch.no_grad()
    def _continues(self, network: V3Plus) -> bool:
        """Whether the layers make the trunk's last map of the encoder's, for some photo."""
        training = network.training
        network.eval()
        photo = torch.linspace(0, 1, 3 * 64 * 64).view(1, 3, 64, 64)
        wanted = self.trunk(photo).final
        try:
            found = self._finish(network.last_map(photo))
        except RuntimeError as error:  # another number of channels
            raise_passing(error)
            return False
        finally:
            network.train(training)
        if found.shape != wanted.shape:
            return False
        return bool((found - wanted).abs().max() <= 1e-3 * wanted.abs().max())


def layers_lacking(encoder: nn.Module, body: nn.Module) -> list[str]:
    """The names of a body's layers with tensors that an encoder does not have, in their order."""
    known = {name.partition(".")[0] for name in encoder.state_dict()}
    layers = body.named_children()
    return [name for name, layer in layers if layer.state_dict() and name not in known]


def keep_layers(body: nn.Module, names: set[str]) -> None:
    """Replace all other layers of a body, in place, by ones that do nothing."""
    for name, _ in list(body.named_children()):
        if name not in names:
            setattr(body, name, nn.Identity())


def layers_after_mean(body: Any, channels: int) -> set[str]:
    """The names of a body's layers between the mean of its last map, of so many channels, and its
    classifier.
    """
    called: set[str] = set()
    handles = []
    for name, layer in body.named_children():
        handles.append(layer.register_forward_hook(lambda *_, name=name: called.add(name)))
    with torch.no_grad():
        position_features(body, torch.zeros(1, channels, 1, 1))
    for handle in handles:
        handle.remove()
    return called
