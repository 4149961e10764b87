"""Pixel-adaptive refinement against loops, and what it does at an edge."""

import numpy as np
import torch

from wsss.data.maps import ScoreMap
from wsss.labels.par import par_labels, refine
from wsss.labels.par_settings import ParSettings


def refine_slowly(scores, image, dilations, iterations):
    """The definition, a pixel at a time."""
    _, height, width = image.shape
    near = [
        (dy * d, dx * d) for d in dilations for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx
    ]

    def at(maps, y, x):
        return maps[:, min(max(y, 0), height - 1), min(max(x, 0), width - 1)]

    for _ in range(iterations):
        out = np.zeros_like(scores)
        for y in range(height):
            for x in range(width):
                around = np.stack([at(image, y + v, x + u) for v, u in near])
                logits = -(
                    np.abs(image[:, y, x] - around) / (0.1 * around.std(axis=0, ddof=1) + 1e-8)
                ).mean(axis=1)
                weights = np.exp(logits - logits.max())
                weights /= weights.sum()
                out[:, y, x] = sum(w * at(scores, y + v, x + u) for w, (v, u) in zip(weights, near))
        scores = out
    return scores


def test_refinement_equals_loops_over_pixels():
    rng = np.random.default_rng(0)
    image, scores = (
        rng.random((3, 6, 7)).astype(np.float32) * 255,
        rng.random((2, 6, 7)).astype(np.float32),
    )
    ours = refine(torch.from_numpy(scores), torch.from_numpy(image), (1, 3), 2).numpy()
    assert np.allclose(ours, refine_slowly(scores, image, (1, 3), 2), atol=1e-4)


def test_refinement_keeps_sums_and_follows_edges():
    scores = (
        np.random.default_rng(0).dirichlet(np.ones(3), (5, 6)).transpose(2, 0, 1).astype(np.float32)
    )
    out = refine(torch.from_numpy(scores), torch.rand(3, 5, 6), (1, 2), 4)
    assert torch.allclose(out.sum(dim=0), torch.ones(5, 6), atol=1e-5)
    photo = np.zeros((40, 60, 3), np.uint8)
    photo[:, 30:] = 200
    photo = (photo + np.random.default_rng(1).integers(0, 8, photo.shape)).astype(np.uint8)
    ramp = (
        np.linspace(0, 1, 15, dtype=np.float32)[None, None].repeat(10, axis=1) ** 0.7
    )  # leans over the edge
    labels = par_labels(
        photo, ScoreMap("cam", np.array([4]), ramp, (40, 60)), ParSettings(alpha=1.0)
    ).labels
    assert (labels[:, 32:] == 4).mean() > 0.95 and (labels[:, :28] == 0).mean() > 0.95


def test_refinement_of_small_and_empty_maps():
    empty = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 1, 1), np.float32), (3, 5))
    assert (par_labels(np.zeros((3, 5, 3), np.uint8), empty, ParSettings()).labels == 0).all()
    one = ScoreMap("cam", np.array([2]), np.ones((1, 1, 1), np.float32), (1, 1))
    assert par_labels(np.zeros((1, 1, 3), np.uint8), one, ParSettings()).labels.tolist() == [[2]]
