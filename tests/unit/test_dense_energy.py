"""The dense energy loss against sums over all pairs of cells."""

import numpy as np
import pytest
import torch

from tests.unit.test_regularised import dense_kernel, draw
from wsss.data.images import IGNORE
from wsss.losses.regulariser import Given, make_regulariser
from wsss.losses.regulariser_settings import RegulariserSettings

SIZE = 6


def make_given(labelled):
    """Two crops of 6 x 6 pixels, which are the grid of the loss, and their logits."""
    colours, logits, region = draw(size=(SIZE, SIZE))
    labels = torch.full((2, SIZE, SIZE), IGNORE)
    if labelled:
        labels[:, 1:4, 2:5], labels[1, 5] = 2, 0
    logits = logits.float().requires_grad_()
    inside = region[:, 0].to(torch.uint8)
    return colours, Given(colours.float() / 255, logits, labels, inside, 1.0)


def loss_of(given, scaling, weight=0.7):
    section = {
        "scaling": scaling,
        "weight": weight,
        "scale": 1,
        "after": 0,
        "bilateral_xy": 6,
        "bilateral_rgb": 40,
        "filter": "exact",
    }
    return make_regulariser(RegulariserSettings(regulariser="dense_energy", dense_energy=section))(
        given
    )


def slow_gate(label, inside, largest):
    if not inside:
        return 0.0
    return 1.0 if label == IGNORE else max(0.0, 1 - largest)


def slow_terms(colours, given):
    """For each photo S (n, K), W of the region (n, n), and the gates (n,), 0 outside."""
    for n in range(2):
        p = given.logits[n].softmax(dim=0).flatten(1).T.double()
        inside = given.region[n].flatten().tolist()
        kernel = dense_kernel(colours[n]) * torch.outer(*2 * [torch.tensor(inside).double()])
        largest = p.detach().amax(dim=1).tolist()
        labels = given.labels[n].flatten().tolist()
        gates = torch.tensor([slow_gate(*cell) for cell in zip(labels, inside, largest)])
        yield p, kernel, gates.double()


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("scaling", ["pairs", "published"])
def test_value_is_the_sum_over_pairs_whose_receiver_has_an_open_gate(scaling, labelled):
    colours, given = make_given(labelled)
    loss, parts = loss_of(given, scaling)
    expected = []
    for p, kernel, gates in slow_terms(colours, given):
        total, energy = float(kernel.sum()), 0.0
        for i, j in np.ndindex(*kernel.shape):
            alike = float(p[i].detach() @ p[j].detach())
            share = (1 - alike) / total if scaling == "pairs" else -alike
            energy += float(gates[i] * kernel[i, j]) * share
        expected.append(0.7 * energy)
    assert float(loss.detach()) == pytest.approx(np.mean(expected), rel=1e-4)
    assert parts == {"dense_energy": float(loss.detach())}


@pytest.mark.parametrize("scaling", ["pairs", "published"])
def test_gradient_is_minus_two_gated_messages(scaling):
    colours, given = make_given(True)
    (ours,) = torch.autograd.grad(loss_of(given, scaling)[0], given.logits)
    stand_in = 0.0
    for p, kernel, gates in slow_terms(colours, given):
        slope = -2 * gates[:, None] * (kernel @ p.detach()) * 0.7 / 2
        stand_in = stand_in + (slope * p).sum() / (kernel.sum() if scaling == "pairs" else 1)
    (theirs,) = torch.autograd.grad(stand_in, given.logits)
    assert torch.allclose(ours, theirs, atol=1e-5 * float(theirs.abs().max()), rtol=1e-3)
    assert ours[1].abs().max() > 0 and not ours[0, :, :2].any(), "two rows are padding"


def test_certain_labelled_pixels_count_less_than_the_same_without_label():
    gaps = []
    for labelled in (True, False):
        _, given = make_given(labelled)
        (slope,) = torch.autograd.grad(loss_of(given, "pairs")[0], given.logits)
        gaps.append(float(slope[:, :, 1:4, 2:5].norm()))
    assert gaps[0] < 0.8 * gaps[1]
