"""The dense CRF's two backends against each other and against the definition, and what they
refuse.
"""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.crf.grid import mean_field
from wsss.crf.lattice import filter_values, make_lattice
from wsss.crf.mean_field import MeanField, _replace
from wsss.crf.photo import KERNELS, ROWS, dense_crf
from wsss.crf.settings import CrfSettings
from wsss.crf.smoothing import make_smoothing
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.run.errors import UserError


def scene(height=60, width=80, labels=3, seed=0):
    """A drawn photo, and scores that are its mask seen through a coarse, noisy grid."""
    rng = np.random.default_rng(seed)
    drawn = draw_scene(rng, MiniSettings(width=width, height=height), first=0)
    kinds = np.minimum(np.where(drawn.mask == 255, 0, drawn.mask), labels - 1)
    masks = torch.from_numpy(np.eye(labels, dtype=np.float32)[kinds]).permute(2, 0, 1)[None]
    grid = F.interpolate(masks, (height // 8, width // 8), mode="area")
    grid = grid + 0.4 * torch.from_numpy(rng.random(grid.shape).astype(np.float32))
    scores = F.interpolate(grid, (height, width), mode="bilinear")[0].numpy()
    return drawn.photo, scores / scores.sum(axis=0)


@pytest.mark.parametrize("labels", [2, 3, 4, 5, 21])
@pytest.mark.parametrize("row", ["psa", "irn", "deeplab_v2"])
def test_backends_agree(labels, row):
    photo, scores = scene(labels=labels)
    ours, theirs = (
        dense_crf(photo, scores, CrfSettings(row=row, backend=backend, tolerance=0))
        for backend in ("meanfield", "pydensecrf")
    )
    assert np.allclose(ours.sum(axis=0), 1, atol=1e-4)
    assert (ours.argmax(axis=0) == theirs.argmax(axis=0)).mean() > 0.995
    assert np.abs(ours - theirs).mean() < 0.005


def test_ending_early_changes_few_labels():
    photo, scores = scene(90, 120)
    whole, early = (dense_crf(photo, scores, CrfSettings(tolerance=t)) for t in (0, 0.0005))
    assert (whole.argmax(axis=0) == early.argmax(axis=0)).mean() > 0.995


def test_it_is_a_mean_field_of_the_exact_kernels():
    photo, scores = scene(24, 32)
    s = CrfSettings()
    exact = mean_field(
        -torch.from_numpy(scores).log()[None],
        torch.from_numpy(photo).permute(2, 0, 1)[None].float(),
        s.gaussian_xy,
        s.gaussian_weight,
        s.bilateral_xy,
        s.bilateral_rgb,
        s.bilateral_weight,
        10,
    )[0].numpy()
    assert (dense_crf(photo, scores, s).argmax(axis=0) == exact.argmax(axis=0)).mean() > 0.97


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_the_lattice_filters_like_the_exact_kernel(count):
    photo, _ = scene(20, 30)
    y, x = np.mgrid[:20, :30]
    features = np.concatenate(
        [np.stack([x.ravel(), y.ravel()], axis=1) / 80.0, photo.reshape(-1, 3) / 13.0], axis=1
    )
    kernel = np.exp(-0.5 * ((features[:, None] - features[None]) ** 2).sum(axis=2))
    scale = kernel.sum(axis=1) ** -0.5
    values = np.random.default_rng(0).random((600, count)).astype(np.float32)
    exact = scale[:, None] * (kernel @ (scale[:, None] * values))
    ours = filter_values(make_lattice(photo, 80, 13), values)
    assert np.abs(ours - exact).mean() / exact.mean() < 0.05


def test_smoothness_alone_equals_the_exact_kernel():
    photo, scores = scene(20, 30)
    s = CrfSettings(bilateral_weight=0, iterations=3, tolerance=0)
    ours = dense_crf(photo, scores, s)
    y, x = np.mgrid[:20, :30]
    places = np.stack([y.ravel(), x.ravel()], axis=1)
    kernel = np.exp(-0.5 * ((places[:, None] - places[None]) ** 2).sum(axis=2) / s.gaussian_xy**2)
    scale = kernel.sum(axis=1) ** -0.5
    kernel *= scale[:, None] * scale[None]
    unary = np.log(scores.reshape(3, -1))
    q = np.exp(unary) / np.exp(unary).sum(axis=0)
    for _ in range(3):
        e = np.exp(unary + s.gaussian_weight * q @ kernel)
        q = e / e.sum(axis=0)
    assert np.abs(ours.reshape(3, -1) - q).max() < 0.005


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3)])
@pytest.mark.parametrize("backend", ["meanfield", "pydensecrf"])
def test_tiny_and_one_colour_photos(size, backend):
    scores = np.random.default_rng(0).random((2, *size)).astype(np.float32)  # sums are not 1
    out = dense_crf(np.full((*size, 3), 7, np.uint8), scores, CrfSettings(backend=backend))
    assert out.shape == scores.shape and np.allclose(out.sum(axis=0), 1, atol=1e-4)


