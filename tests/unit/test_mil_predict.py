"""Predictions from the planes of a classifier whose answer is known, against a loop over pixels."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.classify.mil import Mil
from wsss.classify.mil_settings import MilSettings
from wsss.run.errors import UserError
from wsss.run.settings import validate
from wsss.segment.mil import predict_from_planes, thresholds_of
from wsss.segment.mil_settings import MilPredictSettings

CPU = torch.device("cpu")
PHOTO = np.random.default_rng(0).integers(0, 255, (24, 40, 3), dtype=np.uint8)
PLAIN = {"scales": (1.0,), "flip": False, "precision": "float32", "threshold": 0.0}
CLASSES = ("cat", "dog")
RANDOM = torch.randn(3, 3, 5, generator=torch.Generator().manual_seed(5)) * 2
PLANES = RANDOM - torch.logsumexp(5 * RANDOM, (1, 2), keepdim=True) / 5
"""no label is much likelier in the photo than the others"""
PLANES[1] += 0.3
BLOCKS = np.add.outer(np.arange(24) // 6 * 5, np.arange(40) // 8)


class Network:
    """Gives these planes for any photo, and their mirror image for its mirror image."""

    def __init__(self, planes):
        self.given = planes

    def planes(self, images):
        return torch.stack([self.given, self.given.flip(2)][: len(images)])


def make_task(planes=PLANES, **settings):
    """A task with the prior of the real one, and planes without a network."""
    given = MilSettings(weights="none", **{"pooling": "lse", **settings})
    task = SimpleNamespace(network=Network(planes), settings=given, classes=CLASSES)
    task.label_probabilities = lambda scores: Mil.label_probabilities(task, scores)
    return task


def predict(settings=None, task=None, **known):
    chosen = MilPredictSettings(**{**PLAIN, **(settings or {})})
    return predict_from_planes(task or make_task(), PHOTO, chosen, CPU, **known)


def slow_probabilities(planes, loss, r=5.0):
    """p(k at the pixel) p(k in the photo) from the planes at the photo's size, by loops."""
    full = F.interpolate(planes[None], PHOTO.shape[:2], mode="bilinear")[0].double().numpy()
    flat = planes.double().flatten(1).numpy()
    scores = [np.log(np.exp(r * plane).sum() / plane.size) / r for plane in flat]
    if loss == "softmax":
        prior = np.exp(scores) / np.exp(scores).sum()
    else:
        prior = [1, *(1 / (1 + np.exp(-score)) for score in scores[1:])]
    found = np.zeros_like(full)
    for y, x in np.ndindex(*PHOTO.shape[:2]):
        exponentials = np.exp(full[:, y, x])
        found[:, y, x] = exponentials / exponentials.sum() * prior
    return found


@pytest.mark.parametrize("loss", ["softmax", "sigmoid"])
@pytest.mark.parametrize("threshold", [0.0, 0.2])
def test_pixels_take_the_label_of_the_largest_product(loss, threshold):
    planes = PLANES.clone()
    if loss == "sigmoid":
        planes[0] = 0
        planes[1:] += 1.5
    products = slow_probabilities(planes, loss)
    best = products.argmax(axis=0)
    expected = np.where((best > 0) & (products.max(axis=0) < threshold), 0, best)
    labels = predict({"threshold": threshold}, make_task(planes, loss=loss))
    assert labels.dtype == np.uint8 and set(np.unique(expected)) == {0, 1, 2}
    assert (labels == expected).mean() > 0.995


def test_without_the_prior_the_largest_plane_wins():
    full = F.interpolate(PLANES[None], PHOTO.shape[:2], mode="bilinear")[0]
    labels = predict({"tag_prior": "none"})
    assert np.array_equal(labels, full.argmax(dim=0).numpy())
    assert not np.array_equal(labels, predict())


def test_photos_that_are_background_as_a_whole_get_no_class():
    """Without the prior their likeliest pixels do, and with it these fall below the threshold."""
    planes = torch.full((3, 3, 5), -1.0)
    planes[0] = 2
    planes[1, 1, 2] = 4
    task = make_task(planes, pooling="mean")
    assert predict({"tag_prior": "none", "threshold": 0.3}, task).any()
    assert not predict({"threshold": 0.3}, task).any()


def test_mirror_images_and_scales_are_averaged():
    several = {"flip": True, "scales": (1.0, 1.0)}
    assert np.array_equal(predict(several), predict())


def test_only_known_tags_are_predicted_where_they_are_given():
    assert set(np.unique(predict(tags=(2,)))) == {0, 2}
    assert not predict(tags=()).any()


def test_each_class_may_have_a_threshold_of_its_own():
    labels = predict({"thresholds": {"cat": 1.0}})
    assert set(np.unique(labels)) == {0, 2}
    settings = MilPredictSettings(threshold=0.3, thresholds={"dog": 0.5})
    assert thresholds_of(settings, CLASSES).tolist() == pytest.approx([0, 0.3, 0.5])


@pytest.mark.parametrize("in_superpixels", ["mean", "vote"])
def test_superpixels_have_one_label_each(in_superpixels):
    labels = predict({"smoothing": "superpixels", "in_superpixels": in_superpixels}, regions=BLOCKS)
    assert len(set(np.unique(labels))) > 1
    for region in range(20):
        assert len(set(labels[region == BLOCKS].tolist())) == 1
    assert not np.array_equal(labels, predict())


def test_segments_and_boxes_are_other_priors_than_pixels():
    plain = predict({"threshold": 0.1})
    segments = predict({"smoothing": "segments", "threshold": 0.1}, regions=BLOCKS)
    boxes = predict({"smoothing": "boxes", "threshold": 0.1, "box_threshold": 0.3})
    for labels in (segments, boxes):
        assert labels.any() and not np.array_equal(labels, plain)
    for region in range(20):
        assert len(set(segments[region == BLOCKS].tolist())) == 1
    high = {"smoothing": "boxes", "box_threshold": 1.0}
    assert not predict(high).any()


def test_a_crf_smooths_the_products():
    photo_of_two = np.zeros_like(PHOTO)
    photo_of_two[:, 22:] = 255
    planes = torch.zeros(3, 6, 10)
    planes[1] = torch.linspace(-2, 2, 10)
    planes[2] = -9
    settings = MilPredictSettings(
        **PLAIN, tag_prior="none", iterations=10, gaussian_weight=0.0, bilateral_weight=4.0
    )
    labels = predict_from_planes(make_task(planes), photo_of_two, settings, CPU)
    assert (labels[:, :21] == 0).all() and (labels[:, 23:] == 1).all()


def test_wrong_input_is_refused_in_one_line():
    with pytest.raises(UserError, match=r"thresholds' has 'dgo', .* \(did you mean 'dog'\?\)"):
        predict({"thresholds": {"dgo": 0.5}})
    other = SimpleNamespace(settings=None, classes=CLASSES)
    with pytest.raises(UserError, match="no plane of the background"):
        predict(task=other)
    with pytest.raises(UserError, match="raise box_threshold"):
        validate(MilPredictSettings, {"smoothing": "boxes", "box_threshold": 0.1})
