"""The device and threads of a stage that uses torch, and what all training stages do alike."""

import argparse
import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import torch

from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.nets.models import save_model
from wsss.run.code import CODE
from wsss.run.errors import Passing
from wsss.run.files import check_room
from wsss.run.launch import leads
from wsss.run.methods import Method, load
from wsss.run.provenance import content_digest
from wsss.run.settings import digest
from wsss.training.loop import Runtime, Watch, train
from wsss.training.photos import TrainingPhotos
from wsss.training.ranks import Ranks
from wsss.training.settings import TrainingSettings

COPIES = 7
"""of a network's parameters on disk while it trains: the model, and two checkpoints with an optimiser's two moments"""
PATIENCE = 300
"""seconds to wait for another process that trains the same model; one whose run was killed ends after the step it is in"""


def use_device(args: argparse.Namespace) -> torch.device:
    """Set the intra-op threads and give the device: `auto` is CUDA where there is one."""
    torch.set_num_threads(args.threads)
    if args.device == "cuda" and not torch.cuda.is_available():
        raise Passing("device is cuda but this machine has none; use --device auto")
    if args.device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))


def train_on_labels(args: argparse.Namespace, script: str, registry: Mapping[str, Method],
                    settings: TrainingSettings) -> None:
    """A training on the label maps in the folders `args.labels`, of the photos of `args.split` of `args.index`."""
    index, labels = Index.load(args.index), LabelFolder(args.labels)
    photos = TrainingPhotos(index, index.split(args.split), settings, lambda photo_id: labels[photo_id])
    run_training(args, script, registry, settings, photos, [args.index, *args.labels])


def run_training(args: argparse.Namespace, script: str, registry: Mapping[str, Method], settings: TrainingSettings,
                 photos: TrainingPhotos, inputs: list[str], curve: Watch | None = None) -> None:
    """What every training stage does: make the method `args.variant` on seed, train it, save it at `args.out`.

    With `curve` the history tells what the network was supervised by in each epoch, measured by masks.
    """
    entry, classes = registry[args.variant], photos.index.classes
    with training_runtime(args, script, entry, settings, inputs) as runtime:
        task = load(entry.code)(settings, len(classes))
        check_room(args.out, COPIES * sum(p.nbytes for p in task.network.parameters()), f"training {args.out}")
        runtime.watch = curve
        with loaders_that_die_said():
            history = train(task, photos, settings, runtime)
        measured = {row["epoch"]: row for row in curve.rows()} if curve else {}
        history = [{**row, **measured.get(row["epoch"], {})} for row in history]
        if leads():
            save_model(args.out, task.network, args.variant, settings, classes, history)


@contextmanager
def loaders_that_die_said() -> Iterator[None]:
    """Tell in one line where a process that loads photos was killed, or memory ran out."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" in str(error):
            raise Passing("a process that loads photos was killed, for want of memory as a rule; lower workers, or free "
                          "memory, then the same command goes on from the last checkpoint")
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise Passing("out of memory; lower batch or crop of this stage, then type the same command again")
        raise


@contextmanager
def training_runtime(args: argparse.Namespace, script: str, variant: Method, settings: TrainingSettings,
                     inputs: list[str]) -> Iterator[Runtime]:
    """A Runtime whose resume folder lies beside `args.out`, named by settings, code and inputs; deleted at success."""
    code = CODE.digest(script, variant)
    key = digest([settings.model_dump(mode="json"), code, [content_digest(p) for p in inputs]])
    folder = Path(args.out).parent / f".resume-{key}"
    if args.no_resume and leads():
        shutil.rmtree(folder, ignore_errors=True)
    with locked(folder, args.out):
        device = use_device(args)
        ranks = Ranks.join(device)
        torch.manual_seed(settings.seed)  # before the network is made
        yield Runtime(device, args.workers, folder, args.checkpoint_minutes, args.checkpoint_steps, ranks=ranks)
        ranks.wait()
    if leads():
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(folder: Path, out: str) -> Iterator[None]:
    """Make a resume folder and hold it. One that a killed run has left behind may take seconds to write its checkpoint and
    end, or to finish and take the folder away: then it is made anew."""
    for second in range(PATIENCE if leads() else 1):
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "a") as lock:
            if not leads() or _hold(lock, folder / "lock"):
                yield
                return
        if second == 0:
            print(f"another process trains {out}; waiting for it to end", flush=True)
        time.sleep(1)
    raise Passing(f"another process is training {out}; wait for it or stop it")


def _hold(lock: IO[str], path: Path) -> bool:
    """Whether the lock could be had, and still is the one at its path."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.stat().st_ino == os.fstat(lock.fileno()).st_ino
    except OSError:
        return False
