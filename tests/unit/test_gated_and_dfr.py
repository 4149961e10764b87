"""Losses in windows: the gated CRF loss and both losses of DFR against loops over ordered pairs."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.data.images import IGNORE
from wsss.losses.cells import labels_in_cells
from wsss.losses.dfr import consistency_loss, supervising_labels
from wsss.losses.gated import window_grid
from wsss.losses.regulariser import Given, make_regulariser
from wsss.losses.regulariser_settings import DfrSettings, RegulariserSettings
from wsss.losses.windows import window_offsets
from wsss.nets.feature_head import FeatureHead

SIDE, N, K, D = 12, 2, 3, 4


def draw(progress=1.0, seed=0, features=True, dtype=torch.float64):
    """A batch at stride 2: grids of 6 x 6 cells; photo 0 has padding above."""
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=rng, dtype=dtype)

    labels = torch.full((N, SIDE, SIDE), IGNORE)
    labels[:, 4, 2:10] = torch.arange(8) // 4
    labels[:, 8:10, 6] = 2
    region = torch.ones(N, SIDE, SIDE, dtype=torch.uint8)
    region[0, :4] = 0
    deep = normal(N, D, SIDE // 2, SIDE // 2) if features else None
    images = torch.rand(N, 3, SIDE, SIDE, generator=rng, dtype=dtype)
    logits = 2 * normal(N, K, SIDE // 2, SIDE // 2)
    return Given(images, logits, labels, region, progress, deep)


def make(name, **more):
    values = {"stride": 2, "radius": 2, "bilateral_xy": 6.0, "bilateral_rgb": 60.0, **more}
    return make_regulariser(RegulariserSettings(regulariser=name, **{name: values}))


def slow_windows(given, settings, features=None):
    """The CRF loss in windows as a loop over ordered pairs of cells."""
    grid = window_grid(given, settings)
    cells = labels_in_cells(given.labels, tuple(grid.p.shape[2:]))
    losses = []
    for n in range(N):
        cut = total = 0.0
        for a, b in itertools.permutations(np.ndindex(*grid.p.shape[2:]), 2):
            if max(abs(a[0] - b[0]), abs(a[1] - b[1])) > settings.radius:
                continue
            if not grid.region[n, 0, *a] or not grid.region[n, 0, *b]:
                continue
            if settings.gate == "unlabelled" and cells[n, *a] != IGNORE:
                continue
            place = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / (
                settings.bilateral_xy / settings.stride
            ) ** 2
            colour = (grid.colours[n, :, *a] - grid.colours[n, :, *b]).square().sum()
            kernel = torch.exp(-0.5 * (place + colour / settings.bilateral_rgb**2))
            if features is not None:
                one, other = features[n, :, *a], features[n, :, *b]
                cosine = one @ other / one.norm() / other.norm()
                kernel = kernel * torch.exp(-(1 - cosine) / settings.feature_deviation)
            cut = cut + kernel * (1 - grid.p[n, :, *a] @ grid.p[n, :, *b])
            total = total + kernel
        divisor = grid.p[0, 0].numel() if settings.scaling == "published" else total
        losses.append(cut / divisor)
    return settings.weight * torch.stack(losses).mean()


@pytest.mark.parametrize("gate", ["region", "unlabelled"])
@pytest.mark.parametrize("scaling", ["pairs", "published"])
def test_the_gated_crf_loss_is_a_loop_over_pairs(gate, scaling):
    given = draw(features=False)
    logits = given.logits.requires_grad_()
    loss_of = make("gated_crf", gate=gate, scaling=scaling)
    ours, slow = loss_of(given)[0], slow_windows(given, loss_of.settings)
    assert float(ours.detach()) == pytest.approx(float(slow.detach()), rel=1e-5)
    gradients = [torch.autograd.grad(loss, logits)[0] for loss in (ours, slow)]
    assert torch.allclose(*gradients, atol=1e-4 * float(gradients[1].abs().max()))


@pytest.mark.parametrize("detach", [True, False])
def test_dfr_s_kernel_has_the_features_of_this_step(detach):
    given = draw()
    features = given.features.requires_grad_()
    logits = given.logits.requires_grad_()
    loss_of = make("dfr", consistency=0, detach=detach)
    ours = loss_of(given)[0]
    slow = slow_windows(given, loss_of.settings, features)
    assert float(ours.detach()) == pytest.approx(float(slow.detach()), rel=1e-5)
    mine = torch.autograd.grad(ours, (features, logits), allow_unused=True)
    theirs = torch.autograd.grad(slow, (features, logits))
    assert torch.allclose(mine[1], theirs[1], atol=1e-4 * float(theirs[1].abs().max()))
    if detach:
        assert not mine[0].any()
    else:
        assert torch.allclose(mine[0], theirs[0], atol=1e-4 * float(theirs[0].abs().max()))
    other = make("dfr", consistency=0)(draw(seed=1))[0]
    assert not torch.isclose(other, ours)


def slow_consistency(features, labels, settings):
    """The cross-entropy of relations as a loop over pairs."""
    kinds = {True: [], False: []}
    for n in range(len(labels)):
        for a, b in itertools.combinations(np.ndindex(*labels.shape[1:]), 2):
            near = max(abs(a[0] - b[0]), abs(a[1] - b[1])) <= settings.radius
            one, other = int(labels[n, *a]), int(labels[n, *b])
            if not near or IGNORE in (one, other):
                continue
            cosine = float(features[n, :, *a] @ features[n, :, *b])
            related = max(cosine, 0) if settings.relation == "relu" else (1 + cosine) / 2
            right = related if one == other else 1 - related
            kinds[one == other].append(-np.log(max(right, 1e-5)))
    if settings.balance == "pairs":
        return np.mean(kinds[True] + kinds[False])
    return np.mean([np.mean(losses) for losses in kinds.values() if losses])


@pytest.mark.parametrize("relation", ["relu", "half"])
@pytest.mark.parametrize("balance", ["pairs", "kinds"])
@pytest.mark.parametrize("labels", [[0, 1, 2, IGNORE], [1, 1, IGNORE, IGNORE]])
def test_the_consistency_loss_is_a_loop_over_pairs(relation, balance, labels):
    features = F.normalize(draw(seed=2).features, dim=1)
    drawn = torch.tensor(np.random.default_rng(0).choice(labels, (N, 6, 6)))
    settings = DfrSettings(relation=relation, balance=balance, radius=2)
    found = float(consistency_loss(features, drawn, settings))
    assert found == pytest.approx(slow_consistency(features, drawn, settings), rel=1e-6)


@pytest.mark.parametrize("balance", ["pairs", "kinds"])
def test_features_learn_which_cells_belong_together(balance):
    torch.manual_seed(0)
    features = torch.randn(1, 8, 6, 6, requires_grad=True)
    labels = torch.zeros(1, 6, 6, dtype=torch.long)
    labels[:, :, 3:] = 4
    settings = DfrSettings(balance=balance)
    optimiser = torch.optim.Adam([features], lr=0.1)
    for _ in range(60):
        loss = consistency_loss(F.normalize(features, dim=1), labels, settings)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    unit = F.normalize(features, dim=1)[0].flatten(1)
    cosines = (unit.T @ unit).detach().view(6, 6, 6, 6)
    assert cosines[2, 0, 3, 1] > 0.9 and cosines[2, 2, 3, 4] < 0


def test_confident_predictions_count_late_and_not_in_the_padding():
    given = draw()
    logits = torch.zeros_like(given.logits)
    logits[:, 1] = 9
    late, early = (
        Given(given.images, logits, given.labels, given.region, progress, given.features)
        for progress in (0.9, 0.1)
    )
    settings = DfrSettings(stride=2)
    scribbled = labels_in_cells(given.labels, (6, 6))
    assert torch.equal(supervising_labels(early, window_grid(early, settings), settings), scribbled)
    found = supervising_labels(late, window_grid(late, settings), settings)
    unknown = scribbled == IGNORE
    assert torch.equal(found[~unknown], scribbled[~unknown])
    assert (found[0, :2] == IGNORE).all() and (found[1][unknown[1]] == 1).all()
    never = DfrSettings(stride=2, confident=1)
    assert torch.equal(supervising_labels(late, window_grid(late, never), never), scribbled)


def test_a_cell_gets_the_label_of_its_only_stroke():
    labels = torch.full((1, 8, 8), IGNORE)
    labels[0, 1, :4], labels[0, 5, 5], labels[0, 6, 6], labels[0, 0, 7] = 0, 3, 4, 20
    assert labels_in_cells(labels, (2, 2)).tolist() == [[[0, 20], [IGNORE, IGNORE]]]


def test_a_window_has_each_pair_once():
    offsets = set(window_offsets(2))
    assert len(offsets) == len(window_offsets(2)) == 12
    both = offsets | {(-dy, -dx) for dy, dx in offsets}
    assert both == set(itertools.product(range(-2, 3), repeat=2)) - {(0, 0)}


def test_a_photo_of_padding_has_no_loss():
    given = draw(dtype=torch.float32)
    empty = Given(given.images, given.logits, given.labels * 0 + IGNORE, 0 * given.region, 1.0)
    assert float(make("gated_crf")(empty)[0]) == 0


def test_the_feature_head_has_two_layers():
    head = FeatureHead(6, 5, 4).eval()
    maps = torch.randn(2, 6, 3, 2)
    first, norm, _, last = head.layers
    hidden = torch.einsum("oi,nihw->nohw", first.weight[:, :, 0, 0], maps)
    hidden = (hidden / (1 + norm.eps) ** 0.5).clamp(min=0)
    expected = torch.einsum("oi,nihw->nohw", last.weight[:, :, 0, 0], hidden)
    assert torch.allclose(head(maps), expected + last.bias[:, None, None], atol=1e-5)
