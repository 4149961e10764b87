"""Random resize, crop, flip and colour jitter of a photo and its targets.

The random numbers depend on (seed, epoch, photo id) alone. So a training that was interrupted sees
the same crops as one that was not.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from wsss.training.settings import TrainingSettings
from wsss.training.targets import Target

MEAN_COLOUR = (124, 116, 104)
"""colour of the padding: the ImageNet mean, about 0 after normalisation"""

Span = tuple[slice, slice]
"""along one axis: the part of the photo that is taken, and its place in the crop"""


class Crop(NamedTuple):
    """A crop of S x S pixels of a photo."""

    image: Tensor
    """uint8 (3, S, S)"""
    targets: dict[str, Tensor]
    """by target the map, ([K,] S, S), in its dtype"""
    place: Tensor
    """float32 (2, S): where in the photo each row and each column of the crop is, as a share of its
    height and of its width; -1 in the padding"""


def generator(seed: int, epoch: int, photo_id: str) -> np.random.Generator:
    """The random generator of one photo in one epoch."""
    key = hashlib.sha256(f"{seed}/{epoch}/{photo_id}".encode()).digest()
    return np.random.default_rng(int.from_bytes(key[:8], "big"))


def augment(
    photo: np.ndarray,
    maps: Mapping[str, np.ndarray],
    targets: Mapping[str, Target],
    settings: TrainingSettings,
    rng: np.random.Generator,
) -> Crop:
    """A random crop of a photo, uint8 (H, W, 3), and of its maps, (H, W) or (K, H, W) by target.

    The padding around a photo that is too small has the mean colour and each target's fill.
    """
    image = torch.from_numpy(np.ascontiguousarray(photo)).permute(2, 0, 1)
    size = _draw_size(image.shape[1], image.shape[2], settings, rng)
    image = F.resize(image, list(size), antialias=True)
    layers = {name: targets[name].resize_to(values, size) for name, values in maps.items()}
    mirrored = settings.flip and rng.random() < 0.5
    if mirrored:
        image = F.hflip(image)
        layers = {name: layer.flip(-1) for name, layer in layers.items()}
    rows, columns = (_place(length, settings.crop, rng) for length in size)
    cut = {}
    for name, layer in layers.items():
        padding = _padding(layer, targets[name].fill, settings.crop)
        cut[name] = _cut(layer, padding, rows, columns)
    place = torch.stack(
        [
            _shares(rows, size[0], settings.crop),
            _shares(columns, size[1], settings.crop, mirrored),
        ]
    )
    return Crop(_cut_image(image, settings, rows, columns, rng), cut, place)


def _draw_size(
    height: int, width: int, settings: TrainingSettings, rng: np.random.Generator
) -> tuple[int, int]:
    """The size (h, w) that a photo is resized to: that of the crop, or one with a random longer
    side.
    """
    if settings.warp:
        return settings.crop, settings.crop
    factor = int(rng.integers(*settings.long_side, endpoint=True)) / max(height, width)
    return max(1, round(height * factor)), max(1, round(width * factor))


def _place(length: int, crop: int, rng: np.random.Generator) -> Span:
    """A random window of `crop` pixels along a side of `length`; a side that is shorter than the
    crop gets a random place in it.
    """
    start = int(rng.integers(0, abs(length - crop), endpoint=True))
    if length >= crop:
        return slice(start, start + crop), slice(0, crop)
    return slice(0, length), slice(start, start + length)


def _shares(span: Span, length: int, crop: int, mirrored: bool = False) -> Tensor:
    """Where along a side of `length` each of the crop's lines is: its middle as a share of the
    side, float32 (crop,); -1 in the padding.
    """
    middles = (torch.arange(length)[span[0]] + 0.5) / length
    out = torch.full((crop,), -1.0)
    out[span[1]] = 1 - middles if mirrored else middles
    return out


def _padding(layer: Tensor, fill: float, crop: int) -> Tensor:
    """A crop without photo: `fill` everywhere, in the shape and dtype of a target."""
    return torch.full((*layer.shape[:-2], crop, crop), fill, dtype=layer.dtype)


def _cut(source: Tensor, out: Tensor, rows: Span, columns: Span) -> Tensor:
    """Copy the window of `source` into the crop `out`, in place; returns `out`."""
    out[..., rows[1], columns[1]] = source[..., rows[0], columns[0]]
    return out


def _cut_image(
    image: Tensor, settings: TrainingSettings, rows: Span, columns: Span, rng: np.random.Generator
) -> Tensor:
    """The crop of the image. Its colours are jittered after cropping, which is cheaper."""
    part = image[:, rows[0], columns[0]]
    if settings.jitter:
        part = _jitter(part, settings.jitter, rng)
    colour = torch.tensor(MEAN_COLOUR, dtype=torch.uint8).view(3, 1, 1)
    out = colour.repeat(1, settings.crop, settings.crop)
    out[:, rows[1], columns[1]] = part
    return out


def _jitter(image: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    """Change brightness, contrast and saturation by random factors 1 - strength .. 1 + strength,
    and hue by a third of the strength.
    """
    image = F.adjust_brightness(image, rng.uniform(1 - strength, 1 + strength))
    image = F.adjust_contrast(image, rng.uniform(1 - strength, 1 + strength))
    image = F.adjust_saturation(image, rng.uniform(1 - strength, 1 + strength))
    jittered: Tensor = F.adjust_hue(image, rng.uniform(-strength / 3, strength / 3))
    return jittered
