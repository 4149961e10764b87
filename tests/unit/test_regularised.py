"""The dense CRF loss, normalised cut and kernel cut: values by loops over pairs, gradients by
autograd over the exact kernel.
"""

import numpy as np
import pytest
import torch

from wsss.crf.batch_filter import filter_exactly
from wsss.datasets.mini import draw_scene
from wsss.datasets.mini_settings import MiniSettings
from wsss.losses.regularised import crf_share, crf_sum, mean_energy, normalised_cut
from wsss.losses.regulariser import Given, make_regulariser, strength
from wsss.losses.regulariser_settings import DenseSettings, RegulariserSettings

XY, RGB = 6.0, 40.0
DENSE = ("dense_crf", "normalised_cut", "kernel_cut")


def draw(photos=2, labels=3, size=(6, 8), dtype=torch.float64):
    """Drawn photos (N, 3, h, w), logits (N, K, h, w), and a region that leaves out some cells."""
    sizes = MiniSettings(width=size[1], height=size[0])
    drawn = [draw_scene(np.random.default_rng(k), sizes, first=k).photo for k in range(photos)]
    colours = torch.from_numpy(np.stack(drawn)).permute(0, 3, 1, 2).to(dtype)
    torch.manual_seed(0)
    region = torch.ones(photos, 1, *size, dtype=dtype)
    region[0, :, :2] = 0
    return colours, torch.randn(photos, labels, *size, dtype=dtype), region


def dense_kernel(colours):
    """The whole kernel of one photo (3, h, w), (n, n), as a loop over pairs."""
    cells = list(np.ndindex(*colours.shape[1:]))
    kernel = torch.zeros(len(cells), len(cells), dtype=torch.float64)
    for i, a in enumerate(cells):
        for j, b in enumerate(cells):
            place = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
            colour = float((colours[:, *a] - colours[:, *b]).square().sum())
            kernel[i, j] = np.exp(-place / (2 * XY**2) - colour / (2 * RGB**2))
    return kernel


def slow_crf_share(p, kernel):
    """The mean over pairs of the probability that their labels differ."""
    return 1 - (p.T @ kernel @ p).diagonal().sum() / kernel.sum()


def slow_crf_sum(p, kernel):
    return -(p.T @ kernel @ p).diagonal().sum()


def slow_cut(p, kernel):
    """The share of each label's affinity that leads to others."""
    total = 0.0
    for k in range(p.shape[1]):
        total = total + p[:, k] @ kernel @ (1 - p[:, k]) / (kernel.sum(1) @ p[:, k])
    return total


FORMULAS = {crf_share: slow_crf_share, crf_sum: slow_crf_sum, normalised_cut: slow_cut}


def slow_loss(colours, p, region, slow):
    """The mean over photos of a loss on the cells of the region alone."""
    losses = []
    for n in range(len(p)):
        inside = region[n].flatten() > 0
        kernel = dense_kernel(colours[n])[inside][:, inside]
        losses.append(slow(p[n].flatten(1).T[inside], kernel))
    return torch.stack(losses).mean()


def exact(colours):
    return lambda values: filter_exactly(colours, values, XY, RGB)


@pytest.mark.parametrize("formula", FORMULAS)
def test_values_and_gradients_are_autograd_s_over_the_whole_kernel(formula):
    colours, logits, region = draw()
    logits.requires_grad_()
    fast = mean_energy(logits.softmax(1), region, exact(colours), formula)
    (ours,) = torch.autograd.grad(fast, logits)
    slow = slow_loss(colours, logits.softmax(1), region, FORMULAS[formula])
    (theirs,) = torch.autograd.grad(slow, logits)
    assert float(fast.detach()) == pytest.approx(float(slow.detach()), rel=1e-9)
    assert torch.allclose(ours, theirs, atol=1e-9 * float(theirs.abs().max()), rtol=1e-7)
    assert not ours[0, :, :2].any()


def given_of(colours, logits, region, progress=1.0):
    """A batch for a regulariser, on which the grid is the crop itself."""
    labels = torch.full(region[:, 0].shape, 255)
    return Given(colours / 255, logits, labels, region[:, 0].to(torch.uint8), progress)


def regulariser(name, **more):
    return make_regulariser(RegulariserSettings(regulariser=name, **{name: more}))


@pytest.mark.parametrize("name", DENSE)
def test_the_lattice_s_gradient_is_near_that_of_the_exact_kernel(name):
    colours, logits, region = draw(size=(32, 32), dtype=torch.float32)
    slopes = {}
    for how in ("lattice", "exact"):
        values = logits.clone().requires_grad_()
        given = given_of(colours, 2 * values, region)
        loss, _ = regulariser(name, filter=how, scale=1, after=0, bilateral_xy=20)(given)
        (slopes[how],) = torch.autograd.grad(loss, values)
    difference = (slopes["lattice"] - slopes["exact"]).norm() / slopes["exact"].norm()
    cosine = torch.cosine_similarity(slopes["lattice"].flatten(), slopes["exact"].flatten(), 0)
    assert float(difference) < 0.25 and float(cosine) > 0.97


@pytest.mark.parametrize("name", DENSE)
def test_one_label_everywhere_costs_nothing_and_a_cut_through_one_colour_does(name):
    colours = torch.full((1, 3, 16, 16), 90.0)
    region, value = torch.ones(1, 1, 16, 16), {}
    for what in ("whole", "halves"):
        logits = torch.zeros(1, 2, 16, 16)
        logits[:, 0] = 20
        if what == "halves":
            logits[:, 0, :, :8] = -20
        value[what] = float(regulariser(name, scale=1)(given_of(colours, logits, region))[0])
    constant = 0 if name == "dense_crf" else value["whole"]  # an empty label is cut off, in a cut
    assert value["whole"] == pytest.approx(constant, abs=1e-5)
    if name == "dense_crf":
        assert value["halves"] > 0.2


