"""What the toy methods compute: arrays in, arrays out."""

import numpy as np

from wsss.data.images import IGNORE


def draw_strokes(labels, settings):
    """Labels (H, W) on every fourth row, 255 elsewhere."""
    rows = np.arange(labels.shape[0]) % 4 == 0
    return np.where(rows[:, None], labels, IGNORE).astype(np.uint8)


def spread(new, before, settings):
    """The mean of two stacks of maps, or of two saliency maps, of one size."""
    return settings.share * new + (1 - settings.share) * before


def stack(labels, settings):
    """Points of a photo: the row, column and label of every eighth pixel, int32 (n, 3)."""
    rows, columns = np.mgrid[: labels.shape[0] : 8, : labels.shape[1] : 8]
    return np.stack([rows, columns, labels[rows, columns]], axis=-1).reshape(-1, 3).astype(np.int32)


def project(points, size, settings):
    """Labels (H, W) of points (n, 3), 255 where there is none."""
    labels = np.full(size, IGNORE, np.uint8)
    labels[points[:, 0], points[:, 1]] = points[:, 2]
    return labels
