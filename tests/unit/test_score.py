"""Scores against counting by hand, curves against single scorings."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.classification import MulticlassJaccardIndex

from wsss.data.backgrounds import upsample
from wsss.data.images import IGNORE, write_labels
from wsss.data.label_folder import LabelFolder
from wsss.data.maps import MapReader, ScoreMap, map_writer
from wsss.data.photo import Photo
from wsss.labels.argmax import argmax_labels
from wsss.labels.crf import crf_labels
from wsss.labels.settings import CrfLabelSettings, LabelSettings
from wsss.run.errors import UserError
from wsss.score.bootstrap import Counts, compare_paired, interval
from wsss.score.bootstrap import count_pixels as pixels
from wsss.score.boundary import BoundaryIou, band
from wsss.score.confusion import confusion, iou, summary
from wsss.score.curve import FIXED, THRESHOLDS, ThresholdCurve
from wsss.score.split import score_labels, score_maps

NAMES = ("background", "a", "b")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_iou_by_sets(seed):
    rng = np.random.default_rng(seed)
    truth, given_ = rng.choice([0, 1, 2, IGNORE], (6, 7)), rng.choice([0, 1, 2, IGNORE], (6, 7))
    values = iou(confusion(given_, truth, 3))
    for c in range(3):
        t, g = (truth == c), (given_ == c) & (truth != IGNORE)
        expected = 100 * (t & g).sum() / (t | g).sum() if t.any() else np.nan
        assert values[c] == pytest.approx(expected, nan_ok=True)


def test_summary_by_hand():
    truth = np.array([[0, 0, 1, 1, IGNORE]])
    given_ = np.array([[0, 1, 1, IGNORE, 1]])
    result = summary(confusion(given_, truth, 3), NAMES)
    assert result["per_class"] == {"background": 50.0, "a": pytest.approx(33.333), "b": None}
    assert result["without_truth"] == ["b"] and result["miou"] == pytest.approx(41.667)
    assert result["precision"] == 75.0 and result["recall"] == 50.0 and result["coverage"] == 75.0


def test_counters_do_not_overflow():
    matrix = np.full((2, 3), 2**40, np.int64)
    assert np.isfinite(iou(matrix)).all() and (iou(matrix) > 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
def test_curve_is_one_scoring_per_threshold(seed, classes):
    rng = np.random.default_rng(seed)
    curve = ThresholdCurve(NAMES)
    photos = []
    for _ in range(3):
        scores = np.round(rng.random((classes, 5, 6)), 2).astype(np.float32)
        ids = np.array([1, 2][:classes], np.int64)
        truth = rng.choice([0, 1, 2, IGNORE], (5, 6)).astype(np.uint8)
        curve.add(ids, scores, truth)
        photos.append((ids, scores, truth))
    for k in (0, 7, 20, 55, 99):
        matrix = np.zeros((3, 4), np.int64)
        for ids, scores, truth in photos:
            stack = np.concatenate([np.full((1, 5, 6), THRESHOLDS[k]), scores])
            winner = np.concatenate([[0], ids])[stack.argmax(axis=0)]
            matrix += confusion(winner, truth, 3)
        assert np.array_equal(curve.confusion(k), matrix)


def test_fixed_threshold_is_on_the_curve():
    assert FIXED in THRESHOLDS


def test_split_scores_and_bad_label_maps(tmp_path):
    truth = np.array([[0, 1], [2, IGNORE]], np.uint8)
    pairs = [(Photo("x", "x.jpg", (1, 2)), truth)]
    write_labels(tmp_path / "x.png", truth)
    score, _ = score_labels(LabelFolder([tmp_path]), pairs, NAMES)
    assert (
        score["miou"] == 100 and score["boundary_miou"] == 100 and score["interval"] == (100, 100)
    )
    write_labels(tmp_path / "x.png", truth[:1])
    with pytest.raises(UserError, match=r"x\.png"):
        score_labels(LabelFolder([tmp_path]), pairs, NAMES)
    write_labels(tmp_path / "x.png", np.full((2, 2), 9, np.uint8))
    with pytest.raises(UserError, match="label 9"):
        score_labels(LabelFolder([tmp_path]), pairs, NAMES)
    with pytest.raises(UserError, match="photo y"):
        score_labels(LabelFolder([tmp_path]), [(Photo("y", "y.jpg", ()), truth)], NAMES)
    with map_writer(tmp_path / "m.h5") as writer:
        writer.add(
            "x", ScoreMap("prob", np.array([0, 1]), np.array([[[0.9, 0.1]], [[0.1, 0.9]]]), (2, 2))
        )
    score, counts = score_maps(MapReader([tmp_path / "m.h5"]), pairs, NAMES)
    assert score["kind"] == "prob" and counts.ids == ("x",)


def photos_and_predictions(seed, photos=20):
    rng = np.random.default_rng(seed)
    truth = [rng.choice([0, 1, 2, IGNORE], (6, 7), p=[0.5, 0.2, 0.2, 0.1]) for _ in range(photos)]
    right = [np.where(t == IGNORE, 0, t) for t in truth]
    return truth, [np.where(rng.random((6, 7)) < 0.6, r, rng.integers(0, 3, (6, 7))) for r in right]


def count_pixels(truth, given_):
    return Counts.of(
        {str(k): pixels(confusion(g, t, 3)) for k, (g, t) in enumerate(zip(given_, truth))}, 3
    )


def test_agreement_with_torchmetrics():
    truth, given_ = (torch.from_numpy(np.stack(maps)) for maps in photos_and_predictions(0))
    theirs = MulticlassJaccardIndex(3, ignore_index=IGNORE, average=None)(given_, truth)
    matrix = sum(confusion(g.numpy(), t.numpy(), 3) for g, t in zip(given_, truth))
    assert np.allclose(iou(matrix), 100 * theirs.numpy(), atol=1e-4)
    weighted = MulticlassJaccardIndex(3, ignore_index=IGNORE, average="weighted")(given_, truth)
    assert summary(matrix, NAMES)["frequency_weighted_iou"] == pytest.approx(
        100 * float(weighted), abs=0.01
    )


def test_interval_by_resampling_photos_one_by_one():
    truth, given_ = photos_and_predictions(1)
    counts = count_pixels(truth, given_)
    rng, values = np.random.default_rng(5), []
    for _ in range(1500):
        chosen = rng.integers(0, len(truth), len(truth))
        values.append(np.nanmean(iou(sum(confusion(given_[k], truth[k], 3) for k in chosen))))
    assert np.allclose(interval(counts), np.percentile(values, [2.5, 97.5]), atol=0.7)
    assert interval(Counts.of({}, 3)) is None


def test_paired_interval_is_narrower_than_two_separate_ones():
    truth, worse = photos_and_predictions(2)
    better = [
        np.where((np.arange(42).reshape(6, 7) % 5 == 0) & (t != IGNORE), t, g)
        for t, g in zip(truth, worse)
    ]
    first, second = count_pixels(truth, worse), count_pixels(truth, better)
    result = compare_paired(first, second)
    assert result.difference > 0 and result.interval[0] > 0
    width = [high - low for low, high in (interval(first), interval(second), result.interval)]
    assert width[2] < max(width[:2])
    assert compare_paired(first, first).interval == (0, 0)
    with pytest.raises(UserError, match="other photos"):
        compare_paired(first, count_pixels(truth[1:], worse[1:]))


def test_saved_counts_are_read_back(tmp_path):
    counts = count_pixels(*photos_and_predictions(3))
    counts.save(tmp_path / "c.npz")
    back = Counts.load(tmp_path / "c.npz")
    assert back.ids == counts.ids and np.array_equal(back.pixels, counts.pixels)
    whole = (tmp_path / "c.npz").read_bytes()
    for damaged in (
        b"no",
        b"",
        whole[:60],
        whole[: len(whole) // 2],
        whole[:100] + bytes(40) + whole[140:],
    ):
        (tmp_path / "c.npz").write_bytes(damaged)
        with pytest.raises(UserError, match=r"c\.npz"):
            Counts.load(tmp_path / "c.npz")
    with pytest.raises(UserError, match="scores/"):
        Counts.load(tmp_path / "none.npz")
    with pytest.raises(UserError, match="nothing to compare"):
        compare_paired(Counts.of({}, 3), Counts.of({}, 3))


def test_boundary_band_by_loops():
    mask = np.random.default_rng(0).random((9, 11)) < 0.8
    outside = np.pad(~mask, 2, constant_values=True)
    slow = np.array(
        [[mask[y, x] and outside[y : y + 5, x : x + 5].any() for x in range(11)] for y in range(9)]
    )
    assert np.array_equal(band(mask, 2), slow)


def test_boundary_iou_falls_more_than_iou_for_wrong_borders():
    truth = np.zeros((100, 100), np.uint8)
    truth[10:90, 10:90] = 1
    smaller = np.zeros_like(truth)
    smaller[12:88, 12:88] = 1
    boundary = BoundaryIou(2)
    boundary.add(smaller, truth)
    seen = np.array([True, True])
    assert boundary.mean(seen) < 45 and np.nanmean(iou(confusion(smaller, truth, 2))) > 85
    exact = BoundaryIou(2)
    exact.add(truth, truth)
    assert exact.mean(seen) == 100 and exact.mean(~seen) is None


def test_labels_from_maps():
    photo = np.zeros((4, 8, 3), np.uint8)
    photo[:, 4:] = 255
    scores = np.zeros((1, 4, 8), np.float32)
    scores[:, :, 4:] = 0.9
    scores[:, 1, 1] = 0.6
    item = ScoreMap("cam", np.array([7]), scores, (4, 8))
    plain = argmax_labels(photo, item, LabelSettings(alpha=4.0)).labels
    assert plain[1, 1] == 7 and (plain[:, 4:] == 7).all() and plain[0, 0] == 0
    smooth = crf_labels(photo, item, CrfLabelSettings()).labels
    assert smooth[1, 1] == 0 and (smooth[:, 4:] == 7).all()
    unsure = argmax_labels(
        photo, item, LabelSettings(background="constant", threshold=0.55, ignore_below=0.6)
    ).labels
    assert unsure[1, 1] == IGNORE and (unsure[:, 4:] == 7).all()


def test_disputed_pixels_are_ignored():
    photo, scores = np.zeros((4, 8, 3), np.uint8), np.full((1, 4, 8), 0.02, np.float32)
    scores[:, :, 4:], scores[:, :, 3] = (
        0.9,
        0.3,
    )  # 0.7^4 = 0.24 and 0.7^24 = 0.0002: either side of 0.3 and 0.1
    scores[:, 0, 3] = 0.1
    item = ScoreMap("cam", np.array([7]), scores, (4, 8))
    labels, confidence, _ = argmax_labels(photo, item, LabelSettings(ignore_between=(1.0, 24.0)))
    assert (
        (labels[:, 4:] == 7).all()
        and (labels[1:, 3] == IGNORE).all()
        and (labels[:, :3] == 0).all()
    )
    assert confidence.shape == (4, 8) and confidence[1, 3] < confidence[0, 0]
    swapped = argmax_labels(photo, item, LabelSettings(ignore_between=(24.0, 1.0))).labels
    assert np.array_equal(labels, swapped)
    assert (
        crf_labels(photo, item, CrfLabelSettings(ignore_between=(1.0, 24.0), iterations=0)).labels
        == labels
    ).all()
    prob = ScoreMap("prob", np.array([0, 7]), np.concatenate([1 - scores, scores]), (4, 8))
    assert (
        IGNORE not in argmax_labels(photo, prob, LabelSettings(ignore_between=(1.0, 24.0))).labels
    )


def test_labels_of_photos_without_classes_or_of_one_colour():
    empty = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 1, 1), np.float32), (3, 5))
    assert (crf_labels(np.zeros((3, 5, 3), np.uint8), empty, CrfLabelSettings()).labels == 0).all()
    assert upsample(empty).shape == (0, 3, 5)
    line = ScoreMap("cam", np.array([1]), np.ones((1, 1, 1), np.float32), (1, 9))
    assert (crf_labels(np.zeros((1, 9, 3), np.uint8), line, CrfLabelSettings()).labels == 1).all()
