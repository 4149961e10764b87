"""The adaptive affinity loss against a loop over all pairs of cells."""

import math

import numpy as np
import pytest
import torch

from wsss.data.images import IGNORE
from wsss.losses.affinity_field import Cells, adaptive_affinity_loss
from wsss.losses.affinity_field_settings import AffinityFieldSettings

SIZE, LABELS = (7, 9), 4


def draw(ids=(0, 1, 2, 3, IGNORE), seed=0):
    """Maps of two photos, in which probabilities and confidences of 0 and 1 occur."""
    rng = np.random.default_rng(seed)
    labels = torch.from_numpy(rng.choice(ids, (2, *SIZE)))
    logits = torch.from_numpy(6 * rng.standard_normal((2, LABELS, *SIZE))).requires_grad_()
    confidence = torch.from_numpy(rng.choice([0.0, 0.3, 0.8, 1.0], (2, *SIZE)))
    return logits, Cells(labels, logits.softmax(dim=1), confidence)


def clamped(value):
    return min(max(value, 1e-4), 1.0)


def slow_divergence(p, q):
    """The divergence of q from p, two lists of K probabilities."""
    total = 0.0
    for a, b in zip(p, q):
        total += clamped(b) * math.log(clamped(b) / clamped(a))
        total += clamped(1 - b) * math.log(clamped(1 - b) / clamped(1 - a))
    return total


def slow_groups(cells, s):
    """Group -> the losses of its pairs."""
    p, groups = cells.p.detach().numpy(), {}
    weigh = {"larger": max, "smaller": min, "none": lambda a, b: 1.0}[s.pair_weight]
    for n, y, x in np.ndindex(*cells.labels.shape):
        for dy in (-s.distance, 0, s.distance):
            for dx in (-s.distance, 0, s.distance):
                v, u = y + dy, x + dx
                if (dy, dx) == (0, 0) or not (0 <= v < SIZE[0] and 0 <= u < SIZE[1]):
                    continue
                a, b = int(cells.labels[n, y, x]), int(cells.labels[n, v, u])
                if IGNORE in (a, b):
                    continue
                w = weigh(float(cells.confidence[n, y, x]), float(cells.confidence[n, v, u]))
                far = slow_divergence(p[n, :, y, x].tolist(), p[n, :, v, u].tolist())
                if a == b:
                    groups.setdefault("background" if a == 0 else "same", []).append(w * far)
                else:
                    name = "edges" if 0 in (a, b) else "classes"
                    groups.setdefault(name, []).append(max(0.0, s.margin * w - far))
    return groups


def slow_loss(cells, s):
    groups = slow_groups(cells, s)
    alike = [np.mean(groups[name]) for name in ("background", "same") if name in groups]
    kinds = [groups[name] for name in ("edges", "classes") if name in groups]
    if s.edges == "published" and not kinds and len(alike) < 2:
        return 0.0
    if not kinds:
        return sum(alike)
    if s.edges == "split":
        return sum(alike) + 2 * np.mean([np.mean(kind) for kind in kinds])
    return sum(alike) + 2 * np.mean(np.concatenate(kinds))


@pytest.mark.parametrize("edges", ["one", "split", "published"])
@pytest.mark.parametrize("ids", [(0, 1, 2, 3, IGNORE), (1, 2), (0, 3), (0,), (2,), (IGNORE,)])
def test_loss_is_the_loop_over_pairs(ids, edges):
    _, cells = draw(ids)
    for distance in (1, 2):
        settings = AffinityFieldSettings(distance=distance, edges=edges)
        ours = float(adaptive_affinity_loss(cells, settings).detach())
        assert ours == pytest.approx(slow_loss(cells, settings), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("rule", ["larger", "smaller", "none"])
def test_pairs_count_by_the_confidence_of_their_labels(rule):
    _, cells = draw()
    settings = AffinityFieldSettings(distance=2, pair_weight=rule, margin=5)
    ours = float(adaptive_affinity_loss(cells, settings).detach())
    assert ours == pytest.approx(slow_loss(cells, settings), rel=1e-9)


@pytest.mark.parametrize("ids", [(IGNORE,), (2,)])
def test_published_loss_without_pairs_has_a_gradient_of_zero(ids):
    logits, cells = draw(ids)
    loss = adaptive_affinity_loss(cells, AffinityFieldSettings(distance=2, edges="published"))
    loss.backward()
    assert float(loss.detach()) == 0 and not logits.grad.any()


def test_a_step_draws_cells_of_one_label_together_and_others_apart():
    logits = torch.tensor([[0.0, 1.0, 0.0, -1.0], [0.0, -1.0, 0.5, 0.0]]).view(1, 2, 1, 4)
    logits.requires_grad_()
    labels = torch.tensor([[[1, 1, 0, 0]]])
    settings = AffinityFieldSettings(distance=1)

    def gaps(values):
        p = values.detach().softmax(dim=1)[0, 1, 0]
        return float((p[0] - p[1]).abs()), float((p[1] - p[2]).abs())

    cells = Cells(labels, logits.softmax(dim=1), torch.ones(1, 1, 4))
    adaptive_affinity_loss(cells, settings).backward()
    before, after = gaps(logits), gaps(logits - 0.1 * logits.grad)
    assert after[0] < before[0] and after[1] > before[1]


def test_a_grid_smaller_than_the_distance_has_no_pair():
    _, cells = draw()
    assert float(adaptive_affinity_loss(cells, AffinityFieldSettings(distance=9)).detach()) == 0
