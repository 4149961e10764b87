"""The Snakemake resources of jobs: memory, minutes and GPUs. They follow from the settings and from
the size of the dataset, once there is an index.

The figures are measured ones (docs/scaling.md), rounded up generously. A job that needs more fails,
and each new attempt asks for 1.5 times as much.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from wsss.data.index_files import read_head
from wsss.data.index_format import Head
from wsss.nets.inference_settings import MOST_PIXELS
from wsss.plan.jobs import Job, JobOf
from wsss.plan.kind import PIXEL_BYTES, Kind
from wsss.plan.plan import Plan
from wsss.run.errors import UserError

GROWTH = 1.5
"""factor on memory and minutes from one attempt to the next"""
CPU_SECONDS, GPU_SECONDS = 5e-6, 5e-7
"""seconds that a training takes for each pixel of a crop: efficientnet-lite0 on two cores,
ResNet-101 on one GPU (estimated)"""
CPU_MB = 2.9e-3
"""MB that a training on the CPU holds for each pixel of a batch"""
PHOTO_SECONDS = 2.0
"""seconds that a job on a shard takes for each photo, at most"""
CACHE_MB = 2048
"""MB of decoded photos that a training keeps, at most"""
PHOTO_MB = 0.6
"""MB of a decoded photo"""
PROGRAM_MB, GPU_BATCH_MB = 1300, 2000
"""MB of a training's program with its libraries; MB of main memory for a batch on a GPU"""
NETWORK_BYTES = 330
"""bytes for each pixel that a network is run on: efficientnet-lite0 with the refiner pcm, which
takes twice as much as without"""
USUAL_PIXELS = 300_000
"""pixels of a photo where there is no index yet"""
TRAINING_START, SHARD_START = 30, 10
"""minutes for the start of a job: a training, and work on photos one by one"""

Resource = Callable[..., int]
"""a Snakemake resource function of wildcards and attempt"""


def raise_for_attempt(value: float, attempt: int) -> int:
    """The resource `value` for an attempt; the first is 1."""
    return round(value * GROWTH ** (attempt - 1))


def training_mb(settings: dict[str, Any], photos: int, gpu: bool) -> float:
    """Main memory of a training in MB: the program, the photos that it keeps, and its batch (on a
    GPU a fixed amount).
    """
    batch = GPU_BATCH_MB if gpu else CPU_MB * settings["batch"] * settings["crop"] ** 2
    return PROGRAM_MB + min(CACHE_MB, PHOTO_MB * photos) + batch


def training_minutes(settings: dict[str, Any], photos: int, gpu: bool) -> float:
    """Minutes of a training on a number of photos, with its start."""
    pixels: float = settings["epochs"] * photos * settings["crop"] ** 2
    return TRAINING_START + pixels * (GPU_SECONDS if gpu else CPU_SECONDS) / 60


def network_pixels(settings: dict[str, Any], pixels: int) -> float:
    """The pixels that a network gets of a photo of so many pixels, at most."""
    side = settings.get("long_side")
    seen = pixels if side is None else min(pixels, side**2)
    return float(min(seen * max(settings.get("scales", (1,))) ** 2, MOST_PIXELS))


def shard_minutes(photos: int) -> float:
    """Minutes of a job that works photo by photo on a number of photos, with its start."""
    return SHARD_START + photos * PHOTO_SECONDS / 60


