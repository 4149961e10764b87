"""Predictions of networks whose answer is known: averages, tags, backgrounds, and photos without
any class.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.classify.settings import ClassifierSettings
from wsss.multitask.registry import MULTITASKS
from wsss.segment.class_maps import predict_from_class_maps
from wsss.segment.class_maps_settings import ClassMapPredictSettings
from wsss.segment.predict import predict_labels
from wsss.segment.predict_settings import PredictSettings
from wsss.segment.registry import CLASSIFIERS, GROWERS, NETWORKS, SEGMENTERS

CPU = torch.device("cpu")
PHOTO = np.random.default_rng(0).integers(0, 255, (24, 40, 3), dtype=np.uint8)
PLAIN = {"scales": (1.0,), "flip": False, "precision": "float32"}


def make_task(maps):
    """A task whose network gives these maps (C, h, w) for any image, or their mirror image for its
    mirror image.
    """

    def network(images):
        mirrored = images[-1:] if len(images) > 1 else images[:0]
        return torch.cat([maps[None], maps.flip(2)[None][: len(mirrored)]])

    return network


def make_classifier(maps):
    network = make_task(maps)
    return SimpleNamespace(
        network=lambda images: (network(images), None), settings=ClassifierSettings(weights="none")
    )


def make_segmenter(maps):
    return SimpleNamespace(network=make_task(maps))


def slow_labels(maps, tags, threshold):
    """Each pixel by itself: its largest class, if that is above the background."""
    full = F.interpolate(maps.relu()[None], PHOTO.shape[:2], mode="bilinear")[0].numpy()
    labels = np.zeros(PHOTO.shape[:2], np.uint8)
    for row, column in np.ndindex(*labels.shape):
        best = threshold
        for tag in tags:
            share = full[tag - 1, row, column] / full[tag - 1].max()
            if share > best:
                best, labels[row, column] = share, tag
    return labels


def test_class_maps_are_compared_with_a_background_pixel_by_pixel():
    maps = (
        torch.rand(3, 3, 5, generator=torch.Generator().manual_seed(0))
        + torch.tensor([0.0, -9.0, 0.5])[:, None, None]
    )
    settings = ClassMapPredictSettings(**PLAIN, threshold=0.6)
    labels = predict_from_class_maps(make_classifier(maps), PHOTO, settings, CPU)
    expected = slow_labels(maps, [1, 3], 0.6)
    assert labels.dtype == np.uint8 and set(np.unique(expected)) == {0, 1, 3}
    assert (labels == expected).mean() > 0.995


@pytest.mark.parametrize(
    ("scores", "found"), [([2.0, -2.0], {0, 1}), ([2.0, 1.0], {0, 1, 2}), ([-1.0, -2.0], {0})]
)
def test_only_likely_classes_are_predicted(scores, found):
    left = torch.zeros(6, 10)
    left[:, :2] = 9
    maps = torch.stack([left, left.flip(1)]) - 2 + torch.tensor(scores)[:, None, None]
    settings = ClassMapPredictSettings(**PLAIN, threshold=0.3)
    assert (
        set(np.unique(predict_from_class_maps(make_classifier(maps), PHOTO, settings, CPU)))
        == found
    )
    both = predict_from_class_maps(make_classifier(maps), PHOTO, settings, CPU, tags=(1, 2))
    assert set(np.unique(both)) - {0} == {1, 2}


def test_mirror_images_of_class_maps_agree():
    maps = torch.rand(2, 6, 10, generator=torch.Generator().manual_seed(1))
    mirrored = ClassMapPredictSettings(**{**PLAIN, "flip": True}, threshold=0.5)
    alone = ClassMapPredictSettings(**PLAIN, threshold=0.5)
    of_one, of_two = (
        predict_from_class_maps(make_classifier(maps), PHOTO, one, CPU) for one in (alone, mirrored)
    )
    assert np.array_equal(of_one, of_two)


@pytest.mark.parametrize("iterations", [0, 2])
def test_a_segmentation_network_predicts_its_largest_class_among_the_tags(iterations):
    photo = np.zeros((24, 40, 3), np.uint8)
    photo[:, 20:] = 255
    maps = torch.full((3, 6, 10), -5.0)
    maps[0, :, :5], maps[1, :, 5:], maps[2] = 5, 5, 4
    settings = PredictSettings(**PLAIN, iterations=iterations)
    labels = predict_labels(make_segmenter(maps), photo, settings, CPU)
    assert labels.dtype == np.uint8 and (labels[:, :12] == 0).all() and (labels[:, -12:] == 1).all()
    tagged = predict_labels(make_segmenter(maps), photo, settings, CPU, tags=(2,))
    assert (tagged[:, :12] == 0).all() and (tagged[:, -12:] == 2).all()


def test_class_maps_are_sharpened_by_a_crf():
    photo = np.zeros((24, 40, 3), np.uint8)
    photo[:, 22:] = 255
    maps = torch.linspace(0.2, 2, 10).expand(1, 6, 10)
    settings = ClassMapPredictSettings(**PLAIN, threshold=0.55, iterations=10, gaussian_weight=0.0)
    sharp = predict_from_class_maps(make_classifier(maps), photo, settings, CPU)
    assert (sharp[:, :21] == 0).all() and (sharp[:, 23:] == 1).all()


def test_methods_that_predict_have_unique_names():
    """One would be built in the other's place."""
    registries = (CLASSIFIERS, GROWERS, MULTITASKS, SEGMENTERS)
    assert len(NETWORKS) == sum(map(len, registries))
