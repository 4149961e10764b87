"""Pairs, the affinity loss and the walk against slow twins."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.conftest import PROJECT
from wsss.affinity.confident import ir_labels, psa_labels
from wsss.affinity.confident_settings import (
    ConfidentSettings,
    IrnConfidentSettings,
    PsaConfidentSettings,
)
from wsss.affinity.irn import Irn, displacement_loss
from wsss.affinity.irn_settings import IrnSettings
from wsss.affinity.irn_walk import predict_boundaries, spread, walk_irn
from wsss.affinity.psa import Psa
from wsss.affinity.psa_settings import PsaSettings
from wsss.affinity.psa_walk import walk_psa
from wsss.affinity.random_walk import chebyshev_weights, torch_products, walk
from wsss.affinity.walk_settings import IrnWalkSettings, PsaWalkSettings
from wsss.crf.photo import dense_crf, dense_crfs
from wsss.data.backgrounds import power_background, upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.nets.multiscale import photo_tensor
from wsss.nets.pair_kernels import cpu_path_maxima, cpu_products
from wsss.nets.pairs import neighbours, offsets, pair_distances, torch_distances, torch_gradient
from wsss.nets.paths import path, path_affinities, path_cells, torch_path_maxima
from wsss.run.errors import UserError

LITE = {"backbone": "tf_efficientnet_lite0", "weights": "none", "output_stride": 16}


def test_radius_five_has_34_offsets():
    assert len(offsets(5)) == 34 and len(set(offsets(5))) == 34
    assert all(dy * dy + dx * dx < 25 for dy, dx in offsets(5))
    assert not {(-dy, -dx) for dy, dx in offsets(5)} & set(offsets(5))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 7), (9, 6)])
def test_every_pair_of_neighbours_occurs_once(height, width):
    cells = torch.arange(height * width).view(1, height, width)
    other = neighbours(cells, 5, -1)
    found = [
        tuple(sorted(p))
        for p in zip(cells[:, None].expand_as(other).flatten().tolist(), other.flatten().tolist())
        if -1 not in p
    ]
    near = {
        (a, b)
        for a in range(cells.numel())
        for b in range(a + 1, cells.numel())
        if (a // width - b // width) ** 2 + (a % width - b % width) ** 2 < 25
    }
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
    (
        torch_distances(twin, offsets(5)) * weights + 0 * twin.sum()
    ).sum().backward()  # autograd through the loop
    assert torch.allclose(features.grad, twin.grad, atol=1e-5)


def pair_weights(height, width, seed=0):
    """Random affinities in the layout (O, h, w), 0 where the neighbour is outside; every tenth is
    0.
    """
    weights = torch.rand(34, height, width, generator=torch.Generator().manual_seed(seed)) ** 4
    weights[weights < 1e-4] = 0
    inside = neighbours(torch.zeros(1, height, width, dtype=torch.int64), 5, -1)[0] == 0
    return weights * inside


def dense_transition(weights):
    """T^T in float64: columns sum to 1, as published."""
    _, height, width = weights.shape
    a = np.eye(height * width)
    for o, (dy, dx) in enumerate(offsets(5)):
        for y in range(height - dy):
            for x in range(max(0, -dx), min(width, width - dx)):
                i, j = y * width + x, (y + dy) * width + x + dx
                a[i, j] = a[j, i] = weights[o, y, x]
    return a / a.sum(axis=0)


def test_compiled_kernels_keep_the_threads_of_torch():
    """In a process of its own: numba sets OpenMP's threads where it begins."""
    code = (
        "import torch; from wsss.nets.pairs import pair_distances; torch.set_num_threads(1)\n"
        "pair_distances(torch.zeros(1, 2, 8, 8), 5); print(torch.get_num_threads())"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NUMBA_NUM_THREADS": "2"},
        cwd=PROJECT,
        text=True,
        capture_output=True,
    )
    assert told.stdout == "1\n", told.stderr


@pytest.mark.parametrize(
    ("height", "width", "log_steps"),
    [(1, 1, 6), (4, 9, 0), (4, 9, 1), (1, 8, 3), (11, 8, 6), (9, 13, 8), (47, 63, 8)],
)
def test_walk_equals_squaring_the_dense_matrix(height, width, log_steps):
    weights = pair_weights(height, width)
    scores = torch.rand(3, height, width, generator=torch.Generator().manual_seed(1))
    t = dense_transition(weights)
    for _ in range(log_steps):
        t = t @ t
    expected = (scores.double().numpy().reshape(3, -1) @ t).reshape(scores.shape)
    got = walk(scores, weights, 5, 2**log_steps).numpy()
    assert np.abs(got - expected).max() / np.abs(expected).max() < 1e-6


