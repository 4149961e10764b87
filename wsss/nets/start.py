"""A network that starts from a trained one instead of from ImageNet weights."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from wsss.nets.models import read_tensors
from wsss.run.errors import UserError

TRUNK = "trunk."
"""what the names of a trunk's tensors begin with"""


def start_from(network: nn.Module, path: str | Path) -> str:
    """Fill `network` with the tensors of the model at `path` that agree in name and shape.

    The whole trunk must agree, or everything where the network has no trunk; else a UserError names
    the first tensor that does not. Gives in one line what was taken and what was left.
    """
    own, given = network.state_dict(), read_tensors(path)
    wrong = _first_misfit(own, given)
    if wrong is not None:
        raise UserError(
            f"start model {path} does not fit this network: {wrong}; start from one "
            "with the same backbone, or without --start"
        )
    taken = {name: value for name, value in given.items() if _fits(name, own, given)}
    network.load_state_dict(taken, strict=False)
    made = [name for name in own if name not in taken]
    unused = [name for name in given if name not in taken]
    return (
        f"started from {path}: {len(taken)} tensors taken, {_some(made)} left as made, "
        f"{_some(unused)} of the model not used"
    )


def _first_misfit(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> str | None:
    """What is wrong with the first tensor that must agree and does not."""
    has_trunk = any(name.startswith(TRUNK) for name in own)
    for name in {**own, **given}:
        if _fits(name, own, given) or (has_trunk and not name.startswith(TRUNK)):
            continue
        if name not in given:
            return f"it has no {name}"
        if name not in own:
            return f"its {name} is none of the network's"
        return f"its {name} is {_shape(given[name])}, the network's is {_shape(own[name])}"
    return None


def _fits(name: str, own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> bool:
    return name in own and name in given and own[name].shape == given[name].shape


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "a number"


def _some(names: list[str]) -> str:
    """How many, with the first ones' names."""
    shown = ", ".join([*names[:3], *(["..."] if len(names) > 3 else [])])
    return f"{len(names)} ({shown})" if names else "0"
