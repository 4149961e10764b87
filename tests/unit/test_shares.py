"""Foreground and shares of labels, against sums over single pixels."""

import numpy as np
import pytest

from wsss.data.images import IGNORE
from wsss.score.confusion import confusion
from wsss.score.shares import find_vanishing, measure_foreground, measure_shares

NAMES = ("background", "a", "b", "c")


@pytest.fixture
def pixels():
    rng = np.random.default_rng(0)
    truth = rng.choice([0, 1, 2, 3, IGNORE], 5000, p=[0.5, 0.2, 0.1, 0.1, 0.1])
    given = np.where(rng.random(5000) < 0.7, truth, rng.choice([0, 1, 2, 3, IGNORE], 5000))
    return truth.astype(np.uint8), given.astype(np.uint8)


def test_foreground_counts_pixels(pixels):
    truth, given = pixels
    found = measure_foreground(confusion(given, truth, 4))
    truth, given = truth[truth != IGNORE], given[truth != IGNORE]
    objects, taken = truth > 0, (given > 0) & (given != IGNORE)
    assert found["recall"] == pytest.approx(100 * (objects & taken).sum() / objects.sum(), abs=1e-3)
    assert found["precision"] == pytest.approx(
        100 * (objects & taken).sum() / taken.sum(), abs=1e-3
    )
    right = (objects & (given == truth)).sum()
    assert found["right_class"] == pytest.approx(100 * right / objects.sum(), abs=1e-3)
    decided = given != IGNORE
    bias = 100 * ((given == 0).sum() - (truth[decided] == 0).sum()) / decided.sum()
    assert found["background_bias"] == pytest.approx(bias, abs=1e-3)


def test_foreground_without_pixels_is_none():
    assert set(measure_foreground(np.zeros((3, 4), np.int64)).values()) == {None}


def test_shares_count_pixels(pixels):
    truth, given = pixels
    found = measure_shares(confusion(given, truth, 4), NAMES)
    given, truth = given[truth != IGNORE], truth[truth != IGNORE]
    for k, name in enumerate(NAMES):
        assert found[name]["true"] == pytest.approx(100 * (truth == k).mean(), abs=1e-3)
        assert found[name]["given"] == pytest.approx(100 * (given == k).mean(), abs=1e-3)


def score(**shares):
    return {"shares": {n: {"true": t, "given": g} for n, (t, g) in shares.items()}}


def test_vanishing_classes_have_half_of_what_labels_give_them():
    labels = score(background=(80, 80), a=(10, 10), b=(5, 4), c=(5, 0.01))
    prediction = score(background=(80, 90), a=(10, 5), b=(5, 2.1), c=(5, 0))
    assert find_vanishing(prediction, labels) == ["a (5.00 of 10.00 %)"]


def test_a_class_that_is_rarer_among_the_predicted_photos_does_not_vanish():
    labels = score(background=(90, 90), a=(10, 10))
    assert find_vanishing(score(background=(96, 96), a=(4, 4)), labels) == []
    assert find_vanishing(score(background=(96, 98), a=(4, 2)), labels) == ["a (2.00 of 4.00 %)"]


def test_scores_without_shares_have_nothing_vanishing():
    assert find_vanishing({}, {}) == [] and find_vanishing(score(background=(1, 1)), {}) == []
