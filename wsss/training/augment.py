"""Random resize, crop, flip and colour jitter of a photo and its label maps, drawn from one generator.

The draw depends on (seed, epoch, photo id) alone, so a resumed training sees what an unbroken one would have seen.
"""

import hashlib

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as F

from wsss.data.images import IGNORE
from wsss.training.settings import TrainingSettings

MEAN_COLOUR = (124, 116, 104)
"""Colour of the padding: the ImageNet mean, about 0 after normalisation."""


def generator(seed: int, epoch: int, photo_id: str) -> np.random.Generator:
    """The random numbers of one photo in one epoch."""
    key = hashlib.sha256(f"{seed}/{epoch}/{photo_id}".encode()).digest()
    return np.random.default_rng(int.from_bytes(key[:8], "big"))


def augment(photo: np.ndarray, labels: np.ndarray | None, settings: TrainingSettings,
            rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """A crop: image uint8 (3, crop, crop) and label maps uint8 (K, crop, crop); padding is the mean colour and IGNORE.

    `photo` is uint8 (H, W, 3), `labels` uint8 (K, H, W) or None for one that is all IGNORE.
    """
    image = torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)
    target = torch.full_like(image[:1], IGNORE) if labels is None else torch.from_numpy(labels)
    height, width = _resized(image.shape[1], image.shape[2], int(rng.integers(*settings.long_side, endpoint=True)))
    image = F.resize(image, [height, width], antialias=True)
    target = F.resize(target, [height, width], InterpolationMode.NEAREST_EXACT)
    if settings.flip and rng.random() < 0.5:
        image, target = F.hflip(image), F.hflip(target)
    return _random_crop(image, target, settings, rng)


def _resized(height: int, width: int, long_side: int) -> tuple[int, int]:
    factor = long_side / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def _jitter(image: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    image = F.adjust_brightness(image, rng.uniform(1 - strength, 1 + strength))
    image = F.adjust_contrast(image, rng.uniform(1 - strength, 1 + strength))
    image = F.adjust_saturation(image, rng.uniform(1 - strength, 1 + strength))
    return F.adjust_hue(image, rng.uniform(-strength / 3, strength / 3))


def _random_crop(image: Tensor, target: Tensor, settings: TrainingSettings,
                 rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """The crop, its colours jittered: after cropping, because pixels that are cut away need no colour."""
    (count, height, width), crop = target.shape, settings.crop
    out = torch.tensor(MEAN_COLOUR, dtype=torch.uint8).view(3, 1, 1).repeat(1, crop, crop)
    out_target = torch.full((count, crop, crop), IGNORE, dtype=torch.uint8)
    (sy, dy, h), (sx, dx, w) = _place(height, crop, rng), _place(width, crop, rng)
    part = image[:, sy : sy + h, sx : sx + w]
    out[:, dy : dy + h, dx : dx + w] = _jitter(part, settings.jitter, rng) if settings.jitter else part
    out_target[:, dy : dy + h, dx : dx + w] = target[:, sy : sy + h, sx : sx + w]
    return out, out_target


def _place(length: int, crop: int, rng: np.random.Generator) -> tuple[int, int, int]:
    """Where a random window of `crop` begins in the source and in the crop, and how much of it is covered."""
    start = int(rng.integers(0, abs(length - crop), endpoint=True))
    return (start, 0, crop) if length >= crop else (0, start, length)
