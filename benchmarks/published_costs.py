"""What the published systems compute: the multiply-adds of a step of each training and of a photo
of each export, and the memory that a step keeps. Without --systems it writes
docs/published_costs.json, from which docs/published.md estimates hours. It prints one JSON object
for each row.

    python benchmarks/published_costs.py [--systems sec,psa]

Nothing is computed: tensors are on PyTorch's device `meta`, where they have a size and no values.
So a step of the published batch takes a second on one core, and products of matrices and
convolutions are counted exactly. Losses by a kernel between all pixels have none, and are left out.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from gpu import Trial, make_trials
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from wsss.data.superpixels import OUTSIDE
from wsss.multitask.targets import SALIENCY
from wsss.plan.chains import Chain, Step
from wsss.plan.published import read_systems
from wsss.plan.published_costs import COSTS, VAL, count_steps
from wsss.training.targets import LABELS, REGION

META = torch.device("meta")
CLASSES = 20
PHOTO = (375, 500)
"""height and width of most photos of VOC"""
EXPORTED = ("cams", "refine", "segmentation_maps", "walk", "update", "predict")
"""the kinds of steps that run a network over whole photos"""


class Imagined(TorchDispatchMode):
    """Answers for tensors without values where a program asks for one: every number is 1, every
    element of a mask is chosen, and what goes to the CPU is 1.
    """

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs, aten = kwargs or {}, torch.ops.aten
        if not (args and isinstance(args[0], Tensor) and args[0].is_meta):
            return func(*args, **kwargs)
        if func is aten._local_scalar_dense.default:
            return 1
        if func is aten.bincount.default:
            return torch.zeros(len(args[0]), dtype=torch.long, device=META)
        if func is aten.nonzero.default:
            return torch.stack(_all_of(args[0]), dim=1)
        if func is aten._to_copy.default and kwargs.get("device") == torch.device("cpu"):
            return torch.ones(args[0].shape, dtype=kwargs.get("dtype") or args[0].dtype)
        if func in (aten.index.Tensor, aten.index_put_.default):
            args = (args[0], _as_numbers(args[1]), *args[2:])
        return func(*args, **kwargs)


def _all_of(mask: Tensor) -> list[Tensor]:
    """Indices of all elements, one tensor for each dimension."""
    return [torch.zeros(mask.numel(), dtype=torch.long, device=META) for _ in mask.shape]


def _as_numbers(indices: list[Tensor | None]) -> list[Tensor | None]:
    """Indices in which masks are replaced by the numbers of all their elements."""
    found: list[Tensor | None] = []
    for index in indices:
        masks = index is not None and index.dtype == torch.bool
        found += _all_of(index) if index is not None and masks else [index]
    return found


def imagine_batch(settings: Any) -> dict[str, Any]:
    """A batch of a training, on META."""
    n, size = settings.batch, (settings.batch, settings.crop, settings.crop)
    whole = partial(torch.zeros, size, device=META)
    return {
        "image": torch.zeros(n, 3, *size[1:], device=META),
        "tags": torch.ones(n, CLASSES, device=META),
        "id": [str(number) for number in range(n)],
        "progress": 0.5,
        LABELS: whole(dtype=torch.long),
        SALIENCY: whole(dtype=torch.uint8),
        REGION: whole(dtype=torch.uint8),
        "superpixels": whole(dtype=torch.int32) + OUTSIDE,
        "place": torch.zeros(n, 2, settings.crop, device=META),
    }


def conv_backward(
    grad: list[int],
    images: list[int],
    weight: list[int],
    _bias: Any,
    _stride: Any,
    _padding: Any,
    _dilation: Any,
    transposed: bool,
    _output_padding: Any,
    _groups: int,
    wanted: list[bool],
    **_: Any,
) -> int:
    """Operations of the gradients of a convolution, from shapes. PyTorch's own count takes groups
    of channels, such as MobileNet's, for one.
    """
    positions = math.prod((images if transposed else grad)[2:])
    return sum(wanted[:2]) * 2 * images[0] * positions * math.prod(weight)


def counting() -> FlopCounterMode:
    """A context that counts operations."""
    mapping = {torch.ops.aten.convolution_backward: conv_backward}
    return FlopCounterMode(display=False, custom_mapping=mapping)


def count_step(trial: Trial) -> dict[str, float]:
    """The work of one step in 10^12 multiplications and additions, and GiB in float32: of weights,
    gradients and momentum, and of what the step keeps for its gradient.
    """
    network = trial.task.network.to(META).train()
    batch, kept = imagine_batch(trial.settings), Kept(network)
    with Imagined(), counting() as counter, kept.watch():
        loss, _ = trial.task.loss(batch)
        loss.backward()
    gib = (weights_bytes(network) + kept.bytes()) / 2**30
    return {"tflop": counter.get_total_flops() / 1e12, "gib": gib}


def weights_bytes(network: nn.Module) -> int:
    """Bytes of the weights, and of the gradients and the momentum of those that learn."""
    return sum(4 * p.numel() * (3 if p.requires_grad else 1) for p in network.parameters())


class Kept:
    """The memory that a step keeps for its gradient, each piece once and weights left out."""

    def __init__(self, network: nn.Module) -> None:
        self.weights = {_place(p) for p in network.parameters()}
        self.pieces: dict[int, torch.UntypedStorage] = {}

    def watch(self) -> saved_tensors_hooks:
        """A context in which all that is kept is noted."""
        return saved_tensors_hooks(self._note, lambda tensor: tensor)

    def _note(self, tensor: Tensor) -> Tensor:
        if _place(tensor) not in self.weights:
            self.pieces[_place(tensor)] = tensor.untyped_storage()
        return tensor

    def bytes(self) -> int:
        """Bytes of all pieces."""
        return sum(piece.nbytes() for piece in self.pieces.values())


def _place(tensor: Tensor) -> int:
    """What tells the memory of a tensor from that of others."""
    return int(tensor.untyped_storage()._cdata)


def count_photo(trial: Trial, step: Step) -> float:
    """The work of a network's passes over one photo, in 10^12 multiplications and additions: at
    each scale of the step, and of the mirror image.
    """
    # `refine` takes the scales of `cams`, and IRNet's walk sees the mirror image
    source = next(s for s in trial.chain if s.kind == "cams") if step.kind == "refine" else step
    settings = source.settings
    photos = 2 if settings.get("flip", step.method == "irn") else 1
    together = getattr(trial.settings, "size", 1)  # photos that a group sees at once
    network = trial.task.network.to(META).eval()
    with torch.no_grad(), Imagined(), counting() as counter:
        for scale in settings.get("scales", (1.0,)):
            height, width = (settings.get("warp") or side for side in PHOTO)
            size = (round(scale * height), round(scale * width))
            network(torch.zeros(photos * together, 3, *size, device=META))
    return counter.get_total_flops() / 1e12


def alike(a: Step, b: Step) -> bool:
    """Whether two steps are the same but for the round that they are in."""
    return (a.kind, a.method, a.settings) == (b.kind, b.method, b.settings)


def steps_of(chain: Chain) -> list[Step]:
    """The steps that a result runs: all, but only the last prediction."""
    last = next(step for step in reversed(chain.steps) if step.kind == "predict")
    return [step for step in chain if step.kind != "predict" or step is last]


def exports_of(steps: list[Step], training: Step) -> list[Step]:
    """The steps that run the network of a training, and of later rounds, over whole photos; those
    that rounds repeat once.
    """
    found: list[Step] = []
    for step in steps:
        runs = any(alike(source.step, training) for source in step.inputs.values())
        if step.kind in EXPORTED and runs and not any(alike(step, other) for other in found):
            found.append(step)
    return found


def cost_rows(system: str) -> Iterator[dict[str, Any]]:
    """The rows of a system: its trainings, each with its exports."""
    photos = read_systems()[system].photos
    for trial in make_trials(system, CLASSES, regulariser="none"):
        steps = steps_of(trial.chain)
        times = sum(alike(step, trial.step) for step in steps)
        counted = {key: round(value, 4) for key, value in count_step(trial).items()}
        count = times * count_steps(trial.step.settings, photos)
        yield {"system": system, "step": trial.step.name, "unit": "step", "count": count, **counted}
        for step in exports_of(steps, trial.step):
            times = sum(alike(step, other) for other in steps)
            if step.settings.get("accumulate"):  # by the weights of each epoch
                times *= trial.step.settings["epochs"]
            seen = VAL if step.kind == "predict" else photos
            work = {"tflop": round(count_photo(trial, step), 4), "gib": None}
            shared = {"system": system, "step": step.name, "unit": "photo"}
            yield {**shared, "count": times * seen, **work}


def main(words: list[str]) -> None:
    """Count, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--systems", default=",".join(read_systems()))
    args = parser.parse_args(words)
    rows = []
    for system in args.systems.split(","):
        for row in cost_rows(system):
            rows.append(json.dumps(row))
            print(rows[-1], flush=True)
    if args.systems == ",".join(read_systems()):
        COSTS.write_text('{"rows": [\n' + ",\n".join(rows) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
