"""The device and the threads of a stage that uses torch."""

import os

import torch

from wsss.run.errors import TransientError


def use_device(device: str, threads: int) -> torch.device:
    """Set torch's intra-op threads and return the device; `device` is cpu, cuda, or auto.

    `auto` is CUDA where available, else the CPU. Each process of a distributed training gets the
    card of its LOCAL_RANK. TransientError when CUDA is asked for and missing.
    """
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise TransientError("device is cuda but this machine has none; use --device auto")
    if device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
