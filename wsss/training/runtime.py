"""What all training stages share: build a method, train it, save its model, and resume a training
that was interrupted.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch

from wsss.data.index import Index
from wsss.losses.labels_settings import LabelLossSettings
from wsss.losses.multi_point_settings import BOXES, MultiPointSettings
from wsss.losses.regulariser_settings import RegulariserSettings
from wsss.nets.device import use_device
from wsss.nets.history import forget_measured, write_measured
from wsss.nets.models import save_model
from wsss.nets.start import start_from
from wsss.run.errors import TransientError
from wsss.run.files import check_room
from wsss.run.launch import is_main_process
from wsss.run.methods import Method, load
from wsss.run.records import Json
from wsss.run.warnings import EARLIER, warn
from wsss.training.forward import Gives, look_at
from wsss.training.job import TrainingJob
from wsss.training.label_targets import boxes_target, targets_in
from wsss.training.loop import train
from wsss.training.photos import TrainingPhotos
from wsss.training.process import Runtime, Watch
from wsss.training.ranks import Ranks
from wsss.training.settings import TrainingSettings
from wsss.training.spent import Spent
from wsss.training.targets import REGION, region_target

COPIES = 7
"""copies of a network's parameters on disk during a training: the model, and two checkpoints of the
parameters and the optimiser's two moments. An average of the weights adds one to each checkpoint"""
EPOCH_COPIES = 3
"""of the weights after each epoch, where they are kept: in the model, and in two checkpoints"""
METRICS = "metrics.csv"
"""the name of the losses by epoch, beside the model"""
PATIENCE = 300
"""seconds to wait for another process that trains the same model: the training of a run that was
killed ends after its current step"""


def train_on_labels(
    job: TrainingJob, methods: Mapping[str, Method], settings: TrainingSettings, labels: str
) -> Json | None:
    """Train on all photos of the split, with the label maps in the folders of the argument that is
    called `labels` here, and what the settings of the losses read beside them.
    """
    index = Index.load(job.index)
    beside = settings.beside if isinstance(settings, LabelLossSettings) else ()
    targets = targets_in(job.paths(labels), index, beside)
    if isinstance(settings, RegulariserSettings) and settings.regulariser != "none":
        targets[REGION] = region_target()
    if isinstance(settings, MultiPointSettings) and settings.multi_point:
        targets[BOXES] = boxes_target(job.paths(labels), settings.multi_point_boxes)
    photos = TrainingPhotos(index, index.split(job.split), settings, targets)
    return run_training(job, methods, settings, photos, gives="labels")


def run_training(
    job: TrainingJob,
    methods: Mapping[str, Method],
    settings: TrainingSettings,
    photos: TrainingPhotos,
    watch: Watch | None = None,
    gives: Gives = "other",
) -> Json | None:
    """Build the job's method, train it and save the model at `job.out`.

    Before it is saved, one forward pass is looked at (forward.py); warnings are returned, to be
    noted. The figures of `watch` go into a file beside the model and do not affect it.
    """
    method = methods[job.method]
    with training_runtime(job, method, settings, watch) as runtime:
        task = make_task(job, method, settings, photos.index.classes)
        check_room(job.out, _bytes_on_disk(task, settings), f"training {job.out}")
        with report_dead_loaders():
            history = train(task, photos, settings, runtime)
        if not is_main_process():
            return None
        warnings = look_at(task.network, photos, runtime.device, gives)
        forget_measured(job.out)
        _save(job, task, settings, photos.index.classes, history)
        write_measured(job.out, watch.rows() if watch else [])
        noted = warn(warnings) or {}
        if any(runtime.spent.earlier.values()):
            noted[EARLIER] = runtime.spent.earlier
        return noted or None


def _bytes_on_disk(task: Any, settings: TrainingSettings) -> int:
    """The most bytes that a training has on disk at once."""
    copies = COPIES + (2 if settings.average else 0)
    if getattr(task, "keeps_epochs", False):
        copies += EPOCH_COPIES * settings.epochs
    size: int = sum(parameter.nbytes for parameter in task.network.parameters())
    return copies * size


