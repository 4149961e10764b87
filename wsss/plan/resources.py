"""What jobs ask a cluster for: memory and minutes. They follow from the settings and, once it is
known, the size of the dataset.

Figures are generous readings of what jobs were measured to take (docs/scaling.md). A job that is
tried again, because it took more, asks for half as much again each time.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from wsss.data.index_files import read_head
from wsss.plan.jobs import JobOf
from wsss.plan.kind import Kind
from wsss.plan.plan import Plan
from wsss.run.errors import UserError

GROWTH = 1.5
CPU_SECONDS, GPU_SECONDS = 5e-6, 5e-7
"""seconds a training takes for a pixel of a crop: efficientnet-lite0 on two cores, ResNet-101 on
one GPU (estimated)"""
CPU_MB = 2.9e-3
"""MB that a training on a processor holds for each pixel of a batch"""
PHOTO_SECONDS = 2.0
"""seconds that a shard takes for a photo, at most"""
CACHE_MB = 2048
PHOTO_MB = 0.6

Resource = Callable[..., int]


def raise_for_attempt(value: float, attempt: int) -> int:
    """What a job asks for when it is tried for the nth time."""
    return round(value * GROWTH ** (attempt - 1))


def training_mb(settings: dict[str, Any], photos: int, gpu: bool) -> float:
    """Main memory of a training: itself, its photos as far as they are kept, and on a processor
    what its batch holds.
    """
    batch = 2000 if gpu else CPU_MB * settings["batch"] * settings["crop"] ** 2
    return 1300 + min(CACHE_MB, PHOTO_MB * photos) + batch


def training_minutes(settings: dict[str, Any], photos: int, gpu: bool) -> float:
    """Minutes of a training on `photos`, start included."""
    pixels: float = settings["epochs"] * photos * settings["crop"] ** 2
    return 30 + pixels * (GPU_SECONDS if gpu else CPU_SECONDS) / 60


def shard_minutes(photos: int) -> float:
    """Minutes of per-photo work on this many photos, start included."""
    return 10 + photos * PHOTO_SECONDS / 60


class JobResources:
    """The Snakemake resources of the rules of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._config = plan, plan.config

    def whole(self, kind: Kind, job_of: JobOf) -> dict[str, Any]:
        """Of a rule of steps that are made whole: a training, or work on all photos."""
        return self.training(job_of) if kind.trains else self.split(kind.memory_mb, kind.network)

    def training(self, job_of: JobOf) -> dict[str, Any]:
        """Of a training."""
        gpu = (
            int(self._config.device != "cpu") * self._config.gpus
        )  # one at a time holds the only card of a machine

        def of(need: Callable[..., float]) -> Resource:
            """As a function of the step and the attempt."""

            def resource(wildcards: Any, attempt: int) -> int:
                """What the job of these wildcards asks for at its nth attempt."""
                job = job_of(wildcards)
                return raise_for_attempt(
                    need(job.settings, self._photos_in(job.options["split"]), bool(gpu)), attempt
                )

            return resource

        return {**_gpus(gpu), "mem_mb": of(training_mb), "runtime": of(training_minutes)}

    def shard(self, mb: int, network: bool = False) -> dict[str, Any]:
        """Of a rule that works on a shard of photos; a network takes a GPU where there is one."""

        def minutes(wildcards: Any, attempt: int) -> int:
            return raise_for_attempt(
                shard_minutes(self._photos_in(wildcards.split) // self._config.shards), attempt
            )

        return self._of_photos(mb, network, minutes)

    def split(self, mb: int, network: bool = False) -> dict[str, Any]:
        """Of a rule that works on all photos at once."""

        def minutes(wildcards: Any, attempt: int) -> int:
            return raise_for_attempt(shard_minutes(sum(self._photos.values()) // 4), attempt)

        return self._of_photos(mb, network, minutes)

    def _of_photos(self, mb: int, network: bool, minutes: Resource) -> dict[str, Any]:
        """One GPU for a network that will run on one, so that jobs never share a card; more memory
        at each attempt.
        """
        device = self._config.device
        gpu = network and (
            device == "cuda" or (device == "auto" and Path("/dev/nvidiactl").exists())
        )
        return {
            **_gpus(int(gpu)),
            "mem_mb": lambda wildcards, attempt: raise_for_attempt(mb, attempt),
            "runtime": minutes,
        }

    @cached_property
    def _photos(self) -> dict[str, int]:
        """Photos by split, as the index says; until it is there, those of the whole dataset as
        published.
        """
        dataset = self._plan.dataset
        with suppress(UserError):  # there is none yet, or one that cannot be read: it will be made
            return {name: split.photos for name, split in read_head(dataset.index).splits.items()}
        return {"train": 10_582 if dataset.train == "trainaug" else 1_464, "val": 1_449}

    def _photos_in(self, split: str) -> int:
        return self._photos.get(split, max(self._photos.values(), default=0))


def _gpus(count: int) -> dict[str, int]:
    """What a job asks a cluster for, and what it takes of this machine's, of which profiles/default
    says how many.
    """
    return {"gpu": count, "local_gpu": count}
