"""The trainings and exports of the published systems on a card: photos per second, the share of the
time that a training waits for photos, and its peak memory. It prints one JSON object.

    python benchmarks/gpu.py [--systems sec,psa] [--steps 20] [--workers 4]

Settings are those of presets/published/, weights are random and photos are drawn. Every photo is
decoded anew, as most of VOC's are, which do not fit into the cache. Without CUDA nothing is
measured. `--device cpu --small` runs all of it on small networks and photos, to try this script.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from common import PROJECT  # noqa: F401  (puts the project on the path)
from wsss.brought.checks import check_index
from wsss.cams.export import export_raw_maps
from wsss.data.images import read_labels, read_photo
from wsss.data.index import Index
from wsss.data.maps import ScoreMap
from wsss.data.photo import Photo
from wsss.data.superpixels import OUTSIDE
from wsss.datasets.mini import write_mini
from wsss.datasets.mini_settings import MiniSettings
from wsss.datasets.voc import read_classes, read_voc
from wsss.multitask.targets import make_targets
from wsss.nets.precision import autocast
from wsss.plan.chains import Chain, Step
from wsss.plan.published import chain_of, read_systems
from wsss.run.methods import load
from wsss.run.settings import validate
from wsss.segment.online_settings import OnlineSettings
from wsss.segment.predict import predict_labels
from wsss.training.batches import EpochBatches
from wsss.training.optimiser import groups_of, make_optimiser, set_lr
from wsss.training.photos import TrainingPhotos, loader
from wsss.training.targets import LABELS, REGION, Target, labels_target, region_target

TRAININGS = ("classifier", "grow", "affinity", "multitask", "segmenter")
"""the kinds of steps that are measured"""
WARM_UP = 2
"""steps, and photos, before the measuring"""
SMALL = {
    "backbone": "tf_efficientnet_lite0",
    "output_stride": 16,
    "dilate": True,
    "freeze": (),
    "crop": 64,
    "long_side": (64, 96),
    "batch": 2,
    "hidden": 8,
}
"""the settings of `--small`, where a training has them"""


@dataclass(frozen=True)
class Trial:
    """A training of a published system, with random weights."""

    chain: Chain
    step: Step
    settings: Any
    task: Any


def read_settings(step: Step, **changes: Any) -> Any:
    """The settings of a step, with those of the `changes` that it has."""
    settings = validate(load(step.entry.settings), step.settings, step.name)
    known = {key: value for key, value in changes.items() if key in type(settings).model_fields}
    return settings.model_copy(update=known)


def trainings_of(chain: Chain) -> list[Step]:
    """The steps of a chain that train, those that rounds repeat once."""
    found: list[Step] = []
    for step in chain:
        again = any((other.kind, other.settings) == (step.kind, step.settings) for other in found)
        if step.kind in TRAININGS and not again:
            found.append(step)
    return found


def make_trials(
    name: str, classes: int, small: bool = False, only: str | None = None, **more: Any
) -> Iterator[Trial]:
    """The trainings of a published system, or `only` the step of that name, one after the other;
    `more` are further settings.
    """
    chain = chain_of(read_systems()[name], name)
    for step in trainings_of(chain):
        if only in (None, step.name):
            changes = {**(SMALL if small else {}), "weights": "none", **more}
            settings = read_settings(step, **changes)
            if "batch" in changes:  # counts groups, where a method compares photos
                size = getattr(settings, "size", 1)
                settings = settings.model_copy(update={"batch": settings.batch * size})
            torch.manual_seed(0)
            yield Trial(chain, step, settings, load(step.entry.code)(settings, classes))


def draw_photos(folder: Path, count: int, small: bool) -> Index:
    """The index of drawn photos, as large as VOC's, or small."""
    width, height = (96, 72) if small else (500, 375)
    write_mini(folder, MiniSettings(train=count, val=1, width=width, height=height))
    return check_index(read_voc("mini", folder, read_classes(folder), "train"))


def training_photos(index: Index, settings: Any) -> TrainingPhotos:
    """The photos of a training, their true masks as labels, the objects as saliency, and squares of
    16 pixels as superpixels, as far as the settings ask for them.
    """

    def read_mask(photo: Photo) -> np.ndarray:
        return read_labels(index.mask_path(photo))

    def read_objects(photo: Photo) -> np.ndarray:
        return np.where(read_mask(photo) > 0, 255, 0).astype(np.uint8)

    def cut_squares(photo: Photo) -> np.ndarray:
        y, x = np.indices(read_mask(photo).shape) // 16
        return np.asarray(y * (1 + x.max()) + x, np.int32)

    targets = {LABELS: labels_target(read_mask)}
    if hasattr(settings, "padding"):
        targets = make_targets(targets[LABELS], read_objects, settings.padding)
    if getattr(settings, "pair", None) == "superpixels":
        targets["superpixels"] = Target(cut_squares, OUTSIDE, dtype=np.int32)
    online = isinstance(settings, OnlineSettings)
    if online or getattr(settings, "regulariser", "none") != "none":
        targets[REGION] = region_target()
    return TrainingPhotos(index, index.split("train"), settings, targets, places=online)


