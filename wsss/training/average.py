"""The exponential moving average of a network's weights during a training
(docs/methods.md#weight-average).
"""

import torch
from torch import Tensor, nn


class WeightAverage:
    """After step t each floating tensor of the network's state, such as a weight or a norm's
    statistics, moves the average by a share 1 - d. Other tensors are copied.

    d = min(decay, (1 + t) / (10 + t)), so that the first steps are soon forgotten.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network, self.decay = network, decay
        self.tensors = {name: value.clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the network's tensors after `step`, which counts from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.tensors[name].lerp_(value, 1 - decay)
            else:
                self.tensors[name].copy_(value)

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Continue from the tensors of a checkpoint."""
        self.tensors = tensors

    def fill(self) -> None:
        """Load the average into the network."""
        self.network.load_state_dict(self.tensors)
