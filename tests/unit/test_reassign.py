"""Prototypes and the label reassignment loss against loops over cells."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.data.images import IGNORE
from wsss.losses.reassign import Embedded, Prototypes, reassign
from wsss.losses.reassign_settings import ReassignSettings

LABELS, CHANNELS, SIZE = 4, 3, (5, 6)


def draw(seed=0):
    """A batch of two photos, and weights of its cells. Label 3 has no cell; photo 1 has not tag 2,
    and its last row is padding.
    """
    rng = np.random.default_rng(seed)
    features = F.normalize(torch.from_numpy(rng.standard_normal((2, CHANNELS, *SIZE))), dim=1)
    labels = torch.from_numpy(rng.choice([0, 1, 2, IGNORE], (2, *SIZE)))
    labels[1][labels[1] == 2] = 1
    inside = torch.ones(2, *SIZE, dtype=torch.bool)
    labels[1, -1], inside[1, -1] = IGNORE, False
    tags = torch.tensor([[1.0, 1, 1], [1, 0, 1]])
    weights = torch.from_numpy(rng.random((2, *SIZE)))
    return Embedded(features.requires_grad_(), labels, inside, tags), weights


def make_prototypes(batches, momentum=0.7):
    prototypes = Prototypes(LABELS, CHANNELS).double()
    for given, weights in batches:
        prototypes.update(given.features.detach(), given.labels, weights, momentum)
    return prototypes


def slow_prototypes(batches, momentum):
    """Label -> its prototype."""
    found = {}
    for given, weights in batches:
        for label in range(LABELS):
            total, mass = np.zeros(CHANNELS), 0.0
            for n, y, x in np.argwhere(given.labels.numpy() == label):
                total += float(weights[n, y, x]) * given.features[n, :, y, x].detach().numpy()
                mass += float(weights[n, y, x])
            if mass:
                mean = total / mass
                old = found.get(label)
                found[label] = mean if old is None else momentum * old + (1 - momentum) * mean
    return found


def slow_reassign(given, prototypes, s):
    """New labels, and the loss."""
    unit = {label: mean / np.linalg.norm(mean) for label, mean in prototypes.items()}
    new, losses = given.labels.clone(), []
    for n, y, x in np.ndindex(*given.labels.shape):
        feature, label = given.features[n, :, y, x].detach().numpy(), int(given.labels[n, y, x])
        cosines = {}
        for other in unit:
            if other == 0 or given.tags[n, other - 1]:
                cosines[other] = float(feature @ unit[other])
        ranked = sorted(cosines, key=cosines.get, reverse=True)
        best = ranked[0]
        if label != IGNORE:
            if cosines[best] - cosines[label] > s.margin:
                new[n, y, x] = best
        elif s.pixels == "all" and given.inside[n, y, x]:
            second = cosines[ranked[1]] if len(ranked) > 1 else -np.inf
            if cosines[best] - second > s.margin:
                new[n, y, x] = best
        label = int(new[n, y, x])
        if label != IGNORE:
            among = cosines
            if s.against == "all":
                among = {other: float(feature @ unit[other]) for other in unit}
            total = sum(np.exp(value / s.temperature) for value in among.values())
            losses.append(np.log(total) - among[label] / s.temperature)
    return new, np.mean(losses)


@pytest.mark.parametrize("momentum", [0.0, 0.7])
def test_prototypes_follow_the_batches(momentum):
    batches = [draw(seed) for seed in range(3)]
    ours = make_prototypes(batches, momentum)
    theirs = slow_prototypes(batches, momentum)
    assert ours.known.tolist() == [True, True, True, False] == [k in theirs for k in range(LABELS)]
    for label, mean in theirs.items():
        assert np.allclose(ours.means[label].numpy(), mean, atol=1e-12)


def test_a_label_without_a_cell_keeps_its_prototype():
    given, weights = draw()
    prototypes = make_prototypes([(given, weights)])
    before = prototypes.means.clone()
    labels = torch.where(given.labels == 1, IGNORE, given.labels)
    prototypes.update(-given.features.detach(), labels, weights, 0.7)
    assert torch.equal(prototypes.means[1], before[1]) and bool(prototypes.known[1])
    assert not torch.equal(prototypes.means[0], before[0])


@pytest.mark.parametrize("pixels", ["labelled", "all"])
@pytest.mark.parametrize("against", ["photo", "all"])
@pytest.mark.parametrize("margin", [0.0, 0.4])
def test_labels_and_loss_are_those_of_the_loop(pixels, against, margin):
    batches = [draw(seed) for seed in range(2)]
    given = batches[0][0]
    settings = ReassignSettings(pixels=pixels, against=against, margin=margin, temperature=0.3)
    ours = reassign(given, make_prototypes(batches), settings)
    labels, loss = slow_reassign(given, slow_prototypes(batches, 0.7), settings)
    assert torch.equal(ours.labels, labels)
    assert float(ours.loss.detach()) == pytest.approx(loss, rel=1e-6)
    known = given.labels != IGNORE
    assert ours.share == pytest.approx(float((labels != given.labels)[known].float().mean()))
    assert bool((labels != given.labels).any()), "nothing was reassigned"


def test_loss_draws_features_to_their_prototype_and_leaves_prototypes_alone():
    given, weights = draw()
    prototypes = make_prototypes([(given, weights)])
    before = prototypes.means.clone()
    settings = ReassignSettings()
    first = reassign(given, prototypes, settings).loss
    (slope,) = torch.autograd.grad(first, given.features)
    moved = F.normalize(given.features.detach() - 0.01 * slope, dim=1)
    second = reassign(given._replace(features=moved), prototypes, settings).loss
    assert float(second) < float(first.detach())
    assert torch.equal(prototypes.means, before)


def test_batch_without_labels_costs_nothing():
    given, weights = draw()
    prototypes = make_prototypes([(given, weights)])
    empty = given._replace(labels=torch.full_like(given.labels, IGNORE))
    found = reassign(empty, prototypes, ReassignSettings())
    found.loss.backward()
    assert float(found.loss.detach()) == 0 and found.share == 0
    assert not given.features.grad.any()


def test_labels_without_a_prototype_stay():
    """Before the first batch nothing is known, and nothing is reassigned."""
    given, _ = draw()
    found = reassign(given, Prototypes(LABELS, CHANNELS).double(), ReassignSettings(margin=0))
    assert torch.equal(found.labels, given.labels) and np.isfinite(float(found.loss.detach()))
