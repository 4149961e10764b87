"""The device and the threads of a stage that uses torch."""

import os

import torch

from wsss.run.errors import TransientError, UserError


def use_device(device: str, threads: int) -> torch.device:
    """Set torch's intra-op threads and return the device; `device` is cpu, cuda, or auto.

    `auto` is CUDA where available, else the CPU. Each process of a distributed training gets the
    card of its LOCAL_RANK. TransientError when CUDA is asked for and missing, and UserError when
    there are fewer cards than processes, for two on one card would share its memory.
    """
    torch.set_num_threads(threads)
    if device == "cuda" and not torch.cuda.is_available():
        raise TransientError("device is cuda but this machine has none; use --device auto")
    if device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    card, cards = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if card >= cards:
        raise UserError(
            f"a training has {card + 1} processes or more, and this machine shows {cards} "
            f"{'card' if cards == 1 else 'cards'}; set gpus: {cards}"
        )
    return torch.device("cuda", card)