def test_labels_in_another_order_give_the_same_marginals():
    photo, scores = scene(labels=4)
    order = [2, 0, 3, 1]
    as_is, moved = (
        dense_crf(photo, scores, CrfSettings()),
        dense_crf(photo, scores[order], CrfSettings()),
    )
    assert np.allclose(as_is[order], moved, atol=1e-4)


def test_published_rows_are_the_kernels_they_name():
    photo, scores = scene()
    for row, values in ROWS.items():
        own = CrfSettings(**dict(zip(KERNELS, values)))
        assert np.array_equal(
            dense_crf(photo, scores, CrfSettings(row=row)), dense_crf(photo, scores, own)
        )


def test_what_is_not_finite_or_too_fine_is_refused():
    photo, scores = scene()
    with pytest.raises(UserError, match="not finite"):
        dense_crf(photo, np.where(scores > 0.5, np.nan, scores), CrfSettings())
    with pytest.raises(UserError, match="too small for a photo of 80 x 60"):
        dense_crf(photo, scores, CrfSettings(bilateral_rgb=0.1))


def test_marginals_are_replaced_by_the_softmax():
    rng = np.random.default_rng(0)
    logits = (40 * rng.normal(size=(500, 4))).astype(np.float32)
    logits[0], logits[1] = -1e9, 200  # the last label alone, and none of it
    before = rng.dirichlet(np.ones(5), 500).astype(np.float32)
    whole = np.concatenate([logits, np.zeros((500, 1))], axis=1).astype(float)
    powers = np.exp(whole - whole.max(axis=1, keepdims=True))
    expected = powers / powers.sum(axis=1, keepdims=True)
    q = before[:, :4].copy()
    change = _replace(q, logits)
    assert np.allclose(q, expected[:, :4], atol=1e-6)
    assert np.isclose(change, np.abs(expected - before).sum(), rtol=1e-4)


@pytest.mark.parametrize(("size", "deviation"), [((9, 14), 1.0), ((5, 3), 3.0), ((1, 30), 2.5)])
def test_smoothing_equals_the_exact_kernel(size, deviation):
    rows, columns = (place.reshape(-1, 1) for place in np.indices(size))
    squares = (rows - rows.T) ** 2 + (columns - columns.T) ** 2
    kernel = np.exp(-squares / (2 * deviation**2))
    scale = kernel.sum(axis=1, keepdims=True) ** -0.5
    values = np.random.default_rng(0).random((len(rows), 3)).astype(np.float32)
    exact = scale * (kernel @ (scale * values))
    assert np.allclose(make_smoothing(size, deviation).filter(values), exact, atol=0.002)


def test_steps_end_when_nothing_moves():
    photo, _ = scene()
    certain = np.zeros((2, 60, 80), np.float32)
    certain[0] = 50
    field = MeanField(photo, CrfSettings())
    assert np.array_equal(field.marginals(certain, 1, 0), field.marginals(certain, 1000, 1e-9))