def _save(
    job: TrainingJob,
    task: Any,
    settings: TrainingSettings,
    classes: tuple[str, ...],
    history: list[dict[str, float]],
) -> None:
    """Write the trained network of a task to `job.out`, with what the task names besides."""
    outputs, epochs = getattr(task, "outputs", ()), getattr(task, "epochs", ())
    save_model(job.out, task.network, job.method, settings, classes, history, outputs, epochs)


def make_task(
    job: TrainingJob, method: Method, settings: TrainingSettings, classes: tuple[str, ...]
) -> Any:
    """The task to train, with initial weights from the model `job.start` or by the settings. A
    network with `name_classes` is told the names of the classes.
    """
    lines: list[str] = []
    if job.start is None:
        task = load(method.code)(settings, len(classes))
    else:
        task = load(method.code)(settings.model_copy(update={"weights": "none"}), len(classes))
        lines.append(start_from(task.network, job.start))
    if hasattr(task.network, "name_classes"):
        lines += task.network.name_classes(classes)
    if is_main_process():
        for line in lines:
            print(line, flush=True)
    return task


@contextmanager
def report_dead_loaders() -> Iterator[None]:
    """Raise a TransientError where a process that loads photos was killed or memory ran out."""
    try:
        yield
    except RuntimeError as error:
        if "DataLoader worker" in str(error):
            raise TransientError(
                "a process that loads photos was killed, most likely for lack of memory; "
                "lower workers, or free memory, then type the same command again: it resumes from "
                "the last checkpoint"
            )
        if isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise TransientError(
                "out of memory; lower batch or crop of this stage, then type the same command again"
            )
        raise


@contextmanager
def training_runtime(
    job: TrainingJob, method: Method, settings: TrainingSettings, watch: Watch | None = None
) -> Iterator[Runtime]:
    """The runtime of a job. Its checkpoints lie in a folder `.resume-KEY` beside the model, which
    is deleted at success, and at the start without `job.resume`.
    """
    folder = job.out.parent / f".resume-{job.key(method, settings)}"
    if not job.resume and is_main_process():
        shutil.rmtree(folder, ignore_errors=True)
    with lock_folder(folder, str(job.out)):
        device = use_device(job.device, job.threads)
        ranks = Ranks.join(device)
        torch.manual_seed(settings.seed)  # the caller builds the network afterwards
        minutes, steps = job.checkpoint_minutes, job.checkpoint_steps
        spent = Spent(folder if is_main_process() else None)
        metrics = job.out.parent / METRICS
        yield Runtime(device, job.workers, folder, minutes, steps, watch, metrics, spent, ranks)
        ranks.wait()
    if is_main_process():
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def lock_folder(folder: Path, out: str) -> Iterator[None]:
    """Make a folder for checkpoints and lock it, so that no two runs train the model `out` at once.

    A training that a killed run has left behind may hold the lock for some seconds, until it has
    written its checkpoint, or until it has finished and deleted the folder; so this waits, and
    makes the folder again. After PATIENCE seconds it raises a TransientError.
    """
    for second in range(PATIENCE if is_main_process() else 1):
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "lock", "a", encoding="utf-8") as lock:
            if not is_main_process() or _acquire(lock, folder / "lock"):
                yield
                return
        if second == 0:
            print(f"another process trains {out}; waiting for it to end", flush=True)
        time.sleep(1)
    raise TransientError(f"another process is training {out}; wait for it or stop it")


def _acquire(lock: IO[str], path: Path) -> bool:
    """Lock an open file; returns whether it succeeded and the file still is the one at its path."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.stat().st_ino == os.fstat(lock.fileno()).st_ino
    except (BlockingIOError, FileNotFoundError):  # another holds it, or has deleted the folder
        return False
