"""The published parameter groups (pretrained and new, weights and biases) and poly decay (methods.md 2.2)."""

import torch
from torch import nn

from wsss.training.settings import TrainingSettings


def make_optimiser(network: nn.Module, pretrained: nn.Module, settings: TrainingSettings) -> torch.optim.Optimizer:
    """SGD or AdamW over four groups with learning rates 1, `bias_lr`, `head_lr` and their product times `lr`.

    Parameters of `pretrained` are the first two groups, all others of `network` the last two; frozen ones are left out.
    """
    old = {id(p) for p in pretrained.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {(n, b): [] for n in (False, True) for b in (False, True)}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups[id(parameter) not in old, name.endswith("bias")].append(parameter)
    chosen = [_group(parameters, new, bias, settings) for (new, bias), parameters in groups.items() if parameters]
    if settings.optimiser == "adamw":
        return torch.optim.AdamW(chosen, lr=settings.lr)
    momentum = settings.weight_decay if settings.optimiser == "sgd_published" else 0.9
    return torch.optim.SGD(chosen, lr=settings.lr, momentum=momentum)


def _group(parameters: list[nn.Parameter], new: bool, bias: bool, settings: TrainingSettings) -> dict[str, object]:
    lr = settings.lr * (settings.head_lr if new else 1) * (settings.bias_lr if bias else 1)
    return {"params": parameters, "lr": lr, "base_lr": lr, "weight_decay": 0.0 if bias else settings.weight_decay}


def set_lr(optimiser: torch.optim.Optimizer, step: int, steps: int, settings: TrainingSettings) -> float:
    """Set every group's learning rate for `step` of `steps`; gives the first group's."""
    factor = (1 - step / steps) ** settings.poly
    if settings.warmup:
        factor *= min(1.0, (step + 1) / (settings.warmup * steps))
    for group in optimiser.param_groups:
        group["lr"] = group["base_lr"] * factor
    return float(optimiser.param_groups[0]["lr"])
