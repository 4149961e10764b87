"""The loss on label maps equals a loop over pixels, and is the plain cross-entropy by default."""

import itertools
from functools import cache

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.data.images import IGNORE
from wsss.losses.labels import label_loss
from wsss.losses.labels_settings import LabelLossSettings

K = 4
ADDITIONS = list(
    itertools.product(
        ("pixels", "background", "classes"), (0, 0.3), (0, 0.7), ("none", "confidence", "second")
    )
)
"""balance, bootstrap, symmetric, soft"""


def draw(seed=0, dtype=torch.float64, size=(2, 3, 5)):
    """Random logits, labels without label 2, and what is beside the labels."""
    rng = np.random.default_rng(seed)
    logits = torch.tensor(rng.normal(size=(size[0], K, *size[1:])), dtype=dtype)
    labels = rng.choice([0, 0, 0, 1, 3, IGNORE], size)
    second = rng.choice([0, 1, 2, 3, IGNORE], size).astype(np.uint8)
    confidence = rng.choice([1, 100, 200, 255], size).astype(np.uint8)
    beside = {"confidence": torch.tensor(confidence), "second": torch.tensor(second)}
    return logits, torch.tensor(labels), beside


def settings_of(addition):
    return LabelLossSettings(**dict(zip(("balance", "bootstrap", "symmetric", "soft"), addition)))


def slow_target(label, settings, second, confidence):
    """The target of one pixel, (K,)."""
    target = np.zeros(K)
    if settings.soft == "second" and second not in (IGNORE, label):
        target[label], target[second] = confidence, 1 - confidence
    else:
        target[label] = 1
    return target


def slow_pixel(logits, target, settings):
    """The loss of one pixel."""
    p = np.exp(logits) / np.exp(logits).sum()
    mixed = (1 - settings.bootstrap) * target + settings.bootstrap * p
    loss = 0.0
    for k in range(K):
        log_q = max(np.log(target[k]), -4) if target[k] else -4
        loss -= mixed[k] * np.log(p[k]) + settings.symmetric * p[k] * log_q
    return loss


def slow_loss(logits, labels, settings, beside):
    """Loops over pixels; the groups are a dictionary."""
    groups = {}
    for n, y, x in np.ndindex(*labels.shape):
        label, confidence = int(labels[n, y, x]), float(beside["confidence"][n, y, x]) / 255
        if label == IGNORE:
            continue
        second = int(beside["second"][n, y, x])
        target = slow_target(label, settings, second, confidence)
        loss = slow_pixel(logits[n, :, y, x].numpy(), target, settings)
        weight = confidence if settings.soft == "confidence" else 1
        group = {"pixels": 0, "background": label > 0, "classes": label}[settings.balance]
        groups.setdefault(group, []).append((weight, loss))
    return np.mean([mean(pairs) for pairs in groups.values()])


def mean(pairs):
    """The weighted mean of (weight, value) pairs."""
    return sum(w * v for w, v in pairs) / sum(w for w, _ in pairs)


@pytest.mark.parametrize("addition", ADDITIONS)
def test_every_combination_is_a_loop_over_pixels(addition):
    logits, labels, beside = draw()
    settings = settings_of(addition)
    found = float(label_loss(logits, labels, settings, beside))
    assert found == pytest.approx(slow_loss(logits, labels, settings, beside), rel=1e-9)


@pytest.mark.parametrize("addition", ADDITIONS)
def test_gradients_are_those_of_finite_differences(addition):
    logits, labels, beside = draw(1, size=(1, 3, 3))
    settings = settings_of(addition)

    def loss(values):
        return label_loss(values, labels, settings, beside)

    assert set(labels.unique().tolist()) == {0, 1, 3, IGNORE}
    assert torch.autograd.gradcheck(loss, logits.requires_grad_())


def test_defaults_are_the_mean_cross_entropy_to_the_bit():
    logits, labels, _ = draw(dtype=torch.float32)
    total = F.cross_entropy(logits, labels, ignore_index=IGNORE, reduction="sum")
    expected = total / (labels != IGNORE).sum().clamp(min=1)
    assert torch.equal(label_loss(logits, labels, LabelLossSettings(), {}), expected)


@pytest.mark.parametrize("addition", ADDITIONS)
def test_a_batch_without_labels_has_no_loss_and_no_gradient(addition):
    logits, labels, beside = draw()
    none = torch.full_like(labels, IGNORE)
    loss = label_loss(logits.requires_grad_(), none, settings_of(addition), beside)
    loss.backward()
    assert float(loss.detach()) == 0 and not logits.grad.any()


@pytest.mark.parametrize("addition", ADDITIONS)
def test_ignored_pixels_count_nowhere(addition):
    logits, labels, beside = draw()
    other = torch.where((labels == IGNORE)[:, None], 50 * torch.randn_like(logits), logits)
    pair = [label_loss(values, labels, settings_of(addition), beside) for values in (logits, other)]
    assert torch.equal(*pair)


def test_balance_over_a_side_without_pixels_is_the_other_side_alone():
    logits, _, beside = draw()
    labels = torch.zeros(2, 3, 5, dtype=torch.long)
    labels[1, 0] = 3
    balanced = LabelLossSettings(balance="background")
    for label in (0, 3):
        only = torch.where(labels == label, labels, IGNORE)
        plain = label_loss(logits, only, LabelLossSettings(), beside)
        assert torch.isclose(label_loss(logits, only, balanced, beside), plain)


def test_the_entropy_of_bootstrapping_has_a_gradient():
    """With the network's own probabilities held fixed, it would only scale the gradient."""
    logits, labels, _ = draw()
    slopes = []
    for share in (0, 0.5):
        values = logits.clone().requires_grad_()
        label_loss(values, labels, LabelLossSettings(bootstrap=share), {}).backward()
        slopes.append(values.grad)
    assert not torch.allclose(slopes[1], 0.5 * slopes[0])


def test_a_rare_class_pulls_as_much_as_the_background_with_balance_classes():
    labels = torch.zeros(1, 10, 10, dtype=torch.long)
    labels[0, 0, 0] = 1
    pulls = {}
    for balance in ("pixels", "classes"):
        logits = torch.zeros(1, 2, 10, 10, requires_grad=True)
        label_loss(logits, labels, LabelLossSettings(balance=balance), {}).backward()
        pulls[balance] = float(logits.grad[0, 1].sum())
    assert pulls["pixels"] == pytest.approx(0.49)
    assert pulls["classes"] == pytest.approx(0, abs=1e-6)


@cache
def descend(addition, steps=30):
    """A linear network of three features that learned a batch: its weights, and all losses."""
    _, labels, beside = draw(2, torch.float32)
    torch.manual_seed(0)
    features, weights = torch.randn(2, 3, 3, 5), torch.zeros(K, 3, requires_grad=True)
    optimiser, losses = torch.optim.SGD([weights], lr=0.1), []
    for _ in range(steps):
        logits = torch.einsum("kd,ndyx->nkyx", weights, features)
        loss = label_loss(logits, labels, settings_of(addition), beside)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return weights.detach(), losses


@pytest.mark.parametrize("addition", ADDITIONS[1:])
def test_a_training_with_each_addition_lowers_its_loss_and_learns_something_else(addition):
    usual, _ = descend(ADDITIONS[0])
    weights, losses = descend(addition)
    assert losses[-1] < 0.98 * losses[0]
    assert not torch.allclose(weights, usual, atol=1e-3)
