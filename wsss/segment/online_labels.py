"""Online labels of one photo (RRM, AAAI 2020; docs/methods.md#online-labels): class maps, sharpened
by two dense CRFs, where both the maps and the CRFs are sure.

A photo of H x W pixels has K tags. The *low* power gives the background high scores, so its CRF
finds sure classes; the *high* power gives it low ones, so its CRF finds sure background.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from PIL import Image

from wsss.crf.photo import KERNELS, ROWS, dense_crfs
from wsss.crf.settings import CrfSettings
from wsss.data.backgrounds import decide_between_two, power_background
from wsss.data.images import IGNORE
from wsss.data.resize import resize_scores
from wsss.segment.online_settings import OnlineSettings


class Seen(NamedTuple):
    """What labels are made of."""

    photo: np.ndarray
    """uint8 (H, W, 3)"""
    maps: np.ndarray
    """the class maps of its tags, float32 (K, H, W), each with a maximum of 1, or 0 everywhere"""
    tags: tuple[int, ...]
    """label ids, from 1"""
    lost: int = 0
    """how many of them the network does not find (`tag_above`); their maps are 0 everywhere"""


class Made(NamedTuple):
    """The labels of a photo, and how sure they are."""

    labels: np.ndarray
    """uint8 (H, W), IGNORE where nothing is sure"""
    confidence: np.ndarray
    """float32 (H, W) in 0..1, also of pixels without label"""


class Sureness(NamedTuple):
    """What the class maps are sure of."""

    sure: np.ndarray
    """bool (H, W)"""
    score: np.ndarray
    """the largest score of background and classes, float32 (H, W)"""
    finds_class: bool
    """whether a class has a pixel above the threshold"""


def label_photos(photos: Sequence[Seen], settings: OnlineSettings, threads: int) -> list[Made]:
    """The labels of photos, so many at a time. Each photo's labels depend on that photo alone."""
    with ThreadPoolExecutor(max(1, threads)) as pool:
        return list(pool.map(lambda photo: label_photo(photo, settings), photos))


def label_photo(seen: Seen, settings: OnlineSettings) -> Made:
    """The labels of a photo.

    A photo without tags has no labels. Nor has one in which no class has a pixel above the
    threshold: its background would be all of it. A class without such a pixel has no sure ones;
    others in the photo keep their labels. Where a tag is not found, nothing is background, for the
    maps do not show where it is.
    """
    height, width = seen.photo.shape[:2]
    by_maps = find_sure(seen.maps, settings) if seen.tags else None
    if by_maps is None or not by_maps.finds_class:
        nothing = np.full((height, width), IGNORE, np.uint8)
        return Made(nothing, np.zeros((height, width), np.float32))
    low, high = two_crfs(seen, settings)
    labels = decide_between_two(np.array(seen.tags), [low, high])
    certain = np.maximum(high[0], low[1:].max(axis=0))
    labels[~by_maps.sure | (certain < settings.crf_above)] = IGNORE
    if seen.lost:
        labels[labels == 0] = IGNORE
    levels = {"crf": certain, "cam": by_maps.score, "none": np.ones_like(certain)}
    return Made(labels, levels[settings.confidence])


def find_sure(maps: np.ndarray, settings: OnlineSettings) -> Sureness:
    """Where class maps (K, H, W) are sure: where background is largest and above `cam_background`;
    and of the pixels at which a class is largest and above `cam_above` those whose score is not
    below the class's percentile.
    """
    stack = with_background(maps, settings.alpha_high)
    best, score = stack.argmax(axis=0), stack.max(axis=0)
    sure = (best == 0) & (score > settings.cam_background)
    finds_class = False
    for channel in range(1, len(stack)):
        chosen = (best == channel) & (score > settings.cam_above)
        if chosen.any():  # a percentile of nothing does not exist
            finds_class = True
            sure |= chosen & (score >= np.percentile(score[chosen], settings.cam_percentile))
    return Sureness(sure, score, finds_class)


def two_crfs(seen: Seen, settings: OnlineSettings) -> list[np.ndarray]:
    """The marginals, float32 (K + 1, H, W), by the low power of the background and by the high
    one. The kernels are computed once for both.
    """
    size, factor = seen.photo.shape[:2], settings.crf_scale
    powers = settings.alpha_low, settings.alpha_high
    if factor == 1:
        stacks = [with_background(seen.maps, power) for power in powers]
        return dense_crfs(seen.photo, stacks, scale_kernels(settings.crf, 1))
    small = max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
    photo = Image.fromarray(seen.photo).resize(small[::-1], Image.Resampling.BILINEAR)
    maps = resize_scores(seen.maps, small)
    stacks = [with_background(maps, power) for power in powers]
    marginals = dense_crfs(np.array(photo), stacks, scale_kernels(settings.crf, factor))
    return [resize_scores(marginal, (size[0], size[1])) for marginal in marginals]


def with_background(maps: np.ndarray, power: float) -> np.ndarray:
    """Class maps (K, H, W) after the background (1 - max)^power, float32 (K + 1, H, W)."""
    return np.concatenate([power_background(maps, power), maps])


def scale_kernels(settings: CrfSettings, factor: float) -> CrfSettings:
    """The settings of a CRF on a photo that was resized by `factor`."""
    if settings.row != "own":
        named = dict(zip(KERNELS, ROWS[settings.row]))
        settings = settings.model_copy(update={**named, "row": "own"})
    shrunk = {name: getattr(settings, name) * factor for name in ("gaussian_xy", "bilateral_xy")}
    return settings.model_copy(update=shrunk)
