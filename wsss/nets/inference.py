"""Loads a trained network for inference: on its device, BatchNorm folded into convolutions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from wsss.nets.models import load_task
from wsss.nets.norms import fold_norms
from wsss.run.methods import Method


def inference_task(
    path: str | Path,
    registry: Mapping[str, Method],
    classes: tuple[str, ...],
    device: torch.device,
    epoch: int | None = None,
) -> Any:
    """The training task saved at `path`, as `load_task`, with `task.network` folded, in eval mode
    and on `device`.
    """
    task = load_task(path, registry, classes, epoch)
    task.network = fold_norms(task.network).to(device).eval()
    return task
