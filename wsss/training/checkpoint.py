"""Checkpoints of a training. The name of a file holds its step and the digest of its content, so
that a damaged one is never used.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import torch

NAME = "state-{step:08d}-{digest}.pt"


def save_checkpoint(folder: Path, step: int, state: dict[str, Any]) -> None:
    """Write the state of `step`, then delete the checkpoints that were there before. A kill at any
    moment leaves a complete checkpoint.
    """
    temporary = folder / f".state.{os.getpid()}.tmp"
    try:
        torch.save(state, temporary)
        before = list(folder.glob("state-*.pt"))
        path = temporary.replace(folder / NAME.format(step=step, digest=_digest(temporary)))
    finally:
        temporary.unlink(missing_ok=True)
    for other in before:
        if other != path:
            other.unlink(missing_ok=True)


def load_checkpoint(folder: Path, device: torch.device) -> dict[str, Any] | None:
    """The last checkpoint in a folder that is not damaged, None without one. Damaged ones are
    deleted, and a line is printed for each.
    """
    for path in sorted(folder.glob("state-*.pt"), reverse=True):
        if path.stem.endswith(_digest(path)):
            state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
            return state
        print(f"checkpoint {path} is damaged and not used", flush=True)
        path.unlink(missing_ok=True)
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
