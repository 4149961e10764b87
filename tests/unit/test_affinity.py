"""Pairs, the affinity loss and the walk against slow twins."""

import numpy as np
import pytest
import torch

from wsss.affinity.pairs import neighbours, offsets, pair_distances, torch_distances, torch_gradient
from wsss.affinity.psa import Psa
from wsss.affinity.settings import AffinitySettings
from wsss.affinity.sure import sure_labels
from wsss.affinity.sure_settings import SureSettings
from wsss.affinity.walk import transition, walk, walked_maps
from wsss.affinity.walk_settings import WalkSettings
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap

LITE = {"backbone": "tf_efficientnet_lite0", "weights": "none", "output_stride": 16}


def test_radius_five_has_34_offsets():
    assert len(offsets(5)) == 34 and len(set(offsets(5))) == 34
    assert all(dy * dy + dx * dx < 25 for dy, dx in offsets(5))
    assert not {(-dy, -dx) for dy, dx in offsets(5)} & set(offsets(5))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 7), (9, 6)])
def test_every_pair_inside_the_grid_is_there_once(height, width):
    cells = torch.arange(height * width).view(1, height, width)
    other = neighbours(cells, 5, -1)
    found = [tuple(sorted(p)) for p in zip(cells[:, None].expand_as(other).flatten().tolist(), other.flatten().tolist())
             if -1 not in p]
    near = {(a, b) for a in range(cells.numel()) for b in range(a + 1, cells.numel())
            if (a // width - b // width) ** 2 + (a % width - b % width) ** 2 < 25}
    assert len(found) == len(set(found)) and set(found) == near


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (2, 5, 3, 8), (1, 448, 9, 7)])
def test_compiled_distances_and_gradient_equal_torch_s(shape):
    features = torch.randn(shape, generator=torch.Generator().manual_seed(0), requires_grad=True)
    weights = torch.randn(shape[0], 34, *shape[2:])
    ours = pair_distances(features, 5)
    assert torch.allclose(ours, torch_distances(features, offsets(5)), atol=1e-5)
    ours.backward(weights)
    assert torch.allclose(features.grad, torch_gradient(features, weights, offsets(5)), atol=1e-5)
    twin = features.detach().clone().requires_grad_()
    (torch_distances(twin, offsets(5)) * weights + 0 * twin.sum()).sum().backward()  # autograd through the loop
    assert torch.allclose(features.grad, twin.grad, atol=1e-5)


def dense_transition(features, beta):
    height, width = features.shape[2:]
    f = features[0].flatten(1).double()
    n = height * width
    a = torch.eye(n, dtype=torch.float64)
    for i in range(n):
        for j in range(n):
            if i != j and (i // width - j // width) ** 2 + (i % width - j % width) ** 2 < 25:
                a[i, j] = torch.exp(-(f[:, i] - f[:, j]).abs().mean())
    a = a**beta
    return (a / a.sum(dim=0)).numpy()  # columns sum to 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (4, 9), (11, 8)])
def test_walk_equals_squaring_the_dense_matrix(height, width):
    features = torch.rand(1, 6, height, width, generator=torch.Generator().manual_seed(0)) * 2
    scores = np.random.default_rng(0).random((3, height, width))
    t = dense_transition(features, 8)
    for _ in range(6):
        t = t @ t
    expected = (scores.reshape(3, -1) @ t).reshape(scores.shape)
    got = walk(scores, transition(features, 5, 8.0), 64)
    assert np.abs(got - expected).max() / np.abs(expected).max() < 1e-5


def test_walk_keeps_a_constant_map():
    features = torch.rand(1, 4, 7, 5)
    assert np.allclose(walk(np.ones((2, 7, 5)), transition(features, 5, 4.0), 32), 1, atol=1e-5)


def test_affinity_loss_by_loops():
    torch.manual_seed(0)
    task = Psa(AffinitySettings(**LITE), 3)
    task.network.eval()
    images = torch.rand(1, 3, 96, 96)
    labels = torch.full((1, 96, 96), IGNORE)
    labels[:, :48], labels[:, 48:, :48] = 0, 2
    loss, parts = task.loss({"image": images, "labels": labels})
    f = task.network(images)[0].detach()
    grid = labels[0, 8::16, 8::16]
    sums = {"background": [], "same": [], "different": []}
    for y in range(6):
        for x in range(6):
            for dy, dx in offsets(5):
                v, u = y + dy, x + dx
                if not (0 <= v < 6 and 0 <= u < 6) or IGNORE in (int(grid[y, x]), int(grid[v, u])):
                    continue
                a = float(torch.exp(-(f[:, y, x] - f[:, v, u]).abs().mean()))
                if grid[y, x] != grid[v, u]:
                    sums["different"].append(-np.log(1 + 1e-5 - a))
                else:
                    sums["same" if grid[y, x] else "background"].append(-np.log(a + 1e-5))
    means = {k: np.mean(v) for k, v in sums.items()}
    for name, mean in means.items():
        assert parts[name] == pytest.approx(mean, rel=1e-3)
    expected = means["background"] / 4 + means["same"] / 4 + means["different"] / 2
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-3)


def test_fixed_trunk_gets_no_gradient():
    task = Psa(AffinitySettings(**LITE, train_trunk=False), 3)
    task.network.train()
    labels = torch.randint(0, 3, (1, 64, 64))
    task.loss({"image": torch.rand(1, 3, 64, 64), "labels": labels})[0].backward()
    assert all(p.grad is None for p in task.network.trunk.parameters())
    assert all(p.grad is not None for p in task.network.layers.parameters())


def blob(kind, labels, size=(40, 48)):
    y, x = np.mgrid[:5, :6]
    inside = np.exp(-((y - 1.5) ** 2 + (x - 1.5) ** 2) / 1.5)
    photo = np.full((*size, 3), 40, np.uint8)
    photo[8:24, 8:24] = 200
    scores = inside[None] if kind == "cam" else np.stack([1 - inside, inside])
    return photo, ScoreMap(kind, np.array(labels), scores.astype(np.float32), size)


@pytest.mark.parametrize(("kind", "labels"), [("cam", [4]), ("prob", [0, 4])])
def test_sure_areas_are_the_middle_and_the_far_background(kind, labels):
    sure = sure_labels(*blob(kind, labels), SureSettings())
    assert sure[16, 16] == 4 and sure[-1, -1] == 0
    assert set(np.unique(sure)) <= {0, 4, IGNORE}


def test_larger_alpha_is_less_background():
    few, many = (np.mean(sure_labels(*blob("cam", [4]), SureSettings(alpha_low=a, alpha_high=a, iterations=0)) == 0)
                 for a in (16.0, 2.0))
    assert few < many


@pytest.mark.parametrize(("kind", "labels"), [("cam", [2]), ("prob", [0, 2]), ("cam", [])])
def test_walked_maps_are_probabilities(kind, labels):
    photo, item = blob(kind, labels or [2])
    if not labels:
        item = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 5, 6), np.float32), item.size)
    task = Psa(AffinitySettings(**LITE), 3)
    out = walked_maps(task, photo, item, WalkSettings(long_side=64), torch.device("cpu"))
    assert out.kind == "prob" and out.labels.tolist() == [0, *([2] if labels else [])]
    assert np.allclose(out.scores.sum(axis=0), 1, atol=1e-4)
