"""The time that loading takes of a training step: photos decoded once and kept, against decoding
them for every step.

    python benchmarks/loading.py

`share_of_step` is loading in the training process itself (workers: 0) over the whole step of a
lite0 classifier.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from common import compare
from wsss.classify.cam import Cam
from wsss.classify.settings import ClassifierSettings
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.training.batches import Key
from wsss.training.photos import TrainingPhotos

BATCH = 16


def main() -> None:
    torch.set_num_threads(2)
    settings = ClassifierSettings(
        backbone="tf_efficientnet_lite0", crop=256, long_side=(256, 384), batch=BATCH
    )
    with TemporaryDirectory() as folder:
        index = photos_on_disk(Path(folder))
        kept, never = (TrainingPhotos(index, index.split("train"), settings) for _ in range(2))
        never.room = 0
        ours, theirs = ([photos[Key(0, i)] for i in range(BATCH)] for photos in (kept, never))
        assert all(torch.equal(a["image"], b["image"]) for a, b in zip(ours, theirs))
        compare(
            "loading",
            lambda: load(kept),
            lambda: load(never),
            per=f"batch of {BATCH}, crop {settings.crop}",
            share_of_step=round(share(kept, settings), 3),
        )


def photos_on_disk(folder: Path) -> Index:
    scene = MiniSettings(width=500, height=375)
    for i in range(BATCH):
        Image.fromarray(draw_scene(np.random.default_rng(i), scene, first=0).photo).save(
            folder / f"{i}.jpg"
        )
    photos = {str(i): Photo(str(i), f"{i}.jpg", (1,)) for i in range(BATCH)}
    return Index("benchmark", ("a", "b"), str(folder), photos, {"train": tuple(photos)})


def load(photos: TrainingPhotos) -> torch.Tensor:
    return torch.stack([photos[Key(1, i)]["image"] for i in range(BATCH)])


def share(photos: TrainingPhotos, settings: ClassifierSettings) -> float:
    """Loading time over loading plus forward, backward and update; the middle of five steps."""
    task = Cam(settings, 2)
    task.network.train()
    optimiser = torch.optim.SGD([p for p in task.network.parameters() if p.requires_grad], lr=1e-3)
    shares = []
    for _ in range(5):
        started = time.perf_counter()
        images = load(photos).float() / 255
        loaded = time.perf_counter()
        optimiser.zero_grad()
        task.loss({"image": images, "tags": torch.ones(BATCH, 2)})[0].backward()
        optimiser.step()
        shares.append((loaded - started) / (time.perf_counter() - started))
    return sorted(shares)[2]


if __name__ == "__main__":
    main()
