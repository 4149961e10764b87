"""AuxSegNet's update of class maps and saliency against dense, slow versions; photos in which
something is missing.
"""

import numpy as np
import pytest
import torch

from tests.unit.test_auxsegnet import make_task
from tests.unit.test_cross_affinity import dense_cross, spread
from wsss.crf.photo import dense_crf
from wsss.crf.settings import CrfSettings
from wsss.multitask.cross_affinity import update_maps, update_saliency
from wsss.multitask.cross_affinity_settings import CrossAffinitySettings
from wsss.multitask.update_input import UpdateInput
from wsss.run.errors import UserError

SETTINGS = CrossAffinitySettings(precision="float32")


def make_input(size=(60, 81), tags=(1, 3), original=None, **changes):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (*size, 3), np.uint8)
    original = rng.random(size, np.float32) if original is None else original
    network = make_task(**changes).network
    return UpdateInput(pixels, tags, original, network, torch.device("cpu"))


def see(given):
    image = torch.from_numpy(given.pixels).permute(2, 0, 1)[None].float() / 255
    return given.network.see(image)


@pytest.mark.parametrize("rescale", [False, True])
def test_class_maps_are_those_of_the_dense_affinity(rescale):
    given = make_input()
    item = update_maps(given, SETTINGS.model_copy(update={"rescale": rescale})).maps
    seen = see(given)
    raw = given.network.class_maps(seen).detach().double().numpy()[0, [0, 2]]
    cut = np.maximum(raw, 0)
    scaled = torch.from_numpy(cut / (cut.max(axis=(1, 2), keepdims=True) + 1e-5))[None]
    embeddings = seen.embeddings["segmentation"], seen.embeddings["saliency"]
    expected = spread(dense_cross(given.network.fusion, *embeddings, 0), scaled, 0)
    if rescale:
        expected = expected / (expected.max(axis=(1, 2), keepdims=True) + 1e-5)
    assert item.kind == "cam" and item.size == (60, 81) and item.labels.tolist() == [1, 3]
    assert item.scores.shape == (2, 4, 6) and item.scores.max() > 0.1
    assert np.allclose(item.scores, expected, atol=1e-5)


def slow_saliency(pixels, predicted, original):
    """The mean, and the energies of the CRF pixel by pixel, as the published code has them."""
    scores = np.empty((2, *original.shape), np.float32)
    for y, x in np.ndindex(original.shape):
        mean = (predicted[y, x] + original[y, x]) / 2
        for label, p in enumerate((1 - mean, mean)):
            energy = -np.log(p + 1e-8) / (1.05 / (1 + np.exp(-p)))
            scores[label, y, x] = np.exp(-energy)
    row = {"gaussian_xy": 3, "gaussian_weight": 3, "bilateral_xy": 60, "bilateral_rgb": 5}
    crf = CrfSettings(**row, bilateral_weight=5, iterations=1)
    return dense_crf(pixels, scores, crf)[1]


def test_saliency_is_the_mean_with_the_original_after_the_published_crf():
    given = make_input()
    updated = update_maps(given, SETTINGS).saliency
    logits = see(given).masks["saliency"].refined
    full = torch.nn.functional.interpolate(
        logits.sigmoid(), (60, 81), mode="bilinear", align_corners=False
    )
    predicted = full.detach()[0, 0].numpy()
    expected = slow_saliency(given.pixels, predicted, given.original)
    assert updated.dtype == np.float32 and updated.shape == (60, 81)
    assert np.allclose(updated, expected, atol=1e-4)


def test_original_share_and_no_crf():
    rng = np.random.default_rng(0)
    predicted, original = rng.random((2, 6, 7))
    for share in (0.0, 0.25, 1.0):
        settings = CrossAffinitySettings(original_share=share, iterations=0)
        updated = update_saliency(np.zeros((6, 7, 3), np.uint8), predicted, original, settings)
        assert np.allclose(updated, (1 - share) * predicted + share * original, atol=1e-6)


def test_certain_saliency_stays_finite():
    certain = np.array([[0.0, 1.0]] * 2)
    updated = update_saliency(np.zeros((2, 2, 3), np.uint8), certain, certain, SETTINGS)
    assert np.isfinite(updated).all() and updated.min() >= 0 and updated.max() <= 1


def test_photo_without_tags_has_no_maps_but_saliency():
    updated = update_maps(make_input(tags=()), SETTINGS)
    assert updated.maps.scores.shape == (0, 4, 6) and updated.maps.labels.size == 0
    assert np.isfinite(updated.saliency).all()


def test_photo_without_salient_pixels_keeps_half_of_what_the_network_sees():
    settings = SETTINGS.model_copy(update={"iterations": 0})
    none = np.zeros((60, 81), np.float32)
    updated = update_maps(make_input(original=none), settings).saliency
    assert updated.min() > 0 and updated.max() <= 0.5


def test_photo_of_one_cell():
    updated = update_maps(make_input((5, 7)), SETTINGS)
    assert updated.maps.scores.shape == (2, 1, 1) and updated.saliency.shape == (5, 7)


def test_without_affinity_maps_stay_as_they_are():
    given = make_input(affinity="none")
    scores = update_maps(given, SETTINGS).maps.scores
    raw = given.network.class_maps(see(given)).detach().numpy()[0, [0, 2]].clip(0)
    assert np.allclose(scores, raw / (raw.max(axis=(1, 2), keepdims=True) + 1e-5), atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "key"),
    [({"classify_weight": 0.0}, "classify_weight"), ({"saliency_weight": 0.0}, "saliency_weight")],
)
def test_network_without_a_task_cannot_update(changes, key):
    given = make_input(affinity="segmentation", **changes)
    with pytest.raises(UserError, match=f"multitask.auxsegnet.{key} above 0"):
        update_maps(given, SETTINGS)
