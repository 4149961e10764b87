"""AuxSegNet's labels against a loop over pixels, and photos in which something is missing."""

import numpy as np
import pytest

from wsss.data.maps import ScoreMap
from wsss.labels.fuse import fuse_labels
from wsss.labels.fuse_settings import FuseSettings

SIZE = (12, 10)
"""of the photo; the maps here are of its size, so nothing is interpolated"""


def make(tags=(3, 7), seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.random((len(tags), *SIZE), np.float32) ** 3
    return ScoreMap("cam", np.array(tags, np.int64), scores, SIZE), rng.random(SIZE) ** 3


def slow(item, saliency, salient_above, class_above):
    labels = np.zeros(SIZE, int)
    for y, x in np.ndindex(SIZE):
        scores = {int(tag): item.scores[k, y, x] for k, tag in enumerate(item.labels)}
        best = max(scores, key=scores.get, default=None)
        is_class = best is not None and scores[best] > class_above
        is_salient = saliency[y, x] > salient_above
        labels[y, x] = 255 if is_class != is_salient else (best if is_class else 0)
    return labels


@pytest.mark.parametrize("thresholds", [(0.06, 0.2), (0.4, 0.1)])
@pytest.mark.parametrize("tags", [(3, 7), (5,), ()])
def test_labels_are_those_of_a_loop(tags, thresholds):
    item, saliency = make(tags)
    settings = FuseSettings(salient_above=thresholds[0], class_above=thresholds[1])
    labels = fuse_labels(item, settings, saliency)
    assert labels.dtype == np.uint8
    assert np.array_equal(labels, slow(item, saliency, *thresholds))
    assert set(np.unique(labels)) == {0, 255, *tags}


def test_defaults_are_the_published_thresholds():
    settings = FuseSettings()
    assert (settings.salient_above, settings.class_above) == (0.06, 0.2)


def test_photo_without_tags_is_ignored_where_it_is_salient():
    item, saliency = make(())
    labels = fuse_labels(item, FuseSettings(), saliency)
    assert np.array_equal(labels, np.where(saliency > 0.06, 255, 0))


def test_photo_without_salient_pixels_is_ignored_where_a_class_is():
    item, _ = make()
    labels = fuse_labels(item, FuseSettings(), np.zeros(SIZE))
    assert np.array_equal(labels, np.where(item.scores.max(axis=0) > 0.2, 255, 0))


def test_maps_are_enlarged_before_they_are_cut():
    item = ScoreMap("cam", np.array([4]), np.array([[[0.0, 1.0]]], np.float32), (1, 8))
    labels = fuse_labels(item, FuseSettings(class_above=0.5), np.ones((1, 8)))
    assert labels.tolist() == [[255, 255, 255, 255, 4, 4, 4, 4]]
