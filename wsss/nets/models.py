"""Models on disk: weights as safetensors, and beside them the JSON that says how to build the network again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from wsss.run.errors import UserError
from wsss.run.files import atomic, write_json
from wsss.run.methods import Method, choose, load
from wsss.run.settings import Settings, validated


def save_model(path: str | Path, network: nn.Module, variant: str, settings: Settings, classes: tuple[str, ...],
               history: list[dict[str, float]]) -> None:
    """Write PATH (safetensors) and PATH.json (variant, settings, classes, loss curve)."""
    with atomic(path) as temporary:
        try:
            save_file({k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}, temporary)
        except SafetensorError as error:  # what the system refused comes in words only
            raise OSError(f"{error}: {path}")
        write_json(f"{path}.json", {"variant": variant, "classes": list(classes), "history": history,
                                    "settings": settings.model_dump(mode="json")})


def load_task(path: str | Path, registry: Mapping[str, Method], classes: tuple[str, ...]) -> Any:
    """The method that was saved at `path`, with its trained network in eval mode. `classes` must be those of the index."""
    about = _about(Path(f"{path}.json"))
    if tuple(about["classes"]) != classes:
        raise UserError(f"model {path} was trained for other classes ({', '.join(about['classes'][:3])} ...) than the "
                        f"dataset has ({', '.join(classes[:3])} ...); train it again")
    entry = choose(registry, about["variant"], f"method of model {path}")
    settings = validated(load(entry.settings), {**about["settings"], "weights": "none"}, str(path))
    task = load(entry.code)(settings, len(classes))
    fill(task.network, path)
    task.network.eval()
    return task


def fill(network: nn.Module, path: str | Path) -> None:
    """Load the tensors of a safetensors file into `network`; a file of another network is refused by name."""
    try:
        state = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(f"model {path} cannot be read ({error}); delete it and rerun")
    own = network.state_dict()
    wrong = [k for k in {**own, **state} if k not in own or k not in state or own[k].shape != state[k].shape]
    if wrong:
        raise UserError(f"model {path} does not fit its description: {len(wrong)} tensors differ, the first is "
                        f"{wrong[0]}; it was made with another backbone or head: delete it and rerun")
    network.load_state_dict(state)


def _about(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text())
        return {key: about[key] for key in ("variant", "settings", "classes")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"model description {path} cannot be read ({error}); delete the model and rerun")
