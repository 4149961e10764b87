"""Optimisers, parameter groups and the learning rate (docs/methods.md#optimiser).

By default there are four groups: weights and biases of pretrained layers, and of new layers.
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from wsss.run.errors import UserError
from wsss.training.settings import TrainingSettings


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters with one learning rate and one weight decay."""

    name: str
    """for errors"""
    parameters: Sequence[nn.Parameter]
    """each trainable parameter of a network is in one group"""
    lr: float = 1.0
    """factor on `lr` of the settings"""
    weight_decay: float = 1.0
    """factor on `weight_decay` of the settings"""


def default_groups(
    network: nn.Module, pretrained: nn.Module, settings: TrainingSettings
) -> list[ParameterGroup]:
    """The groups of a network: weights and biases of its part `pretrained`, then weights and biases
    of the rest. Frozen parameters and empty groups are left out.

    Their factors on the learning rate are 1, `bias_lr`, `head_lr` and `head_lr` * `bias_lr`. Biases
    have no weight decay.
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
    """A default group of `new` or pretrained parameters, biases (`bias`) or weights."""
    name = f"{'new' if new else 'pretrained'} {'biases' if bias else 'weights'}"
    lr = (settings.head_lr if new else 1.0) * (settings.bias_lr if bias else 1.0)
    return ParameterGroup(name, parameters, lr, 0.0 if bias else 1.0)


def split_groups(
    groups: Sequence[ParameterGroup], chosen: Set[int], lr: float, name: str
) -> list[ParameterGroup]:
    """The groups, with the parameters whose `id` is among the `chosen` in groups of their own,
    `name` before theirs. These have `lr` times the learning rate. Empty groups are left out.
    """
    split = []
    for group in groups:
        own = [p for p in group.parameters if id(p) in chosen]
        rest = [p for p in group.parameters if id(p) not in chosen]
        faster = replace(group, name=f"{name} {group.name}", parameters=own, lr=group.lr * lr)
        split += [faster, replace(group, parameters=rest)]
    return [group for group in split if group.parameters]


def groups_of(task: Any, settings: TrainingSettings) -> list[ParameterGroup]:
    """The groups of a task's `parameter_groups(settings)`, or the default ones.

    A UserError names a trainable parameter that is not in exactly one group.
    """
    if not hasattr(task, "parameter_groups"):
        return default_groups(task.network, task.network.trunk, settings)
    groups: list[ParameterGroup] = task.parameter_groups(settings)
    _check_complete(task.network, groups)
    return [group for group in groups if group.parameters]


def _check_complete(network: nn.Module, groups: Sequence[ParameterGroup]) -> None:
    """Raise a UserError unless the groups hold each trainable parameter once and nothing else."""
    groups_by_parameter: dict[int, list[str]] = {}
    for group in groups:
        for parameter in group.parameters:
            groups_by_parameter.setdefault(id(parameter), []).append(group.name)
    for name, parameter in network.named_parameters():
        found = groups_by_parameter.pop(id(parameter), [])
        if len(found) != (1 if parameter.requires_grad else 0):
            raise UserError(_describe_misplaced(name, parameter, found))
    for found in groups_by_parameter.values():
        raise UserError(
            f"parameter group '{found[0]}' holds a parameter that is not in the network; take it "
            "out of parameter_groups"
        )


def _describe_misplaced(name: str, parameter: nn.Parameter, groups: list[str]) -> str:
    """The error for a parameter that is in these groups."""
    named = ", ".join(map(repr, groups))
    where = f"in parameter groups {named}" if groups else "in no parameter group"
    if not parameter.requires_grad:
        return f"parameter {name} is frozen but {where}; leave it out of parameter_groups"
    return f"parameter {name} is {where}; parameter_groups must name it exactly once"


def make_optimiser(
    groups: Sequence[ParameterGroup], settings: TrainingSettings
) -> torch.optim.Optimizer:
    """SGD or AdamW over the groups, by `settings.optimiser`."""
    torch_groups = [_as_torch(group, settings) for group in groups]
    if settings.optimiser == "adamw":
        return torch.optim.AdamW(torch_groups, lr=settings.lr)
    momentum = settings.weight_decay if settings.optimiser == "sgd_published" else 0.9
    return torch.optim.SGD(torch_groups, lr=settings.lr, momentum=momentum)


def _as_torch(group: ParameterGroup, settings: TrainingSettings) -> dict[str, Any]:
    """A group for torch; `base_lr` keeps the learning rate that `set_lr` starts from."""
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
    """Set the learning rate of every group for `step` of `steps`; returns the first group's.

    It is base_lr times the decay, and rises linearly from 0 over the warm-up. The decay is
    (1 - step / steps)^poly, or decay_factor to the power of the whole decay_every that are over.
    """
    if settings.decay == "step":
        factor = settings.decay_factor ** (step // settings.decay_every)
    else:
        factor = (1 - step / steps) ** settings.poly
    if settings.warmup:
        factor *= min(1.0, (step + 1) / (settings.warmup * steps))
    for group in optimiser.param_groups:
        group["lr"] = group["base_lr"] * factor
    return float(optimiser.param_groups[0]["lr"])
