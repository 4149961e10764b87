"""A trained network made ready for inference: BatchNorm folded, on its device."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from wsss.nets.models import load_task
from wsss.nets.norms import fold_norms
from wsss.run.methods import Method


def inference_task(
    path: str | Path, registry: Mapping[str, Method], classes: tuple[str, ...], device: torch.device
) -> Any:
    """The method saved at `path` with its network in eval mode on `device`."""
    task = load_task(path, registry, classes)
    task.network = fold_norms(task.network).to(device).eval()
    return task
