"""One step of each published training on the CPU, at the published crop, with one photo and with
two: its loss, and how much memory it takes. The memory at the published batch is extrapolated from
these two. One JSON object for each training. BatchNorm that learns needs two photos, and is run on
two and three.

    python benchmarks/published_step.py [--systems sec,psa] [--steps classifier,grow]

Weights are random and photos drawn. Each step runs in a process of its own. Some take gigabytes.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from gpu import TRAININGS, draw_photos, learn, make_trials, on_device, training_photos, trainings_of

from wsss.plan.published import chain_of, read_systems
from wsss.training.batches import EpochBatches
from wsss.training.optimiser import groups_of, make_optimiser
from wsss.training.photos import loader

SIZES = (1, 2)
"""photos of a step, or groups of photos where a method compares them"""
LEARNED_NORMS = (2, 3)
"""the same of trainings with `freeze_norm: false`"""
MOST_PHOTOS = 6
"""photos that are drawn: two groups of three"""


def memory_mib() -> float:
    """The largest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_step(system: str, step: str, batch: int) -> dict[str, float]:
    """The loss of one step, and the memory that the step added to the process with the network."""
    with tempfile.TemporaryDirectory() as folder:
        index = draw_photos(Path(folder) / "photos", MOST_PHOTOS, small=False)
        trials = make_trials(system, len(index.classes), batch=batch, only=step)
        trial = next(trials)
        trial.task.network.train()
        optimiser = make_optimiser(groups_of(trial.task, trial.settings), trial.settings)
        photos = training_photos(index, trial.settings)
        source = loader(photos, EpochBatches(len(photos), trial.settings), 0)
        moved = on_device(next(iter(source)), torch.device("cpu"))
        before = memory_mib()
        loss = learn(trial, optimiser, moved)
        return {"loss": loss, "mib": memory_mib() - before, "network_mib": before}


def run_apart(system: str, step: str, batch: int) -> dict[str, float]:
    """`run_step` in a process of its own, so that nothing before it counts."""
    words = [sys.executable, __file__, "--one", system, step, str(batch)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def extrapolate(sizes: tuple[int, int], values: tuple[float, float], size: float) -> float:
    """The value at `size` on the line through the values at two sizes."""
    slope = (values[1] - values[0]) / (sizes[1] - sizes[0])
    return values[0] + slope * (size - sizes[0])


def measure(system: str, step: str) -> dict[str, Any]:
    """The row of one training."""
    settings = chain_of(read_systems()[system], system).step(step).settings
    few, more = SIZES if settings["freeze_norm"] else LEARNED_NORMS
    first, second = (run_apart(system, step, size) for size in (few, more))
    batch = settings["batch"] / settings.get("size", 1)
    mib = extrapolate((few, more), (first["mib"], second["mib"]), batch)
    return {
        "name": "published_step",
        "system": system,
        "step": step,
        "crop": settings["crop"],
        "backbone": settings["backbone"],
        "losses": [first["loss"], second["loss"]],
        "photos": [few, more],
        "mib": [round(first["mib"]), round(second["mib"])],
        "batch": settings["batch"],
        "mib_of_the_batch_extrapolated": round(mib),
    }


def main(words: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--systems", default=",".join(read_systems()))
    parser.add_argument("--steps", default=",".join(TRAININGS))
    parser.add_argument("--one", nargs=3, metavar=("SYSTEM", "STEP", "BATCH"))
    args = parser.parse_args(words)
    if args.one:
        system, step, batch = args.one
        print(json.dumps(run_step(system, step, int(batch))))
        return
    for system in args.systems.split(","):
        for step in trainings_of(chain_of(read_systems()[system], system)):
            if step.kind in args.steps.split(","):
                print(json.dumps(measure(system, step.name)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
