"""Mixed precision for training and inference, and float32 for functions that need it."""

import contextlib
import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import torch

P = ParamSpec("P")
R = TypeVar("R")


def autocast(device: torch.device, enabled: bool = True) -> contextlib.AbstractContextManager[None]:
    """Mixed precision for training: bfloat16 on CUDA, no change on other devices."""
    return torch.autocast("cuda", torch.bfloat16, enabled=enabled and device.type == "cuda")


def inference_precision(
    device: torch.device, precision: str
) -> contextlib.AbstractContextManager[None]:
    """Mixed precision for a network's forward pass, if `precision` is bfloat16 and the device
    computes it faster than float32: CUDA, and CPUs with AVX-512.
    """
    gains = device.type == "cuda" or torch.backends.cpu.get_cpu_capability() == "AVX512"
    enabled = precision == "bfloat16" and gains
    return torch.autocast(device.type, torch.bfloat16, enabled=enabled)


def full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """Decorator: the function computes in float32 inside mixed precision too, for sums over
    thousands of cells. Its inputs must be float32.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with torch.autocast("cuda", enabled=False), torch.autocast("cpu", enabled=False):
            return function(*args, **kwargs)

    return run
