"""Models on disk: PATH holds the weights (safetensors), PATH.json how to build the network.

PATH may also hold the weights after each epoch of the training, under names "epochs.EPOCH.NAME".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from wsss.run.artifacts import way_out
from wsss.run.errors import UserError
from wsss.run.files import MALFORMED, atomic, read_json, require_file, write_json
from wsss.run.methods import Method, choose, load
from wsss.run.settings import Settings, validate

FORMAT = 2
"""version of PATH.json; version 1 has neither a key `format` nor `outputs`"""
EPOCHS = "epochs."
"""the names of tensors of an epoch begin so"""


@dataclass(frozen=True)
class ModelDescription:
    """How to build a saved network."""

    method: str
    """name of the method in its registry"""
    settings: Mapping[str, Any]
    classes: tuple[str, ...]
    """names of the classes, without background"""
    outputs: tuple[str, ...]
    """names of the network's outputs; empty for a network with a single output"""


def save_model(
    path: str | Path,
    network: nn.Module,
    method: str,
    settings: Settings,
    classes: tuple[str, ...],
    history: list[dict[str, float]],
    outputs: Sequence[str] = (),
    epochs: Sequence[Mapping[str, Tensor]] = (),
) -> None:
    """Write PATH (safetensors) and PATH.json (method, settings, classes, loss curve, outputs).

    `history` has one row an epoch. `outputs` names the network's outputs; a network with a single
    output has no names. `epochs` are the network's tensors after each epoch, if they are kept.
    """
    tensors = dict(network.state_dict())
    for epoch, kept in enumerate(epochs):
        tensors |= {f"{EPOCHS}{epoch}.{name}": value for name, value in kept.items()}
    saved = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with atomic(path) as temporary:
        try:
            save_file(saved, temporary)
        except SafetensorError as error:  # safetensors gives the system's error as text only
            raise OSError(f"{error}: {path}")
        write_json(
            f"{path}.json",
            {
                "format": FORMAT,
                "outputs": list(outputs),
                "method": method,
                "classes": list(classes),
                "history": history,
                "settings": settings.model_dump(mode="json"),
            },
        )


def load_task(
    path: str | Path,
    registry: Mapping[str, Method],
    classes: tuple[str, ...],
    epoch: int | None = None,
) -> Any:
    """The training task saved at `path`: `task.network` has the saved weights, or those after an
    `epoch`, and is in eval mode, `task.outputs` names its outputs and `task.classes` its classes,
    without background.

    UserError when the files cannot be read, or the model was trained for other classes than
    `classes`, those of the index.
    """
    about = read_description(f"{path}.json")
    if about.classes != classes:
        raise UserError(
            f"model {path} was trained for other classes ({', '.join(about.classes[:3])} ...) "
            f"than the dataset has ({', '.join(classes[:3])} ...); train it again"
        )
    entry = choose(registry, about.method, f"method of model {path}")
    settings = validate(load(entry.settings), {**about.settings, "weights": "none"}, str(path))
    task = load(entry.code)(settings, len(classes))
    fill(task.network, path, epoch)
    task.network.eval()
    task.outputs, task.classes = about.outputs, about.classes
    return task


def fill(network: nn.Module, path: str | Path, epoch: int | None = None) -> None:
    """Load the tensors of a safetensors file, or those after an `epoch`, into `network`. UserError
    unless names and shapes agree.
    """
    state = read_tensors(path, epoch)
    own = network.state_dict()
    wrong = []
    for name in {**own, **state}:
        in_both = name in own and name in state
        if not in_both or own[name].shape != state[name].shape:
            wrong.append(name)
    if wrong:
        raise UserError(
            f"model {path} does not fit its description: {len(wrong)} tensors differ, the first is "
            f"{wrong[0]}; it was made with another backbone or head; {way_out(path)}"
        )
    network.load_state_dict(state)


def read_tensors(path: str | Path, epoch: int | None = None) -> dict[str, Tensor]:
    """Name -> tensor of a safetensors file, without those of epochs, or only those after an
    `epoch`; UserError when it cannot be read.
    """
    start = "" if epoch is None else f"{EPOCHS}{epoch}."
    try:
        with _opened(path) as file:
            wanted = [name for name in file.keys() if _is_of(name, start)]  # noqa: SIM118
            tensors = {name.removeprefix(start): file.get_tensor(name) for name in wanted}
    except (OSError, SafetensorError) as error:
        raise UserError(f"model {path} cannot be read ({error}); {way_out(path)}")
    for name, tensor in tensors.items():
        if not _are_numbers(tensor):
            raise UserError(
                f"model {path} has weights that are no finite numbers, in {name}: it is damaged or "
                f"has diverged; {way_out(path)}"
            )
    return tensors


def _opened(path: str | Path) -> Any:
    """A safetensors file, opened. OSError where the system refuses to open it, which safetensors
    itself calls "No such file", whatever the reason.
    """
    require_file(path).open("rb").close()
    return safe_open(path, "pt")


def _are_numbers(tensor: Tensor) -> bool:
    """Whether all values are finite real numbers."""
    return not tensor.is_complex() and bool(tensor.float().isfinite().all())


def _is_of(name: str, start: str) -> bool:
    """Whether a tensor is of the epoch whose names begin with `start`; "" is the last weights."""
    return name.startswith(start) if start else not name.startswith(EPOCHS)


def count_epochs(path: str | Path) -> int:
    """The number of epochs whose weights a model holds; UserError when it cannot be read."""
    try:
        with _opened(path) as file:
            names = [name for name in file.keys() if name.startswith(EPOCHS)]  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(f"model {path} cannot be read ({error}); {way_out(path)}")
    return len({name.split(".")[1] for name in names})


def read_description(path: str | Path) -> ModelDescription:
    """The content of PATH.json; UserError when it cannot be read or is of a newer version."""
    try:
        about = read_json(path)
        version = int(about.get("format", 1))
        if version <= FORMAT:
            return _describe(about)
    except MALFORMED as error:
        raise UserError(f"model description {path} cannot be read ({error}); {way_out(path)}")
    raise UserError(
        f"model description {path} has format {version}, this version reads up to {FORMAT}; "
        "use the version that trained it, or train it again"
    )


def _describe(about: Any) -> ModelDescription:
    """The description in PATH.json; one of `MALFORMED` where something in it lacks or is wrong."""
    if isinstance(about["classes"], str):
        raise ValueError("classes is no list")
    return ModelDescription(
        str(about["method"]),
        dict(about["settings"]),
        tuple(about["classes"]),
        tuple(about.get("outputs", ())),
    )