def test_walk_keeps_a_constant_map():
    assert torch.allclose(
        walk(torch.ones(2, 7, 5), pair_weights(7, 5), 5, 32), torch.ones(2, 7, 5), atol=1e-6
    )


@pytest.mark.parametrize("steps", [0, 1, 2, 7, 64, 256, 1024])
def test_chebyshev_weights_give_the_power(steps):
    x = np.linspace(-1, 1, 201)
    series = np.polynomial.chebyshev.chebval(x, chebyshev_weights(steps))
    assert np.abs(series - x**steps).max() < 2e-7 and len(chebyshev_weights(steps)) <= steps + 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 4), (9, 7)])
def test_compiled_products_equal_torch_s(height, width):
    weights, scores = (
        pair_weights(height, width).double(),
        torch.rand(3, height, width, dtype=torch.float64),
    )
    own = torch.rand(height, width, dtype=torch.float64)
    assert torch.allclose(
        cpu_products(scores, weights, own, offsets(5)),
        torch_products(scores, weights, own, offsets(5)),
    )


def test_paths_connect_their_ends():
    assert len(offsets(10)) == 152
    assert path(0, 3) == [(0, 0), (0, 1), (0, 2), (0, 3)] and len(path(1, 1)) == 4
    lengths = [len(path(dy, dx)) for dy, dx in offsets(10)]
    assert min(lengths) == 2 and max(lengths) == 22
    assert all({(0, 0), (dy, dx)} <= set(path(dy, dx)) for dy, dx in offsets(10))


def test_path_affinities_and_gradients_equal_loops():
    boundary = torch.rand(
        2, 7, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float32, requires_grad=True
    )
    ours = path_affinities(boundary, 5)
    expected = torch.zeros_like(ours)
    for o, (dy, dx) in enumerate(offsets(5)):
        for y in range(7):
            for x in range(9):
                if y + dy < 7 and 0 <= x + dx < 9:
                    cells = torch.stack([boundary[:, y + v, x + u] for v, u in path(dy, dx)])
                    expected[:, o, y, x] = 1 - cells.amax(dim=0)
    assert torch.equal(ours, expected)
    weights = torch.randn(ours.shape, generator=torch.Generator().manual_seed(1))
    (slow,) = torch.autograd.grad((expected * weights).sum(), boundary)
    (fast,) = torch.autograd.grad((ours * weights).sum(), boundary)
    assert torch.allclose(slow, fast, atol=1e-5)


def test_compiled_path_maxima_equal_torch_s():
    boundary, cells = torch.rand(2, 11, 6), path_cells(10)
    compiled, plain = cpu_path_maxima(boundary, *cells), torch_path_maxima(boundary, *cells)
    for ours, theirs in zip(compiled, plain):
        assert torch.equal(ours, theirs)


def test_affinity_loss_equals_loops():
    torch.manual_seed(0)
    task = Psa(PsaSettings(**LITE), 3)
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
    task = Psa(PsaSettings(**LITE, train_trunk=False), 3)
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
@pytest.mark.parametrize(
    ("find", "settings"),
    [
        (psa_labels, PsaConfidentSettings()),
        (ir_labels, IrnConfidentSettings(bilateral_xy=50, bilateral_rgb=5)),
    ],
)
def test_confident_areas_are_object_centre_and_far_background(kind, labels, find, settings):
    confident = find(*blob(kind, labels), settings)
    assert confident[16, 16] == 4 and confident[-1, -1] == 0
    assert set(np.unique(confident)) <= {0, 4, IGNORE}


@pytest.mark.parametrize(
    ("find", "settings"),
    [(psa_labels, PsaConfidentSettings()), (ir_labels, IrnConfidentSettings())],
)
def test_photo_without_tags_is_confident_background(find, settings):
    photo, item = blob("cam", [2])
    empty = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 5, 6), np.float32), item.size)
    assert (find(photo, empty, settings) == 0).all()


def test_larger_alpha_is_less_background():
    few, many = (
        np.mean(
            psa_labels(
                *blob("cam", [4]), PsaConfidentSettings(alpha_low=a, alpha_high=a, iterations=0)
            )
            == 0
        )
        for a in (16.0, 2.0)
    )
    assert few < many


@pytest.mark.parametrize(("kind", "labels"), [("cam", [2]), ("prob", [0, 2]), ("cam", [])])
@pytest.mark.parametrize(
    ("method", "walked", "settings"),
    [
        (Psa(PsaSettings(**LITE), 3), walk_psa, PsaWalkSettings(long_side=64)),
        (Irn(IrnSettings(**LITE), 3), walk_irn, IrnWalkSettings(long_side=64)),
    ],
    ids=["psa", "irn"],
)
def test_walked_maps_are_probabilities(kind, labels, method, walked, settings):
    photo, item = blob(kind, labels or [2])
    if not labels:
        item = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 5, 6), np.float32), item.size)
    method.network.eval()
    out = walked(method, photo, item, settings, torch.device("cpu"))
    assert out.kind == "prob" and out.labels.tolist() == [0, *([2] if labels else [])]
    assert np.allclose(upsample(out).sum(axis=0), 1, atol=1e-4)