def on_device(batch: dict[str, Any], device: torch.device) -> dict[str, Any]:
    """A batch as a training step gets it."""
    moved = {k: v.to(device) if isinstance(v, Tensor) else v for k, v in batch.items()}
    moved["image"] = moved["image"].float() / 255
    return {**moved, LABELS: moved[LABELS].long(), "progress": 0.5}


def learn(trial: Trial, optimiser: torch.optim.Optimizer, batch: dict[str, Any]) -> float:
    """One step of a training; returns its loss."""
    device = batch["image"].device
    set_lr(optimiser, 0, 1, trial.settings)
    with autocast(device):
        loss, _ = trial.task.loss(batch)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return float(loss.detach())  # waits for the card


def measure_training(
    trial: Trial, index: Index, device: torch.device, steps: int, workers: int
) -> dict[str, Any]:
    """Photos per second, the share of the time spent waiting for photos, and the peak memory in
    MiB (null on a CPU).
    """
    settings = trial.settings.model_copy(update={"epochs": 1000, "most_steps": steps + WARM_UP})
    photos = training_photos(index, settings)
    trial.task.network.to(device).train()
    optimiser = make_optimiser(groups_of(trial.task, settings), settings)
    batches = EpochBatches(len(photos), settings)
    waited = learned = 0.0
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    source = loader(photos, batches, workers)
    photos.room = 0  # nothing stays decoded
    last = time.perf_counter()
    for number, batch in enumerate(source):
        arrived = time.perf_counter()
        learn(trial, optimiser, on_device(batch, device))
        done = time.perf_counter()
        if number >= WARM_UP:
            waited, learned = waited + arrived - last, learned + done - arrived
        last = done
    total = waited + learned
    peak = torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else None
    return {
        "batch": batches.batch,
        "crop": settings.crop,
        "backbone": settings.backbone,
        "photos_per_second": round(steps * batches.batch / total, 2),
        "waiting": round(waited / total, 3),
        "peak_mib": None if peak is None else round(peak),
    }


def exporter_of(
    trial: Trial, device: torch.device, small: bool, **more: Any
) -> tuple[str, Callable[..., Any]]:
    """The name of the step that runs a trained network over whole photos, and a function from a
    photo's pixels and tags to what that step makes of it. `more` are further settings.
    """
    kind = {"classifier": "cams", "affinity": "walk"}.get(trial.step.kind, "predict")
    changes = {**({"scales": (1.0,), "flip": False} if small else {}), **more}
    step = next(step for step in trial.chain if step.kind == kind)
    settings, task = read_settings(step, **changes), trial.task

    def export(pixels: np.ndarray, tags: tuple[int, ...]) -> Any:
        if kind == "cams":
            return export_raw_maps(task.network, pixels, tags, settings, device)
        if kind == "predict":
            return predict_labels(task, pixels, settings, device)
        size = (pixels.shape[0], pixels.shape[1])
        scores = np.random.default_rng(0).random((len(tags), size[0] // 8, size[1] // 8))
        maps = ScoreMap("cam", np.array(tags), scores.astype(np.float32), size)
        return load(step.entry.code)(task, pixels, maps, settings, device)

    return kind, export


def measure_export(
    trial: Trial, index: Index, device: torch.device, photos: int, small: bool
) -> dict[str, Any]:
    """Photos per second of the step that runs the network over whole photos."""
    kind, export = exporter_of(trial, device, small)
    trial.task.network.to(device).eval()
    chosen = index.split("train")[: photos + WARM_UP]
    started = time.perf_counter()
    for number, photo in enumerate(chosen):
        if number == WARM_UP:
            started = time.perf_counter()
        export(read_photo(index.image_path(photo)), photo.tags)  # its result is on the CPU
    seconds = time.perf_counter() - started
    return {"step": kind, "photos_per_second": round((len(chosen) - WARM_UP) / seconds, 2)}


def measure_all(args: argparse.Namespace) -> list[dict[str, Any]]:
    """A row for each training and each export."""
    rows, device = [], torch.device(args.device)
    with tempfile.TemporaryDirectory() as folder:
        index = draw_photos(Path(folder) / "photos", 8 if args.small else 40, args.small)
        for name in args.systems.split(","):
            for trial in make_trials(name, len(index.classes), args.small):
                shared = {"system": name, "method": trial.step.method}
                measured = measure_training(trial, index, device, args.steps, args.workers)
                rows.append({**shared, "step": trial.step.name, **measured})
                exported = measure_export(trial, index, device, args.steps, args.small)
                rows.append({**shared, **exported})
    return rows


def main(words: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--systems", default=",".join(read_systems()))
    parser.add_argument("--steps", type=int, default=20, help="steps, and photos of an export")
    parser.add_argument("--workers", type=int, default=4, help="processes that load photos")
    parser.add_argument("--small", action="store_true", help="small networks, for a try")
    args = parser.parse_args(words)
    found: dict[str, Any] = {"name": "gpu", "torch": torch.__version__}
    if args.device == "cuda" and not torch.cuda.is_available():
        found["skipped"] = "no CUDA; --device cpu --small tries the script"
    else:
        card = torch.cuda.get_device_name() if args.device == "cuda" else "cpu"
        found = {**found, "device": card, "small": args.small, "rows": measure_all(args)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
