"""Average precision, and the consistency of maps."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.score.classifier import classifier_score, find_unknown
from wsss.score.consistency import inconsistency
from wsss.score.consistency_settings import ConsistencySettings
from wsss.score.ranking import average_precision


@pytest.mark.parametrize(
    ("scores", "truth", "expected"),
    [
        ([0.9, 0.8, 0.1], [1, 1, 0], 100.0),
        ([0.9, 0.8, 0.1], [0, 0, 1], 100 / 3),
        ([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0], 100 * (1 + 2 / 3) / 2),
        ([0.5, 0.5], [0, 0], None),
    ],
)
def test_average_precision_by_hand(scores, truth, expected):
    got = average_precision(np.array(scores), np.array(truth))
    assert got == (expected if expected is None else pytest.approx(expected))


def test_average_precision_is_the_mean_precision_at_every_hit():
    rng = np.random.default_rng(0)
    scores, truth = rng.random(50), rng.random(50) < 0.3
    precisions = [truth[scores >= s].mean() for s in scores[truth]]
    assert average_precision(scores, truth) == pytest.approx(100 * np.mean(precisions))


def test_maps_that_follow_the_photo_have_low_inconsistency():
    image = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    image = F.interpolate(
        F.interpolate(image, (4, 6)), (32, 48), mode="bilinear"
    )  # smooth: rescaling loses little
    settings = ConsistencySettings(precision="float32")

    def follows(view):
        return F.avg_pool2d(view, 4)

    def sees_where(view):  # answers by the place in the frame, whatever is there
        h, w = view.shape[2] // 4, view.shape[3] // 4
        return torch.linspace(0, 1, w).expand(1, 3, h, w)

    assert inconsistency(image, [0, 2], settings, follows) < 0.06
    flipped = ConsistencySettings(precision="float32", scales=(1.0,))
    x = np.linspace(0, 1, 12)
    assert inconsistency(image, [1], flipped, sees_where) == pytest.approx(
        np.abs(x - x[::-1]).mean() / 2, abs=1e-3
    )


@pytest.mark.parametrize(
    ("split", "unknown"), [("val", ["d", "e"]), ("train", []), ("rest", ["f"])]
)
def test_only_photos_without_tags_in_val_or_rest_are_unknown(split, unknown):
    tags = {"a": (1,), "b": (), "c": (2,), "d": (), "e": (), "f": ()}
    photos = {name: Photo(name, f"{name}.jpg", of_photo) for name, of_photo in tags.items()}
    splits = {"train": ("a", "b"), "val": ("c", "d", "e"), "rest": ("f",)}
    assert find_unknown(Index("x", ("cat", "dog"), "/", photos, splits), split) == unknown


def test_classifier_without_a_photo_has_no_score():
    task = SimpleNamespace(network=None)
    score = classifier_score(task, [], ("cat", "dog"), ConsistencySettings(), torch.device("cpu"))
    assert score["images"] == 0 and score["map"] is None
    assert score["per_class"] == {"cat": None, "dog": None}