@pytest.mark.parametrize("size", [(37, 50), (64, 64), (75, 41)])
def test_irn_walk_labels_are_those_of_scores_upsampled_first(size):
    """The published order: upsample by 4 and crop, divide by the maximum, then the background."""
    rng, settings = np.random.default_rng(0), IrnWalkSettings(log_steps=3)
    task = Irn(IrnSettings(**LITE), 3)
    task.network.eval()
    photo = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
    image = photo_tensor(photo, torch.device("cpu"))
    cells = (-(-size[0] // 4), -(-size[1] // 4))
    scores = rng.random((2, *cells), dtype=np.float32)
    covered = (size[0] / 4, size[1] / 4)
    item = ScoreMap("cam", np.array([2, 3]), scores, size, covered)
    with torch.no_grad():
        boundary, _ = predict_boundaries(task, image, settings)
        walked = spread(torch.from_numpy(scores), boundary, settings)
    large = F.interpolate(walked[None], scale_factor=4, mode="bilinear")[0, :, : size[0], : size[1]]
    stack = torch.cat([torch.full((1, *size), settings.background), large / large.max()])
    slow = np.array([0, 2, 3])[stack.argmax(dim=0).numpy()]
    out = walk_irn(task, photo, item, settings, torch.device("cpu"))
    fast = out.labels[upsample(out).argmax(axis=0)]
    assert len(np.unique(slow)) > 1 and (fast != slow).mean() < 0.002


def test_a_walk_stops_at_a_boundary():
    boundary = torch.zeros(9, 12)
    boundary[:, 6] = 1
    scores = torch.zeros(1, 9, 12)
    scores[0, 4, 2] = 1
    walked = spread(scores, boundary, IrnWalkSettings(log_steps=6))
    assert (walked[0, :, :6] > 1e-4).all() and (walked[0, :, 6:] == 0).all()


def test_displacements_to_one_centre_cost_nothing():
    y, x = torch.meshgrid(torch.arange(6.0), torch.arange(8.0), indexing="ij")
    to_centre = torch.stack([2.5 - y, 3.5 - x])[None]
    labels = torch.full((1, 6, 8), 3)
    assert displacement_loss(to_centre, labels, 10)["same"] < 1e-5
    away = displacement_loss(torch.zeros(1, 2, 6, 8), labels, 10)["same"]
    pairs = [
        (dy, dx) for dy, dx in offsets(10) for _ in range(max(0, 6 - dy) * max(0, 8 - abs(dx)))
    ]
    assert float(away) == pytest.approx(
        np.mean([abs(dy) + abs(dx) for dy, dx in pairs]) / 2, rel=1e-4
    )
    background = displacement_loss(to_centre, torch.zeros(1, 6, 8, dtype=torch.int64), 10)
    assert background["same"] == 0 and background["background"] > 0


def test_irn_trains_its_branches_alone():
    torch.manual_seed(0)
    task = Irn(IrnSettings(**LITE), 3)
    task.network.train()
    before = task.network.mean_displacement.clone()
    labels = torch.randint(0, 3, (2, 64, 64))
    loss, parts = task.loss({"image": torch.rand(2, 3, 64, 64), "labels": labels})
    loss.backward()
    assert all(p.grad is None for p in task.network.trunk.parameters())
    assert all(
        p.grad is not None for n, p in task.network.named_parameters() if not n.startswith("trunk.")
    )
    assert not torch.equal(before, task.network.mean_displacement)
    assert set(parts) == {
        "background",
        "same",
        "different",
        "confident",
        "displacement_same",
        "displacement_background",
    }


@pytest.mark.parametrize("size", [(1, 1), (5, 70), (33, 20)])
@pytest.mark.parametrize("stride", [8, 32])
def test_irn_takes_small_photos_and_other_strides(size, stride):
    """Photos under 64 pixels, maps of another grid than the affinities', one class: all become
    probabilities.
    """
    photo = np.full((*size, 3), 90, np.uint8)
    item = ScoreMap("cam", np.array([2]), np.ones((1, 2, 3), np.float32), size)
    for task, walked, settings in (
        (Psa(PsaSettings(**{**LITE, "output_stride": stride}), 3), walk_psa, PsaWalkSettings()),
        (Irn(IrnSettings(**{**LITE, "output_stride": stride}), 3), walk_irn, IrnWalkSettings()),
    ):
        task.network.eval()
        out = walked(task, photo, item, settings, torch.device("cpu"))
        assert (
            np.isfinite(out.scores).all()
            and np.allclose(upsample(out).sum(axis=0), 1, atol=1e-4)
            and out.size == size
        )
    for confident in (
        psa_labels(photo, item, PsaConfidentSettings()),
        ir_labels(photo, item, IrnConfidentSettings()),
    ):
        assert confident.shape == size and set(np.unique(confident)) <= {0, 2, IGNORE}


def test_error_for_a_too_large_photo_names_the_setting():
    with pytest.raises(UserError, match=r"8000 x 6000.*set long_side"):
        photo_tensor(np.zeros((6000, 8000, 3), np.uint8), torch.device("cpu"))
    assert photo_tensor(np.zeros((6000, 8000, 3), np.uint8), torch.device("cpu"), 80).shape == (
        1,
        3,
        60,
        80,
    )


def test_large_photos_are_shrunk_for_the_crf():
    photo, item = blob("prob", [0, 4])
    scores = upsample(item)
    whole, shrunk = (
        dense_crf(photo, scores, ConfidentSettings(most_pixels=n)) for n in (40 * 48, 20 * 24)
    )
    assert shrunk.shape == whole.shape and np.allclose(shrunk.sum(axis=0), 1, atol=1e-3)
    assert (shrunk.argmax(axis=0) == whole.argmax(axis=0)).mean() > 0.9


def test_confident_areas_with_one_lattice_equal_those_with_two():
    photo, item = blob("cam", [4])
    scores = upsample(item)
    stacks = [np.concatenate([power_background(scores, alpha), scores]) for alpha in (4.0, 24.0)]
    for one, alone in zip(
        dense_crfs(photo, stacks, ConfidentSettings()),
        (dense_crf(photo, s, ConfidentSettings()) for s in stacks),
    ):
        assert np.allclose(one, alone, atol=1e-5)


def test_a_backbone_without_five_maps_is_refused_by_irn():
    with pytest.raises(UserError, match="irn reads five"):
        Irn(IrnSettings(backbone="convnext_atto", weights="none", output_stride=32), 3)


def published_irn_labels(strong, weak):
    """A pixel at a time, the three assignments of IRNet's code on the labels of its two CRFs."""
    found = strong.copy()
    for place in np.ndindex(strong.shape):
        if strong[place] == 0:
            found[place] = IGNORE
        if weak[place] + strong[place] == 0:
            found[place] = 0
    return found


def test_irn_labels_equal_the_published_lines(monkeypatch):
    rng = np.random.default_rng(0)
    item = ScoreMap("cam", np.array([4, 7]), np.ones((2, 6, 8), np.float32), (6, 8))
    stacks = [rng.dirichlet(np.ones(3), (6, 8)).transpose(2, 0, 1) for _ in range(2)]
    monkeypatch.setattr("wsss.affinity.confident.dense_crfs", lambda *_: stacks)
    strong, weak = (np.array([0, 4, 7])[stack.argmax(axis=0)] for stack in stacks)
    found = ir_labels(np.zeros((6, 8, 3), np.uint8), item, IrnConfidentSettings())
    assert np.array_equal(found, published_irn_labels(strong, weak))
    assert {(s > 0, w > 0) for s, w in zip(strong.flat, weak.flat)} == {
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    }


def test_where_the_two_crfs_contradict_irn_keeps_the_class_and_psa_the_background(monkeypatch):
    # the strong one finds class and background, the weak one background twice
    stacks = [np.array([[[0.1, 0.9]], [[0.9, 0.1]]]), np.array([[[0.9, 0.9]], [[0.1, 0.1]]])]
    monkeypatch.setattr("wsss.affinity.confident.dense_crfs", lambda *_: stacks)
    item = ScoreMap("cam", np.array([4]), np.ones((1, 1, 2), np.float32), (1, 2))
    photo = np.zeros((1, 2, 3), np.uint8)
    assert ir_labels(photo, item, IrnConfidentSettings()).tolist() == [[4, 0]]
    assert psa_labels(photo, item, PsaConfidentSettings()).tolist() == [[0, 0]]


@pytest.mark.slow
def test_distances_do_not_depend_on_cached_compilation(tmp_path):
    """A reduction that the compiler may reorder is another one when it comes from numba's cache."""
    code = """
import hashlib, torch
from wsss.nets.pair_kernels import cpu_distances
features = torch.randn(1, 448, 16, 16, generator=torch.Generator().manual_seed(0))
found = cpu_distances(features, [(0, 1), (1, -1), (2, 0)]).numpy()
print(hashlib.sha256(found.tobytes()).hexdigest())
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": str(PROJECT)}
    run = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    assert any(tmp_path.rglob("*.nbc")) and run[0].stdout == run[1].stdout != ""