@pytest.mark.parametrize("name", DENSE)
def test_value_and_pull_do_not_depend_on_crop_and_scale(name):
    """The same picture twice as large, or on a coarser grid: the same loss, and the same pull on
    all its pixels together. The coarser grid blurs colours a little.
    """
    colours, logits, region = draw(photos=1, size=(32, 32), dtype=torch.float32)
    smooth = torch.nn.functional.avg_pool2d(logits, 9, 1, 4, count_include_pad=False)
    values, pulls = [], []
    for factor, scale in ((1, 1.0), (2, 1.0), (2, 0.5)):
        maps = [
            torch.nn.functional.interpolate(one, scale_factor=factor, mode="nearest")
            for one in (colours, 4 * smooth, region)
        ]
        maps[1].requires_grad_()
        more = {"scale": scale, "bilateral_xy": 20.0 * factor, "filter": "exact"}
        loss, _ = regulariser(name, **more)(given_of(*maps))
        (gradient,) = torch.autograd.grad(loss, maps[1])
        values.append(float(loss.detach()))
        pulls.append(torch.nn.functional.avg_pool2d(gradient, factor) * factor**2)
    for value, pull in zip(values[1:], pulls[1:]):
        assert value == pytest.approx(values[0], rel=0.02)
        assert float((pull - pulls[0]).norm() / pulls[0].norm()) < 0.25


def test_the_published_scale_grows_with_the_crop():
    colours, logits, region = draw(photos=1, size=(16, 16), dtype=torch.float32)
    values = []
    for factor in (1, 2):
        maps = [
            torch.nn.functional.interpolate(one, scale_factor=factor, mode="nearest")
            for one in (colours, logits, region)
        ]
        more = {"scale": 1, "bilateral_xy": 20.0 * factor, "filter": "exact", "weight": 1}
        values.append(
            float(regulariser("dense_crf", scaling="published", **more)(given_of(*maps))[0])
        )
    assert values[0] < 0  # negative values are normal
    assert values[1] == pytest.approx(16 * values[0], rel=0.01)


@pytest.mark.parametrize("name", DENSE)
def test_padding_changes_nothing_and_gets_no_gradient(name):
    colours, logits, region = draw(size=(16, 16), dtype=torch.float32)
    outside = (region == 0).expand_as(logits)
    other = torch.where(outside, 7 * torch.randn_like(logits), logits)
    slopes = []
    for values in (logits, other):
        values = values.clone().requires_grad_()
        loss, _ = regulariser(name, scale=1, filter="exact")(given_of(colours, values, region))
        slopes.append((loss.detach(), *torch.autograd.grad(loss, values)))
    assert torch.equal(slopes[0][0], slopes[1][0])
    assert not slopes[0][1][outside].any() and slopes[0][1][~outside].any()
    assert torch.equal(slopes[0][1][~outside], slopes[1][1][~outside])


@pytest.mark.parametrize("name", DENSE)
def test_a_photo_without_region_has_no_loss(name):
    colours, logits, region = draw(size=(8, 8), dtype=torch.float32)
    logits.requires_grad_()
    loss, _ = regulariser(name)(given_of(colours, logits, 0 * region))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert float(loss.detach()) == 0 and not gradient.any()


def test_kernel_cut_is_the_weighted_sum_of_both():
    colours, logits, region = draw(size=(16, 16), dtype=torch.float32)
    given = given_of(colours, logits, region)
    both = regulariser("kernel_cut", crf_weight=0.7, cut_weight=0.2)(given)[0]
    crf = regulariser("dense_crf", weight=0.7)(given)[0]
    assert torch.allclose(both, crf + regulariser("normalised_cut", weight=0.2)(given)[0])


def test_a_step_down_the_gradient_lowers_the_loss():
    colours, logits, region = draw(size=(32, 32), dtype=torch.float32)
    loss_of, losses = regulariser("kernel_cut", bilateral_xy=20), []
    for _ in range(20):
        logits.requires_grad_()
        loss, _ = loss_of(given_of(colours, logits, region))
        (gradient,) = torch.autograd.grad(loss, logits)
        logits = (logits - 5000 * gradient).detach()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.9 * losses[0]


def test_phases():
    phase = DenseSettings(after=0.25, ramp=0.5)
    shares = [strength(phase, progress) for progress in (0, 0.2, 0.25, 0.5, 0.75, 1)]
    assert shares == [0, 0, 0, 0.5, 1, 1]
    assert strength(DenseSettings(after=0), 0) == 1
    colours, logits, region = draw(dtype=torch.float32)
    loss_of = regulariser("dense_crf", after=0.25, ramp=0.5)
    early, half, whole = (loss_of(given_of(colours, logits, region, x)) for x in (0.2, 0.5, 0.9))
    assert early is None and torch.isclose(2 * half[0], whole[0])


def test_settings_of_other_losses_rename_no_folder():
    plain = RegulariserSettings(regulariser="dense_crf").model_dump()
    other = RegulariserSettings(regulariser="dense_crf", dfr={"radius": 3}).model_dump()
    assert plain == other
    assert RegulariserSettings(regulariser="dfr", dfr={"radius": 3}).dfr.radius == 3
    assert make_regulariser(RegulariserSettings()) is None
