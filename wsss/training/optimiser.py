"""Parameter groups, the published ones by default, and poly decay (docs/methods.md#optimiser).

By default there are four: pretrained and new parameters, weights and biases.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from wsss.run.errors import UserError
from wsss.training.settings import TrainingSettings


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that learn alike. `lr` and `weight_decay` are factors on those of the settings."""

    name: str
    parameters: Sequence[nn.Parameter]
    lr: float = 1.0
    weight_decay: float = 1.0


def default_groups(
    network: nn.Module, pretrained: nn.Module, settings: TrainingSettings
) -> list[ParameterGroup]:
    """Weights and biases of `pretrained`, then those of the rest; frozen parameters are left out.

    Learning rates have the factors 1, `bias_lr`, `head_lr`, and the product of the last two.
    """
    old = {id(p) for p in pretrained.parameters()}
    members: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            kind = id(parameter) not in old, name.endswith("bias")
            members.setdefault(kind, []).append(parameter)
    groups = []
    for new, bias in sorted(members):
        groups.append(_default_group(new, bias, members[new, bias], settings))
    return groups


def _default_group(
    new: bool, bias: bool, parameters: list[nn.Parameter], settings: TrainingSettings
) -> ParameterGroup:
    name = f"{'new' if new else 'pretrained'} {'biases' if bias else 'weights'}"
    lr = (settings.head_lr if new else 1.0) * (settings.bias_lr if bias else 1.0)
    return ParameterGroup(name, parameters, lr, 0.0 if bias else 1.0)


def groups_of(task: Any, settings: TrainingSettings) -> list[ParameterGroup]:
    """The groups that a task names by `parameter_groups(settings)`, or the default ones.

    Every trainable parameter must be in exactly one, else a UserError names it.
    """
    if not hasattr(task, "parameter_groups"):
        return default_groups(task.network, task.network.trunk, settings)
    groups: list[ParameterGroup] = task.parameter_groups(settings)
    _check_complete(task.network, groups)
    return [group for group in groups if group.parameters]


def _check_complete(network: nn.Module, groups: Sequence[ParameterGroup]) -> None:
    places: dict[int, list[str]] = {}
    for group in groups:
        for parameter in group.parameters:
            places.setdefault(id(parameter), []).append(group.name)
    for name, parameter in network.named_parameters():
        found = places.pop(id(parameter), [])
        if len(found) != parameter.requires_grad:
            raise UserError(_misplaced(name, parameter, found))
    for found in places.values():
        raise UserError(
            f"parameter group '{found[0]}' holds a parameter that is none of the "
            "network's; take it out of parameter_groups"
        )


def _misplaced(name: str, parameter: nn.Parameter, groups: list[str]) -> str:
    named = ", ".join(map(repr, groups))
    where = f"in parameter groups {named}" if groups else "in no parameter group"
    if not parameter.requires_grad:
        return f"parameter {name} is frozen but {where}; leave it out of parameter_groups"
    return f"parameter {name} is {where}; parameter_groups must name it exactly once"


def make_optimiser(
    groups: Sequence[ParameterGroup], settings: TrainingSettings
) -> torch.optim.Optimizer:
    """SGD or AdamW, as the settings name it, over the groups."""
    chosen = [_as_torch(group, settings) for group in groups]
    if settings.optimiser == "adamw":
        return torch.optim.AdamW(chosen, lr=settings.lr)
    momentum = settings.weight_decay if settings.optimiser == "sgd_published" else 0.9
    return torch.optim.SGD(chosen, lr=settings.lr, momentum=momentum)


def _as_torch(group: ParameterGroup, settings: TrainingSettings) -> dict[str, Any]:
    lr = settings.lr * group.lr
    return {
        "name": group.name,
        "params": list(group.parameters),
        "lr": lr,
        "base_lr": lr,
        "weight_decay": settings.weight_decay * group.weight_decay,
    }


def set_lr(
    optimiser: torch.optim.Optimizer, step: int, steps: int, settings: TrainingSettings
) -> float:
    """Set every group's learning rate for `step` of `steps`; gives the first group's."""
    factor = (1 - step / steps) ** settings.poly
    if settings.warmup:
        factor *= min(1.0, (step + 1) / (settings.warmup * steps))
    for group in optimiser.param_groups:
        group["lr"] = group["base_lr"] * factor
    return float(optimiser.param_groups[0]["lr"])
