"""A training step of Group-WSSS on groups of three photos, forward and backward, against three
steps of the plain CAM classifier: equal crop, equal number of photos. The goal is at most 1.3 times
the time, so a ratio of at least 0.77.

`group_step` has the width of presets/small.yaml, `group_step_published` the published 512 channels,
which on a small trunk cost more than the trunk.

    python benchmarks/group_step.py [GROUPS [SIDE [REPEATS]]]
"""

import sys
from typing import Any

import torch
import yaml

from common import PROJECT, compare
from wsss.classify.cam import Cam
from wsss.classify.group import Group
from wsss.classify.group_settings import GroupSettings
from wsss.classify.settings import ClassifierSettings

CLASSES, SIZE = 20, 3


def learn(task: Any, images: torch.Tensor, tags: torch.Tensor) -> None:
    """The gradient of a batch."""
    task.network.zero_grad(set_to_none=True)
    task.loss({"image": images, "tags": tags, "progress": 0.0})[0].backward()


def main() -> None:
    torch.set_num_threads(2)
    given = [int(word) for word in sys.argv[1:]]
    groups, side, repeats = given + [5, 256, 3][len(given) :]
    small = yaml.safe_load((PROJECT / "presets/small.yaml").read_text())
    shared = {"backbone": small["training"]["backbone"], "weights": "none"}
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(groups * SIZE, 3, side, side, generator=generator)
    tags = (torch.rand(groups * SIZE, CLASSES, generator=generator) < 0.1).float()
    plain = Cam(ClassifierSettings(**shared), CLASSES)
    plain.network.train()

    def step_three_times() -> None:
        for part, of_part in zip(images.chunk(SIZE), tags.chunk(SIZE)):
            learn(plain, part, of_part)

    width = small["classifier"]["group"]["extra_width"]
    for name, channels in (("group_step", width), ("group_step_published", 512)):
        task = Group(GroupSettings(**shared, size=SIZE, extra_width=channels), CLASSES)
        task.network.train()
        learn(task, images, tags)
        step_three_times()
        compare(
            name,
            lambda task=task: learn(task, images, tags),  # type: ignore[misc]
            step_three_times,
            repeats=repeats,
            backbone=shared["backbone"],
            groups=groups,
            side=side,
            extra_width=channels,
        )


if __name__ == "__main__":
    main()
