"""Mixed precision where it pays, and the places that must not take part in it."""

import contextlib
import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")


def autocast(device: torch.device, enabled: bool = True) -> contextlib.AbstractContextManager[None]:
    """Mixed precision in bfloat16 where it pays (CUDA); elsewhere nothing."""
    return torch.autocast("cuda", torch.bfloat16, enabled=enabled and device.type == "cuda")  # type: ignore


def full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in float32 inside mixed precision: for sums over thousands of cells. Its inputs must be float32."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with torch.autocast("cuda", enabled=False):
            return function(*args, **kwargs)

    return run
