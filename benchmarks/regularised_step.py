"""The dense CRF loss, on two cores:

- `regularised_step`: a training step with the loss at half resolution, crop 256, against the plain
  step. `ratio` is plain / regularised; 1 / ratio should be at most 1.5.
- `regularised_filter`: the kernel on a batch of photos by the lattice, against the obvious dense
  kernel of all pairs. `relative_difference` is the mean absolute difference, after the lattice's
  factor, divided by the mean.

    python benchmarks/regularised_step.py
"""

import numpy as np
import torch

from common import compare
from wsss.crf.batch_filter import filter_compiled, filter_exactly
from wsss.data.images import IGNORE
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.segment.deeplab import DeepLab
from wsss.segment.settings import SegmenterSettings
from wsss.training.targets import REGION

BACKBONE, BATCH, SIDE, CLASSES = "tf_efficientnet_lite0", 16, 256, 20


def draw_photos(count: int, side: int) -> torch.Tensor:
    """Drawn photos, float (N, 3, side, side) in 0..255."""
    settings = MiniSettings(width=side, height=side)
    drawn = [draw_scene(np.random.default_rng(k), settings, first=k % 6) for k in range(count)]
    return torch.from_numpy(np.stack([scene.photo for scene in drawn])).permute(0, 3, 1, 2).float()


def make_step(regulariser: str):
    """A training step, without the update, on strokes of three pixels."""
    torch.manual_seed(0)
    settings = SegmenterSettings(
        backbone=BACKBONE,
        weights="none",
        regulariser=regulariser,
        crop=SIDE,
        dense_crf={"after": 0},
    )
    task = DeepLab(settings, CLASSES)
    task.network.train()
    labels = torch.full((BATCH, SIDE, SIDE), IGNORE)
    labels[:, 60:63, 20:200], labels[:, 150:153, 20:200] = 0, 3
    region = torch.ones(BATCH, SIDE, SIDE, dtype=torch.uint8)
    images = draw_photos(BATCH, SIDE) / 255
    batch = {"image": images, "labels": labels, REGION: region, "progress": 0.5}

    def step() -> None:
        """Forward and backward."""
        task.network.zero_grad(set_to_none=True)
        task.loss(batch)[0].backward()

    return step


def compare_steps() -> None:
    """Print the time of a step with the loss, and without it."""
    ours, plain = make_step("dense_crf"), make_step("none")
    ours()
    plain()
    compare("regularised_step", ours, plain, repeats=3, batch=BATCH, side=SIDE)


def compare_filters(photos: int = 2, side: int = 96) -> None:
    """Print the time of both filters."""
    colours = draw_photos(photos, side)
    values = torch.rand(photos, CLASSES + 2, side, side, generator=torch.Generator().manual_seed(0))
    given = colours, values, 100 * side / SIDE, 15.0
    lattice, exact = filter_compiled(*given), filter_exactly(*given)
    lattice *= exact.sum() / lattice.sum()
    compare(
        "regularised_filter",
        lambda: filter_compiled(*given),
        lambda: filter_exactly(*given),
        repeats=3,
        photos=photos,
        side=side,
        relative_difference=round(float((lattice - exact).abs().mean() / exact.mean()), 4),
    )


def main() -> None:
    torch.set_num_threads(2)
    compare_filters()
    compare_steps()


if __name__ == "__main__":
    main()
