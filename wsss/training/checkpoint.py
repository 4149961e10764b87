"""Checkpoints of a training. The name of a file holds its step and the digest of its content, so
that a damaged one is never used.
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import torch

from wsss.run.errors import TransientError
from wsss.run.files import require_file

REFUSED = ("inline_container", "iostream error")
"""what torch's errors name where the system refuses to write: torch's file, and a full disk at the
first byte"""
NAME = "state-{step:08d}-{digest}.pt"


def save_checkpoint(folder: Path, step: int, state: dict[str, Any]) -> None:
    """Write the state of `step`, then delete the checkpoints that were there before. A kill at any
    moment leaves a complete checkpoint. TransientError where the system refuses to write it.
    """
    temporary = folder / f".state.{os.getpid()}.tmp"
    temporary.unlink(missing_ok=True)  # a link there would be followed
    try:
        _write(state, temporary)
        before = list(folder.glob("state-*.pt"))
        path = temporary.replace(folder / NAME.format(step=step, digest=_digest(temporary)))
    finally:
        temporary.unlink(missing_ok=True)
    for other in before:
        if other != path:
            other.unlink(missing_ok=True)


def _write(state: dict[str, Any], path: Path) -> None:
    """`torch.save`, which says in a text alone that the system refused to write."""
    try:
        torch.save(state, path)
    except RuntimeError as error:
        if not any(word in str(error) for word in REFUSED):
            raise
        raise TransientError(
            f"the checkpoint {path.parent} cannot be written, most likely because its disk is full "
            "or a limit is reached; make room, then type the same command again"
        )


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
    with require_file(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
