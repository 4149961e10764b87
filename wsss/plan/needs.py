"""What jobs ask a cluster for: memory and minutes, from their settings and, once it is there, the size of the dataset.

Figures are generous readings of what jobs were measured to take (docs/scaling.md). A job that is tried again, because it
took more, asks for half as much again each time.
"""

from collections.abc import Callable
from typing import Any

GROWTH = 1.5
CPU_SECONDS, GPU_SECONDS = 5e-6, 5e-7
"""seconds a training takes for a pixel of a crop: efficientnet-lite0 on two cores, ResNet-101 on one GPU (estimated)"""
CPU_MB = 2.9e-3
"""MB that a training on a processor holds for each pixel of a batch"""
PHOTO_SECONDS = 2.0
"""seconds that a shard takes for a photo, at most"""
CACHE_MB = 2048
PHOTO_MB = 0.6

Resource = Callable[..., int]


def grown(value: float, attempt: int) -> int:
    """What a job asks for when it is tried for the nth time."""
    return round(value * GROWTH ** (attempt - 1))


def training_mb(settings: dict[str, Any], photos: int, gpu: bool) -> float:
    """Main memory of a training: itself, its photos as far as they are kept, and on a processor what its batch holds."""
    batch = 2000 if gpu else CPU_MB * settings["batch"] * settings["crop"] ** 2
    return 1300 + min(CACHE_MB, PHOTO_MB * photos) + batch


def training_minutes(settings: dict[str, Any], photos: int, gpu: bool) -> float:
    """Minutes of a training on `photos`, start included."""
    pixels = settings["epochs"] * photos * settings["crop"] ** 2
    return 30 + pixels * (GPU_SECONDS if gpu else CPU_SECONDS) / 60


def shard_minutes(photos: int) -> float:
    """Minutes of per-photo work on so many photos, start included."""
    return 10 + photos * PHOTO_SECONDS / 60