class JobResources:
    """Makes the `resources` of rules. Most values are functions of wildcards and attempt."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._config = plan, plan.config

    def of_kind(self, kind: Kind, job_of: JobOf) -> dict[str, Any]:
        """For the rule of a kind: a training, or work on a shard or on all photos."""
        if kind.trains:
            return self.training(job_of)
        of_photos = self.shard if kind.sharded else self.all_photos
        asked = of_photos(kind.memory_mb, kind.network, kind.pixel_bytes)
        if kind.network:
            asked["mem_mb"] = self._with_network(asked["mem_mb"], job_of)
        return asked

    def _with_network(self, memory: Resource, job_of: JobOf) -> Resource:
        """`memory`, and that of a network on the largest photo at its largest scale."""

        def resource(wildcards: Any, attempt: int) -> int:
            largest = self._largest(getattr(wildcards, "split", ""))
            more = NETWORK_BYTES * network_pixels(job_of(wildcards).settings, largest) / 1e6
            return memory(wildcards, attempt) + raise_for_attempt(more, attempt)

        return resource

    def training(self, job_of: JobOf) -> dict[str, Any]:
        """For a rule that trains. `job_of` gives the job of its wildcards."""
        gpu = 0 if self._config.device == "cpu" else self._config.gpus

        def of(need: Callable[..., float]) -> Resource:
            """The resource function of `training_mb` or `training_minutes`."""

            def resource(wildcards: Any, attempt: int) -> int:
                job = job_of(wildcards)
                photos = self._photos_of(job)
                return raise_for_attempt(need(job.settings, photos, bool(gpu)), attempt)

            return resource

        def memory(settings: dict[str, Any], photos: int, gpu: bool) -> float:
            more = PIXEL_BYTES * self._largest() / 1e6  # of the photo that is being decoded
            return training_mb(settings, photos, gpu) + more

        return {**_gpus(gpu), "mem_mb": of(memory), "runtime": of(training_minutes)}

    def shard(
        self, mb: int, network: bool = False, pixel_bytes: int = PIXEL_BYTES
    ) -> dict[str, Any]:
        """For a rule that works on a shard of photos, with `mb` of memory, and `pixel_bytes` for
        each pixel of the split's largest photo. `network` says whether it runs one, which uses a
        GPU if there is one.
        """

        def minutes(wildcards: Any, attempt: int) -> int:
            photos = self._photos_in(wildcards.split) // self._config.shards
            return raise_for_attempt(shard_minutes(photos), attempt)

        def memory(wildcards: Any, attempt: int) -> int:
            more = pixel_bytes * self._largest(wildcards.split) / 1e6
            return raise_for_attempt(mb + more, attempt)

        return {**self._gpu_of(network), "mem_mb": memory, "runtime": minutes}

    def all_photos(
        self, mb: int, network: bool = False, pixel_bytes: int = PIXEL_BYTES
    ) -> dict[str, Any]:
        """For a rule that works on all photos in one job. Arguments as for `shard`."""

        def minutes(wildcards: Any, attempt: int) -> int:
            # such jobs take at most a quarter of PHOTO_SECONDS for each photo
            photos = sum(self._photos.values()) // 4
            return raise_for_attempt(shard_minutes(photos), attempt)

        def memory(wildcards: Any, attempt: int) -> int:
            return raise_for_attempt(mb + pixel_bytes * self._largest() / 1e6, attempt)

        return {**self._gpu_of(network), "mem_mb": memory, "runtime": minutes}

    def _gpu_of(self, network: bool) -> dict[str, int]:
        """The GPU of a job that works photo by photo. A network on a GPU asks for one of its own,
        so that jobs never share a GPU.
        """
        device = self._config.device
        gpu = network and (
            device == "cuda" or (device == "auto" and Path("/dev/nvidiactl").exists())
        )
        return _gpus(int(gpu))

    @cached_property
    def _head(self) -> Head | None:
        """The head of the index; None if there is none yet, or a damaged one, which is remade."""
        with suppress(UserError):
            return read_head(self._plan.dataset.index)
        return None

    @cached_property
    def _photos(self) -> dict[str, int]:
        """Split -> number of photos, from the index; without one that of the full dataset."""
        if self._head is None:
            return self._plan.dataset.usual_photos
        return {name: split.photos for name, split in self._head.splits.items()}

    def _largest(self, split: str = "") -> int:
        """Pixels of the largest photo of a split, or of all for an unknown one; USUAL_PIXELS
        without an index.
        """
        if self._head is None:
            return USUAL_PIXELS
        return self._head.splits.get(split, self._head.all).largest

    def _photos_of(self, job: Job) -> int:
        """The number of photos that a training reads. Of an index of other photos that is still to
        be made, as many as in the dataset's largest split.
        """
        split = job.options["split"]
        for other in job.inputs.get("photos", ()):
            with suppress(UserError):
                return read_head(Path(other.path, "index.json")).splits[split].photos
            split = ""
        return self._photos_in(split)

    def _photos_in(self, split: str) -> int:
        """The number of photos in a split; that of the largest for an unknown one."""
        return self._photos.get(split, max(self._photos.values(), default=0))


def _gpus(count: int) -> dict[str, int]:
    """The GPUs of a job: `gpu` is what a cluster gives it; `local_gpu` is what it takes of this
    machine's, whose number profiles/default sets.
    """
    return {"gpu": count, "local_gpu": count}
