"""A training step of AA&LR with all its losses (forward, labels, backward and update) against one
of a plain DeepLab on given labels, at the same crop.

- `single_stage_epoch`: steps of an epoch in which labels are remembered (`refresh: 4`, as in the
  recipe): each photo is seen four times, and its labels are made once.
- `single_stage_step`: steps in which all labels are made (`refresh: 1`).

`ratio` is plain / single stage; 1 / ratio of the epoch should be at most 2.5.

- `online_labels`: the labels of a photo by CRFs on a copy of half its size, against its own size.
  `alike` is the share of the pixels with equal labels, `bytes` what is remembered of a photo.

    python benchmarks/single_stage_step.py
    python benchmarks/single_stage_step.py BACKBONE BATCH SIDE DEVICE CRF_SCALE
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from common import compare
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.nets.precision import autocast
from wsss.segment.aalr import Aalr
from wsss.segment.aalr_settings import AalrSettings
from wsss.segment.deeplab import DeepLab
from wsss.segment.label_memory import LabelMemory, Shown
from wsss.segment.online_labels import Seen, label_photo
from wsss.segment.online_settings import OnlineSettings
from wsss.segment.settings import SegmenterSettings
from wsss.training.targets import LABELS, PLACE, REGION

CLASSES, REFRESH = 20, 4
LOSSES = {
    "balance": "background",
    "regulariser": "dense_energy",
    "dense_energy": {"after": 0.0},
    "affinity": {"after": 0.0},
    "reassign": {"after": 0.0},
}
"""all losses of the recipe, as they count at the end of a training"""


def make_batch(count: int, side: int, device: torch.device) -> dict[str, Any]:
    """Drawn photos with two tags each, and labels in stripes for the plain step."""
    sizes = MiniSettings(width=side, height=side)
    drawn = [draw_scene(np.random.default_rng(k), sizes, first=k % 6).photo for k in range(count)]
    images = torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).float() / 255
    tags, labels = torch.zeros(count, CLASSES), torch.zeros(count, side, side, dtype=torch.int64)
    tags[:, :2] = 1
    labels[:, :, side // 3 :] = 1
    lines = (torch.arange(side) + 0.5) / side
    return {
        "image": images.to(device),
        "tags": tags.to(device),
        "id": [f"photo {k}" for k in range(count)],
        LABELS: labels.to(device),
        REGION: torch.ones(count, side, side, dtype=torch.uint8, device=device),
        PLACE: torch.stack([lines, lines]).repeat(count, 1, 1),
        "progress": 0.9,
    }


def stepper(task: Any, batch: dict[str, Any], steps: int) -> Callable[[], None]:
    """A function that does so many steps."""
    device = batch["image"].device
    task.network.to(device).train()
    learned = [p for p in task.network.parameters() if p.requires_grad]
    optimiser = torch.optim.SGD(learned, lr=1e-4)

    def run() -> None:
        for _ in range(steps):
            with autocast(device):
                loss = task.loss(batch)[0]
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        if device.type == "cuda":
            torch.cuda.synchronize()

    return run


def time_steps(name: str, net: dict[str, Any], batch: dict[str, Any], **rules: Any) -> None:
    """Print the time of REFRESH steps of both, after as many that are not counted."""
    torch.manual_seed(0)
    single = Aalr(AalrSettings(**net, **LOSSES, labels_after=0.0, **rules), CLASSES)
    plain = DeepLab(SegmenterSettings(**net), CLASSES)
    ours, theirs = stepper(single, batch, REFRESH), stepper(plain, batch, REFRESH)
    ours()
    theirs()
    made = {key: rules[key] for key in ("refresh", "crf_scale")}
    compare(name, ours, theirs, repeats=3, steps=REFRESH, device=str(batch["image"].device), **made)


def time_labels(side: int) -> None:
    """Print the time of the labels of one photo, with two round class maps."""
    photo = draw_scene(np.random.default_rng(0), MiniSettings(width=side, height=side), first=0)
    y, x = np.mgrid[:side, :side] / side
    bells = [np.exp(-((y - a) ** 2 + (x - b) ** 2) / 0.05) for a, b in ((0.3, 0.3), (0.7, 0.6))]
    seen = Seen(photo.photo, np.array(bells, np.float32), (1, 2))
    whole, half = OnlineSettings(), OnlineSettings(crf_scale=0.5)
    made, small = label_photo(seen, whole), label_photo(seen, half)
    memory, lines = LabelMemory(whole.memory_side, REFRESH), (torch.arange(side) + 0.5) / side
    shown = Shown(torch.from_numpy(made.labels), torch.from_numpy(made.confidence))
    memory.store("photo", shown, torch.stack([lines, lines]))
    compare(
        "online_labels",
        lambda: label_photo(seen, half),
        lambda: label_photo(seen, whole),
        side=side,
        alike=round(float((made.labels == small.labels).mean()), 3),
        bytes=len(memory.state()["packed"]["photo"]),
    )


def main(
    backbone: str = "tf_efficientnet_lite0",
    batch: str = "8",
    side: str = "256",
    device: str = "cpu",
    crf_scale: str = "1",
) -> None:
    torch.set_num_threads(2)
    net = {"backbone": backbone, "weights": "none", "crop": int(side), "batch": int(batch)}
    given = make_batch(int(batch), int(side), torch.device(device))
    scale = float(crf_scale)
    time_labels(int(side))
    time_steps("single_stage_epoch", net, given, refresh=REFRESH, crf_scale=scale)
    time_steps("single_stage_step", net, given, refresh=1, crf_scale=scale)


if __name__ == "__main__":
    main(*sys.argv[1:])
