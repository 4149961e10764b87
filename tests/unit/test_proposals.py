"""Labels from projected objectness, and the dense CRF with depth."""

import numpy as np

from wsss.crf.depth import dense_crf_with_depth, fill_depth
from wsss.crf.photo import dense_crf
from wsss.crf.settings import CrfSettings
from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.proposal_settings import ProposalSettings
from wsss.labels.proposals import propose_labels

SIZE = (24, 32)


def exact_mean_field(photo, depth, scores, deviation, settings):
    """The mean field of the same energy with all pairs of pixels."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    place = np.stack([rows, columns], axis=-1).reshape(-1, 2).astype(float)
    look = np.concatenate(
        [
            place / settings.bilateral_xy,
            photo.reshape(-1, 3) / settings.bilateral_rgb,
            depth.reshape(-1, 1) / deviation,
        ],
        axis=1,
    )
    kernel = np.zeros((len(place), len(place)))
    for points, weight in (
        (place / settings.gaussian_xy, settings.gaussian_weight),
        (look, settings.bilateral_weight),
    ):
        own = np.exp(-((points[:, None] - points[None]) ** 2).sum(axis=2) / 2)
        np.fill_diagonal(own, 0)
        norm = 1 / np.sqrt(own.sum(axis=1) + 1)
        kernel += weight * norm[:, None] * own * norm[None]
    unary = np.log(np.clip(scores.reshape(len(scores), -1), 1e-5, None))
    q = np.exp(unary) / np.exp(unary).sum(axis=0)
    for _ in range(settings.iterations):
        logits = unary + q @ kernel
        q = np.exp(logits - logits.max(axis=0))
        q /= q.sum(axis=0)
    return q.reshape(scores.shape)


def two_depths():
    """A photo of one colour whose left half is near, its depth, and scores of two labels."""
    rng = np.random.default_rng(0)
    photo = np.full((*SIZE, 3), 120, np.uint8)
    depth = np.where(np.arange(32) < 16, 1.0, 3.0) * np.ones(SIZE)
    first = np.clip(np.where(depth < 2, 0.6, 0.4) + rng.normal(0, 0.25, SIZE), 0.02, 0.98)
    return photo, depth, np.stack([1 - first, first]).astype(np.float32)


def test_depth_separates_what_colours_do_not():
    photo, depth, scores = two_depths()
    settings = CrfSettings(bilateral_xy=20)
    with_depth = dense_crf_with_depth(photo, depth, scores, 0.2, settings)
    exact = exact_mean_field(photo, depth, scores, 0.2, settings)
    truth = depth < 2
    assert with_depth.shape == scores.shape and np.allclose(with_depth.sum(axis=0), 1, atol=1e-4)
    assert ((with_depth[1] > 0.5) == (exact[1] > 0.5)).mean() > 0.97
    assert ((with_depth[1] > 0.5) == truth).mean() > 0.97
    plain = dense_crf(photo, scores, settings)
    assert ((plain[1] > 0.5) == truth).mean() < 0.9


def test_large_photos_are_shrunk_for_the_crf():
    photo, depth, scores = two_depths()
    settings = CrfSettings(bilateral_xy=20, most_pixels=24 * 32 // 4)
    found = dense_crf_with_depth(photo, depth, scores, 0.2, settings)
    assert found.shape == scores.shape
    assert ((found[1] > 0.5) == (depth < 2)).mean() > 0.95


def test_pixels_without_depth_take_that_of_the_nearest():
    depth = np.array([[1.0, 0, 0, 4.0], [1.0, 0, 4.0, 4.0]])
    assert fill_depth(depth).tolist() == [[1, 1, 4, 4], [1, 1, 4, 4]]
    nothing = np.zeros((2, 2))
    assert fill_depth(nothing) is nothing


def half_known():
    """A map that knows the left half of a photo: class 3 at the top, background below."""
    scores = np.zeros((2, 12, 16), np.float32)
    scores[0, 6:, :8], scores[1, :6, :8] = 1, 1
    photo = np.full((*SIZE, 3), 90, np.uint8)
    photo[:12] = (200, 40, 40)
    return photo, ScoreMap("prob", np.array([0, 3]), scores, SIZE, (12.0, 16.0))


def test_unknown_pixels_are_255_unless_they_are_filled():
    photo, item = half_known()
    labels = propose_labels(photo, item, None, ProposalSettings())
    assert (labels[:11, :15] == 3).all() and (labels[13:, :15] == 0).all()
    assert (labels[:, 17:] == IGNORE).all()
    filled = propose_labels(photo, item, None, ProposalSettings(fill=True))
    assert (filled[:11] == 3).all() and (filled[13:] == 0).all()


def test_a_map_that_knows_nothing_labels_nothing():
    photo, _ = half_known()
    for labels in (np.array([0]), np.array([0, 2])):
        empty = ScoreMap("prob", labels, np.zeros((len(labels), 12, 16), np.float32), SIZE)
        for fill in (False, True):
            found = propose_labels(photo, empty, None, ProposalSettings(fill=fill))
            assert (found == IGNORE).all()


def test_background_alone_is_background_where_it_is_known():
    photo, _ = half_known()
    scores = np.zeros((1, 12, 16), np.float32)
    scores[:, :, 8:] = 1
    found = propose_labels(
        photo, ScoreMap("prob", np.array([0]), scores, SIZE), None, ProposalSettings()
    )
    assert (found[:, 17:] == 0).all() and (found[:, :15] == IGNORE).all()


def test_unsure_pixels_are_255_and_depth_is_read_where_it_is_asked_for():
    photo, depth, scores = two_depths()
    item = ScoreMap("prob", np.array([0, 1]), scores, SIZE)
    seen = propose_labels(photo, item, depth, ProposalSettings(depth=0.2, bilateral_xy=20))
    flat = propose_labels(photo, item, depth, ProposalSettings(depth=None, bilateral_xy=20))
    assert ((seen == 1) == (depth < 2)).mean() > 0.97 > ((flat == 1) == (depth < 2)).mean()
    sure = propose_labels(photo, item, None, ProposalSettings(iterations=0, ignore_below=0.7))
    assert ((sure == IGNORE) == (scores.max(axis=0) < 0.7)).all()
