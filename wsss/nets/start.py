"""Starts a network from a trained model instead of from ImageNet weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from wsss.nets.models import read_tensors
from wsss.run.errors import UserError

TRUNK = "trunk."
"""prefix of the names of a trunk's tensors"""


def start_from(network: nn.Module, path: str | Path) -> str:
    """Load into `network` the tensors of the model at `path` that agree in name and shape. Returns
    one line that says how many were loaded, and which were not.

    A network whose trunk is no Trunk may have a method `renamed`, which gives the tensors of a
    model the network's names for them. All tensors of the trunk must agree; all tensors, if the
    network has no trunk. Else a UserError names the first that does not.
    """
    own, given = network.state_dict(), read_tensors(path)
    rename: Any = getattr(network, "renamed", None)
    if rename is not None:
        given = rename(given)
    wrong = _first_misfit(own, given)
    if wrong is not None:
        raise UserError(
            f"start model {path} does not fit this network: {wrong}; start from one "
            "with the same backbone, or without --start"
        )
    taken = {name: value for name, value in given.items() if _fits(name, own, given)}
    network.load_state_dict(taken, strict=False)
    initial = [name for name in own if name not in taken]
    unused = [name for name in given if name not in taken]
    return (
        f"started from {path}: {len(taken)} tensors taken, {_count_and_name(initial)} of the "
        f"network keep their initial values, "
        f"{_count_and_name(unused)} of the model not used"
    )


def _first_misfit(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str | None:
    """What is wrong with the first tensor that must agree and does not; None if all agree."""
    has_trunk = any(name.startswith(TRUNK) for name in own)
    for name in {**own, **given}:
        must_agree = name.startswith(TRUNK) or not has_trunk
        if _fits(name, own, given) or not must_agree:
            continue
        if name not in given:
            return f"it has no {name}"
        if name not in own:
            return f"its {name} is not in the network"
        theirs, ours = _describe_shape(given[name]), _describe_shape(own[name])
        return f"its {name} is {theirs}, the network's is {ours}"
    return None


def _fits(name: str, own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> bool:
    return name in own and name in given and own[name].shape == given[name].shape


def _describe_shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"


def _count_and_name(names: list[str]) -> str:
    """The number of names, and in brackets the first three."""
    shown = names[:3] if len(names) <= 3 else [*names[:3], "..."]
    return f"{len(names)} ({', '.join(shown)})" if names else "0"
