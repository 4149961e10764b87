"""Seeds, growing against a flood fill, losses, and the exact mean field against the lattice."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wsss.crf.grid import mean_field
from wsss.crf.photo import dense_crf
from wsss.crf.settings import CrfSettings
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.losses.seed import (
    balanced_seed_loss,
    boundary_loss,
    expand_loss,
    floored_softmax,
    seed_loss,
)
from wsss.seeds.dsrg import Dsrg
from wsss.seeds.dsrg_settings import DsrgSettings
from wsss.seeds.growing import grow
from wsss.seeds.sec import Sec
from wsss.seeds.sec_settings import SecSettings
from wsss.seeds.settings import SeedSettings
from wsss.seeds.threshold import threshold_seeds


def flood_fill(p, seeds, theta_fg, theta_bg):
    """Growing by definition: from every seed pixel, walk over 8-connected candidates of its label,
    also over those that are seeds of other labels. These keep their label.
    """
    labels, height, width = p.shape
    result = seeds.copy()
    for label in range(labels):
        stack = [(y, x) for y in range(height) for x in range(width) if seeds[y, x] == label]
        seen = set()
        while stack:
            y, x = stack.pop()
            if (y, x) in seen or not (0 <= y < height and 0 <= x < width):
                continue
            best = int(p[:, y, x].argmax())
            confident = p[best, y, x] > (theta_bg if best == 0 else theta_fg)
            candidate = best if confident else seeds[y, x]
            if candidate != label:
                continue
            seen.add((y, x))
            stack += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        for y, x in seen:
            if seeds[y, x] == IGNORE:
                result[y, x] = label
    return result


@settings(max_examples=1000, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 7), st.integers(1, 4))
def test_seed_growing_equals_a_flood_fill(seed, height, width, labels):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(labels, 0.2), (height, width)).transpose(2, 0, 1).astype(np.float32)
    seeds = np.where(
        rng.random((height, width)) < 0.3, rng.integers(0, labels, (height, width)), IGNORE
    )
    grown = grow(torch.from_numpy(p)[None], torch.from_numpy(seeds)[None], 0.6, 0.8)[0].numpy()
    assert np.array_equal(grown, flood_fill(p, seeds, 0.6, 0.8))
    assert np.array_equal(grown[seeds != IGNORE], seeds[seeds != IGNORE])


def test_a_region_stays_connected_through_a_seed_of_another_label():
    p = torch.zeros(1, 3, 1, 4)
    p[:, 1] = 0.9  # all four pixels are confident of label 1
    seeds = torch.tensor([[[1, 2, IGNORE, IGNORE]]])
    assert grow(p, seeds, 0.85, 0.99).tolist() == [[[1, 2, 1, 1]]]


def test_growing_gives_nothing_to_a_photo_without_seeds():
    p = torch.full((1, 2, 3, 3), 0.5)
    p[:, 1] = 0.99
    assert (grow(p, torch.full((1, 3, 3), IGNORE), 0.8, 0.8) == IGNORE).all()


def test_seeds_by_thresholds_and_conflicts():
    scores = np.array([[[1.0, 0.5, 0.1, 0.0]], [[0.2, 1.0, 0.05, 0.0]]], np.float32)
    item = ScoreMap("cam", np.array([3, 5]), scores, (1, 4))
    settings_ = SeedSettings(foreground=0.3, background=0.08)
    assert threshold_seeds(item, settings_).tolist() == [[3, 5, IGNORE, 0]]
    salient = np.array([[0.0, 0.9, 0.9, 0.9]], np.float32)
    for conflict, first in (("foreground", 3), ("background", 0), ("none", IGNORE)):
        chosen = settings_.model_copy(update={"conflict": conflict})
        assert threshold_seeds(item, chosen, salient).tolist() == [[first, 5, IGNORE, IGNORE]]


def test_photo_without_tags_is_background():
    item = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 2, 2), np.float32), (4, 4))
    assert (threshold_seeds(item, SeedSettings()) == 0).all()


def test_constant_saliency_map_gives_no_background_seeds():
    item = ScoreMap("cam", np.array([3]), np.array([[[1.0, 0.1]]], np.float32), (1, 2))
    for value in (0.0, 1.0):
        assert threshold_seeds(
            item, SeedSettings(), np.full((1, 2), value, np.float32)
        ).tolist() == [[3, IGNORE]]


def test_balanced_seed_loss_by_hand():
    p = floored_softmax(torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0)))
    seeds = torch.tensor([[[0, 1], [2, IGNORE]], [[IGNORE, IGNORE], [IGNORE, IGNORE]]])
    lp = p.log()
    expected = -(lp[0, 0, 0, 0] + (lp[0, 1, 0, 1] + lp[0, 2, 1, 0]) / 2) / 2
    assert torch.isclose(balanced_seed_loss(p, seeds), expected)


def test_boundary_loss_is_the_divergence_and_gives_q_no_gradient():
    p, q = (
        floored_softmax(
            torch.randn(1, 3, 2, 2, generator=torch.Generator().manual_seed(seed))
        ).requires_grad_()
        for seed in (0, 1)
    )  # ratios of these are within what the loss clips
    assert ((q / p).max() < 20) and ((q / p).min() > 0.05)
    expected = (q * (q / p).log()).sum(dim=1).mean()
    loss = boundary_loss(p, q, clip=(0.05, 20.0))
    assert torch.isclose(loss, expected, rtol=1e-3)
    loss.backward()
    assert q.grad is None and p.grad is not None


def slow_mean_field(energy, photo, s):
    """The definition with loops over pixels."""
    count, height, width = energy.shape
    cells = [(y, x) for y in range(height) for x in range(width)]
    kernels = []
    for weight, features in (
        (s.gaussian_weight, [np.array([y, x]) / s.gaussian_xy for y, x in cells]),
        (
            s.bilateral_weight,
            [
                np.concatenate([np.array([y, x]) / s.bilateral_xy, photo[y, x] / s.bilateral_rgb])
                for y, x in cells
            ],
        ),
    ):
        k = np.array([[np.exp(-((a - b) ** 2).sum() / 2) for b in features] for a in features])
        d = k.sum(axis=1)
        kernels.append(weight * k / np.sqrt(np.outer(d, d)))
    unary = -energy.reshape(count, -1)
    q = np.exp(unary) / np.exp(unary).sum(axis=0)
    for _ in range(s.iterations):
        e = unary + q @ sum(kernels)
        q = np.exp(e - e.max(axis=0))
        q /= q.sum(axis=0)
    return q.reshape(energy.shape)


def fields(seed=0, height=8, width=9):
    rng = np.random.default_rng(seed)
    photo = np.kron(rng.integers(0, 255, (2, 3, 3)), np.ones((height // 2, width // 3, 1))).astype(
        np.uint8
    )
    scores = rng.dirichlet(np.ones(3), (height, width)).transpose(2, 0, 1).astype(np.float32)
    return photo, scores, CrfSettings(bilateral_xy=6.0, iterations=5)


def exact(photo, scores, s):
    tensors = (
        torch.from_numpy(-np.log(scores))[None],
        torch.from_numpy(photo).permute(2, 0, 1)[None].float(),
    )
    return mean_field(
        *tensors,
        s.gaussian_xy,
        s.gaussian_weight,
        s.bilateral_xy,
        s.bilateral_rgb,
        s.bilateral_weight,
        s.iterations,
    )[0].numpy()


def test_exact_field_equals_its_definition():
    photo, scores, s = fields()
    assert np.allclose(
        exact(photo, scores, s), slow_mean_field(-np.log(scores), photo.astype(float), s), atol=1e-4
    )


def test_lattice_agrees_with_the_exact_field():
    agree = []
    for seed in range(5):
        photo, scores, s = fields(seed, 24, 30)
        agree.append(
            (dense_crf(photo, scores, s).argmax(0) == exact(photo, scores, s).argmax(0)).mean()
        )
    assert np.mean(agree) > 0.95


def test_dsrg_grows_seeds_only_within_the_tags():
    task = Dsrg(
        DsrgSettings(
            backbone="tf_efficientnet_lite0",
            weights="none",
            hidden=0,
            theta_foreground=0.0,
            theta_background=0.0,
            output_stride=16,
        ),
        3,
    )
    task.network.head.branches[0][-1].bias.data[[1, 3]] = (
        9.0  # confident of both classes everywhere
    )
    batch = {
        "image": torch.rand(2, 3, 64, 64),
        "tags": torch.tensor([[1.0, 0, 0], [0, 0, 1.0]]),
        "labels": torch.full((2, 64, 64), IGNORE),
    }
    batch["labels"][0, :16, :16], batch["labels"][1, :16, :16] = 1, 3
    loss, parts = task.loss(batch)
    loss.backward()
    assert (
        parts["supervised"] > parts["seeded"] > 0
        and parts["tags_without_seed"] == parts["photos_without_seed"] == 0
    )
    assert ((task.supervision != IGNORE).float().mean()) == pytest.approx(parts["supervised"])
    static = Dsrg(task.settings.model_copy(update={"grow": "none"}), 3)
    _, parts = static.loss(batch)
    assert parts["supervised"] == parts["seeded"]


@pytest.mark.parametrize("method", [Dsrg, Sec])
def test_photos_and_classes_without_seeds_are_counted_and_cost_nothing(method):
    settings_ = (DsrgSettings if method is Dsrg else SecSettings)(
        backbone="tf_efficientnet_lite0",
        weights="none",
        hidden=0,
        head="largefov",
        output_stride=16,
        boundary=0.0,
    )
    task = method(settings_ if method is Dsrg else settings_.model_copy(update={"expand": 0.0}), 3)
    batch = {
        "image": torch.rand(2, 3, 64, 64),
        "tags": torch.tensor([[1.0, 1.0, 0], [0, 0, 1.0]]),
        "labels": torch.full((2, 64, 64), IGNORE),
    }
    loss, parts = task.loss(batch)
    assert loss == 0 and parts["photos_without_seed"] == 1 and parts["tags_without_seed"] == 1
    batch["labels"][0, :16] = 1
    _, parts = task.loss(batch)
    assert parts["photos_without_seed"] == 0.5 and parts["tags_without_seed"] == pytest.approx(
        2 / 3
    )


def test_seed_loss_by_hand():
    p = floored_softmax(torch.randn(2, 3, 2, 2, generator=torch.Generator().manual_seed(0)))
    seeds = torch.tensor([[[0, 1], [2, IGNORE]], [[IGNORE, IGNORE], [IGNORE, IGNORE]]])
    lp = p.log()
    expected = -(lp[0, 0, 0, 0] + lp[0, 1, 0, 1] + lp[0, 2, 1, 0]) / 3 / 2
    assert torch.isclose(seed_loss(p, seeds), expected)


def test_expand_loss_by_hand():
    p = floored_softmax(torch.randn(1, 4, 3, 5, generator=torch.Generator().manual_seed(0)))
    tags = torch.tensor([[1.0, 0.0, 1.0]])

    def pooled(plane, decay):
        weights = [decay**j for j in range(plane.numel())]
        return sum(
            w * v for w, v in zip(weights, sorted(plane.flatten().tolist(), reverse=True))
        ) / sum(weights)

    inside = -(np.log(pooled(p[0, 1], 0.9)) + np.log(pooled(p[0, 3], 0.9))) / 2
    expected = inside - np.log(1 - p[0, 2].max().item()) - np.log(pooled(p[0, 0], 0.95))
    assert expand_loss(p, tags, 0.9, 0.95).item() == pytest.approx(expected, rel=1e-5)
    assert torch.isfinite(expand_loss(p, torch.zeros(1, 3), 0.9, 0.95))


def test_sec_does_not_change_the_seeds():
    task = Sec(
        SecSettings(
            backbone="tf_efficientnet_lite0",
            weights="none",
            hidden=8,
            head="largefov",
            output_stride=16,
        ),
        3,
    )
    labels = torch.full((1, 64, 64), IGNORE)
    labels[0, :16, :16] = 1
    loss, parts = task.loss(
        {"image": torch.rand(1, 3, 64, 64), "tags": torch.tensor([[1.0, 0, 0]]), "labels": labels}
    )
    loss.backward()
    assert (
        parts["supervised"] == parts["seeded"] > 0 and min(parts[k] for k in ("seed", "expand")) > 0
    )
    assert (
        len(task.network.head.branches) == 1
        and task.network.trunk.parameters().__next__().grad is not None
    )
