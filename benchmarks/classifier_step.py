"""A training step of CPN, forward, backward and update, against one of SEAM at the same crop; CPN's
three photos in one batch against three forward passes; and without classification losses of the
pair.

    python benchmarks/classifier_step.py
    python benchmarks/classifier_step.py BACKBONE BATCH SIDE BRANCH_SCALE

(`ratio` below 1: the step takes longer than what it is compared with.) All trainings have the same
crops, superpixels and tags. BRANCH_SCALE is the size of SEAM's second branch.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from common import compare
from wsss.classify.cam import Cam
from wsss.classify.cpn import Cpn
from wsss.classify.cpn_settings import CpnSettings
from wsss.classify.seam import Seam
from wsss.classify.seam_settings import SeamSettings
from wsss.classify.settings import ClassifierSettings
from wsss.nets.trunk import Features

CLASSES, CELL = 20, 16
"""classes, and the side of the superpixels in pixels"""


class ThreePasses(Cpn):
    """CPN with a forward pass for each of the three photos."""

    def look(self, images: Tensor, pair: Tensor) -> tuple[Tensor, Features]:
        """As in Cpn, from three passes."""
        seen = [self.network(one) for one in (images, *pair.chunk(2))]
        parts = [features for _, features in seen]
        taps = [torch.cat(same) for same in zip(*(features.taps for features in parts))]
        final = torch.cat([features.final for features in parts])
        return torch.cat([maps for maps, _ in seen]), Features(final, taps)


def make_batch(batch: int, side: int) -> dict[str, Any]:
    """Random photos, each with two tags, and square superpixels."""
    generator = torch.Generator().manual_seed(0)
    tags = torch.zeros(batch, CLASSES)
    tags[:, :2] = 1
    row = torch.arange(side) // CELL
    ids = (row[:, None] * (side // CELL + 1) + row).int()
    images = torch.rand(batch, 3, side, side, generator=generator)
    return {"image": images, "tags": tags, "superpixels": ids.repeat(batch, 1, 1), "progress": 0.5}


def stepper(task: Any, batch: dict[str, Any]) -> Callable[[], float]:
    """A function that does one step and gives the loss."""
    task.network.train()
    learned = [p for p in task.network.parameters() if p.requires_grad]
    optimiser = torch.optim.SGD(learned, lr=1e-4)

    def step() -> float:
        loss = task.loss(batch)[0]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    return step


def main(backbone: str, batch: int, side: int, branch_scale: float) -> None:
    common = {"backbone": backbone, "weights": "none", "crop": side}
    tasks = {
        "cpn": Cpn(CpnSettings(**common), CLASSES),
        "three_passes": ThreePasses(CpnSettings(**common), CLASSES),
        "unclassified_pair": Cpn(CpnSettings(**common, classify_pair=0), CLASSES),
        "seam": Seam(SeamSettings(**common, branch_scale=branch_scale), CLASSES),
        "cam": Cam(ClassifierSettings(**common), CLASSES),
    }
    given = make_batch(batch, side)
    steps = {name: stepper(task, given) for name, task in tasks.items()}
    timed = partial(compare, repeats=3, backbone=backbone, batch=batch, side=side)
    for name, other in (
        ("cpn", "seam"),
        ("cpn", "three_passes"),
        ("unclassified_pair", "seam"),
        ("seam", "cam"),
    ):
        timed(f"classifier_step_{name}_{other}", steps[name], steps[other])


if __name__ == "__main__":
    torch.set_num_threads(2)
    chosen = [*sys.argv[1:], *("tf_efficientnet_lite0", "8", "256", "0.5")[len(sys.argv) - 1 :]]
    main(chosen[0], int(chosen[1]), int(chosen[2]), float(chosen[3]))
