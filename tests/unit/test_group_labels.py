"""The labels of Group-WSSS against a rule for one pixel after the other."""

import numpy as np
import pytest

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.account import LabelAccount
from wsss.labels.group import group_labels, stretch
from wsss.labels.group_settings import GroupLabelSettings

SETTINGS = GroupLabelSettings()
SIZE = (12, 16)


def make_map(scores, labels, size=SIZE):
    return ScoreMap("cam", np.array(labels), np.asarray(scores, np.float32), size)


def label_by_loops(item, settings, saliency):
    """The published rule, pixel by pixel."""
    full = upsample(item)
    stretched = []
    for plane in full:
        low, high = float(plane.min()), float(plane.max())
        stretched.append((plane - low) / (high - low))
    labels = np.zeros(item.size, np.uint8)
    for y in range(item.size[0]):
        for x in range(item.size[1]):
            scores = [1 - saliency[y, x], *(plane[y, x] for plane in stretched)]
            best = scores.index(max(scores))
            salient = round(255 * float(saliency[y, x])) >= settings.salient_from
            attended = any(score > settings.attention_above for score in scores[1:])
            conflict = sum(score > settings.conflict_above for score in scores) >= 2
            doubtful = best == 0 and (salient or attended)
            label = 0 if best == 0 else item.labels[best - 1]
            label = IGNORE if conflict or doubtful else label
            labels[y, x] = label
    found = sum(1 for label in labels.flat if label not in (0, IGNORE))
    if found < settings.least_foreground * labels.size:
        labels[:] = IGNORE
    return labels


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "settings",
    [SETTINGS, GroupLabelSettings(conflict_above=0.5, attention_above=0.6, least_foreground=0.2)],
)
def test_labels_pixel_by_pixel(seed, settings):
    rng = np.random.default_rng(seed)
    item = make_map(rng.random((2, 4, 5)), [3, 7])
    saliency = (rng.integers(0, 256, SIZE) / 255).astype(np.float32)
    labels = group_labels(item, settings, saliency)
    assert np.array_equal(labels, label_by_loops(item, settings, saliency))
    assert len(np.unique(labels)) > 1


def test_scores_are_interpolated_before_they_are_stretched():
    """A peak of one cell is lower at the photo's size; stretched, it is 1 again."""
    scores = np.zeros((1, 3, 4))
    scores[0, 1, 1] = 1
    item = make_map(scores, [2], (7, 9))
    assert upsample(item).max() < 1 and stretch(upsample(item)).max() == 1
    salient = np.ones((7, 9), np.float32)
    labels = group_labels(item, SETTINGS, salient)
    assert labels[np.unravel_index(upsample(item)[0].argmax(), (7, 9))] == 2


def test_background_is_ignored_from_the_published_saliency_on():
    scores = np.zeros((1, 12, 16))
    scores[0, :, 8:] = 1
    saliency = np.full(SIZE, 1.0, np.float32)
    saliency[:, :4], saliency[:, 4:8] = 31 / 255, 32 / 255
    labels = group_labels(make_map(scores, [5]), SETTINGS, saliency)
    assert (labels[:, :4] == 0).all() and (labels[:, 4:8] == IGNORE).all()
    assert (labels[:, 8:] == 5).all()


def test_photos_with_little_foreground_are_ignored_and_counted():
    scores = np.zeros((1, *SIZE))
    scores[0, 0, 0] = 1
    saliency = np.zeros(SIZE, np.float32)
    saliency[0, 0] = 1
    item, account = make_map(scores, [5]), LabelAccount()
    labels = group_labels(item, SETTINGS, saliency)
    account.add("few", labels, [5])
    assert (labels == IGNORE).all()
    assert "that are all 255 (ignored): 1; the first is few" in account.text()
    one = GroupLabelSettings(least_foreground=1 / 192)
    assert np.unique(group_labels(item, one, saliency)).tolist() == [0, 5]


def test_photos_without_tags_are_background():
    item = make_map(np.zeros((0, 3, 4)), [])
    assert not group_labels(item, SETTINGS, np.ones(SIZE, np.float32)).any()


def test_a_class_without_activation_gets_no_pixel():
    scores = np.zeros((2, *SIZE))
    scores[1, :, 8:] = 1
    labels = group_labels(make_map(scores, [1, 2]), SETTINGS, np.ones(SIZE, np.float32))
    assert set(np.unique(labels)) <= {0, 2, IGNORE} and (labels == 2).any()


def test_background_of_a_prob_map_is_not_a_class():
    scores = np.zeros((2, *SIZE))
    scores[0] = 1
    scores[1, :, 8:] = 0.5
    item = ScoreMap("prob", np.array([0, 4]), scores.astype(np.float32), SIZE)
    labels = group_labels(item, SETTINGS, np.ones(SIZE, np.float32))
    assert (labels[:, 8:] == 4).all() and (labels[:, :8] == IGNORE).all()
