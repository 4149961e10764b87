"""Small pieces, lost tags, borders and second labels of label maps, against slow versions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsss.data.images import IGNORE
from wsss.data.maps import ScoreMap
from wsss.labels.account import LabelAccount
from wsss.labels.argmax import argmax_labels
from wsss.labels.doubt import ignore_borders, keep_lost_classes, runner_up
from wsss.labels.pieces import join_small_pieces
from wsss.labels.settings import LabelSettings

PHOTO = np.zeros((6, 8, 3), np.uint8)
"""the photo of the maps that `argmax` labels here; it does not look at it"""


def neighbours(labels, y, x):
    """The pixels above, below, left and right of one."""
    for row, column in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
        if 0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]:
            yield row, column


def flood(mask, start):
    """The pixels of a mask that are 4-connected to one of them."""
    found, waiting = {start}, [start]
    while waiting:
        for pixel in neighbours(mask, *waiting.pop()):
            if mask[pixel] and pixel not in found:
                found.add(pixel)
                waiting.append(pixel)
    return found


def pieces_of(labels):
    """The pieces of a label map, as sets of pixels."""
    pieces, seen = [], set()
    for start in np.ndindex(labels.shape):
        if start not in seen:
            pieces.append(flood(labels == labels[start], start))
            seen |= pieces[-1]
    return pieces


def borders_with_settled(labels, piece, settled):
    """Label -> the length of a piece's border with settled pixels of it."""
    lengths = {}
    for pixel in piece:
        for other in neighbours(labels, *pixel):
            if other in settled:
                label = int(labels[other])
                lengths[label] = lengths.get(label, 0) + 1
    return lengths


def slow_join(labels, share):
    """`join_small_pieces`, piece by piece and pixel by pixel."""
    labels, settled, waiting = labels.copy(), set(), []
    for piece in pieces_of(labels):
        if labels[min(piece)] != IGNORE:
            if len(piece) < share * labels.size:
                waiting.append(piece)
            else:
                settled |= piece
    while True:
        choices = []
        for piece in waiting:
            lengths = borders_with_settled(labels, piece, settled)
            if lengths:
                choices.append((piece, min(lengths, key=lambda label: (-lengths[label], label))))
        for piece, label in choices:
            labels[tuple(np.transpose(list(piece)))] = label
            settled |= piece
            waiting.remove(piece)
        if not choices:
            return labels


def slow_band(labels, reach):
    """`ignore_borders`, pixel by pixel."""
    result = labels.copy()
    for y, x in np.ndindex(labels.shape):
        window = labels[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        if len(set(window.ravel().tolist()) - {IGNORE}) > 1:
            result[y, x] = IGNORE
    return result


def slow_keep(labels, classes, scores):
    """`keep_lost_classes`, pixel by pixel."""
    labels = labels.copy()
    for label, map_ in sorted(zip(classes.tolist(), scores), key=lambda pair: pair[0]):
        if label in labels or map_.max() == 0:
            continue
        start = np.unravel_index(map_.argmax(), map_.shape)
        region = flood(map_ >= 0.5 * map_.max(), tuple(map(int, start)))
        before = labels.copy()
        for pixel in region:
            own = {tuple(found) for found in np.argwhere(before == before[pixel]).tolist()}
            if before[pixel] in (0, IGNORE) or not own <= region:
                labels[pixel] = label
    return labels


def slow_runner_up(labels, ids, probabilities):
    """`runner_up`, pixel by pixel."""
    result = np.zeros_like(labels)
    for y, x in np.ndindex(labels.shape):
        others = [channel for channel in range(len(ids)) if ids[channel] != labels[y, x]]
        best = max(others or [0], key=lambda channel: (probabilities[channel, y, x], -channel))
        result[y, x] = ids[best]
    return result


@st.composite
def label_maps(draw):
    """A label map of a few labels, IGNORE among them, and a source of random numbers."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    shape = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    shares = draw(st.sampled_from([(0.7, 0.1, 0.1, 0.1), (0.4, 0.3, 0.25, 0.05), (0, 0.5, 0.5, 0)]))
    return rng.choice(np.array([0, 3, 9, IGNORE], np.uint8), shape, p=shares), rng


@settings(max_examples=200)
@given(label_maps(), st.floats(0, 1.2))
def test_joining_small_pieces_equals_a_slow_version(made, share):
    labels, _ = made
    joined = join_small_pieces(labels, share)
    assert joined.dtype == np.uint8 and np.array_equal(joined, slow_join(labels, share))
    assert np.array_equal(joined == IGNORE, labels == IGNORE)
    assert np.array_equal(join_small_pieces(joined, share), joined)


@given(label_maps(), st.integers(0, 4))
def test_the_band_of_borders_equals_a_slow_version(made, reach):
    labels, _ = made
    assert np.array_equal(ignore_borders(labels, reach), slow_band(labels, reach))


@settings(max_examples=200)
@given(label_maps())
def test_keeping_lost_classes_equals_a_slow_version(made):
    labels, rng = made
    classes = np.array([9, 5, 7])
    scores = rng.integers(0, 5, (3, *labels.shape)) / 4
    scores[2] *= rng.random() < 0.8
    kept = keep_lost_classes(labels, classes, scores)
    assert kept.dtype == np.uint8 and np.array_equal(kept, slow_keep(labels, classes, scores))
    assert set(np.unique(labels)) - {0, IGNORE} <= set(np.unique(kept))


@given(label_maps(), st.integers(1, 3))
def test_second_labels_equal_a_slow_version(made, count):
    labels, rng = made
    ids = np.array([0, 9, 3])[:count]
    probabilities = (rng.integers(0, 4, (count, *labels.shape)) / 4).astype(np.float32)
    second = runner_up(labels, ids, probabilities)
    assert second.dtype == np.uint8
    assert np.array_equal(second, slow_runner_up(labels, ids, probabilities))


def test_a_speck_joins_the_longest_border_and_ties_go_to_the_lower_id():
    labels = np.full((6, 9), 4, np.uint8)
    labels[:, 5:] = 2
    labels[2, 4], labels[0, 4:6] = 7, 7
    joined = join_small_pieces(labels, 0.05)
    assert joined[2, 4] == 4 and (joined[0, 4:6] == 2).all()
    alone = np.full((3, 3), IGNORE, np.uint8)
    alone[1, 1] = 7
    assert np.array_equal(join_small_pieces(alone, 1.0), alone)


def make_item(height=6, width=8):
    """A map of the labels 3, which wins on the right, and 5, which wins nowhere."""
    scores = np.zeros((2, height, width), np.float32)
    scores[0, :, 4:] = 0.9
    scores[0, 2, 1] = 0.6
    scores[1, 3:5, 1:3] = 0.3
    return ScoreMap("cam", np.array([3, 5]), scores, (height, width))


def label(item, **values):
    return argmax_labels(PHOTO, item, LabelSettings(background="constant", threshold=0.4, **values))


def test_a_lost_tag_takes_its_best_region_with_its_own_probability():
    plain, kept = label(make_item()), label(make_item(), keep_tags=True)
    region = np.zeros((6, 8), bool)
    region[3:5, 1:3] = True
    assert 5 not in plain.labels
    assert np.array_equal(kept.labels == 5, region)
    assert np.array_equal(kept.labels[~region], plain.labels[~region])
    assert np.allclose(kept.confidence[region], 0.3 / 0.7) and (kept.second[region] == 0).all()
    assert np.array_equal(kept.confidence[~region], plain.confidence[~region])


def test_a_tag_whose_map_is_zero_stays_lost():
    item = make_item()
    item.scores[1] = 0
    assert np.array_equal(label(item, keep_tags=True).labels, label(item).labels)


def test_pieces_are_joined_before_tags_are_kept_and_pixels_ignored():
    plain = label(make_item(), smallest_piece=0.05)
    assert plain.labels[2, 1] == 0 and plain.second[2, 1] == 3
    assert plain.confidence[2, 1] == pytest.approx(0.4)
    all_steps = {"smallest_piece": 0.05, "keep_tags": True, "ignore_band": 1, "ignore_below": 0.5}
    made = label(make_item(), **all_steps)
    # 0.3 / 0.7 and 0.4 are below 0.5, and so are the kept tag and the speck
    assert (made.labels[2:5, 1:3] == IGNORE).all() and (made.labels[:, 3:5] == IGNORE).all()
    assert (made.labels[:, 5:] == 3).all() and (made.labels[0, :3] == 0).all()
    assert (made.second[:, 5:] == 0).all() and (made.second[:, 4] == 3).all()


def test_second_labels_of_two_backgrounds_and_of_a_photo_without_classes():
    scores = np.zeros((1, 6, 8), np.float32)
    scores[0, :, 4:], scores[0, :, 3] = 0.9, 0.3
    item = ScoreMap("cam", np.array([7]), scores, (6, 8))
    made = label(item, ignore_between=(1.0, 24.0))
    assert (made.labels[:, 3] == IGNORE).all() and (made.second[:, 4:] == 0).all()
    # 0.7 and 0.3 with one background, 0.0002 and 0.9998 with the other: 7 is likelier in the mean
    assert (made.second[:, :4] == 7).all()
    kept = label(item, ignore_between=(1.0, 24.0), keep_tags=True, smallest_piece=0.2)
    assert np.array_equal(kept.labels, made.labels)
    empty = ScoreMap("cam", np.zeros(0, np.int64), np.zeros((0, 1, 1), np.float32), (6, 8))
    made = label(empty, keep_tags=True, smallest_piece=0.1, ignore_band=2, ignore_below=0.5)
    assert (made.labels == 0).all() and (made.second == 0).all()


def test_the_account_names_the_first_photo_of_each_matter():
    account = LabelAccount()
    account.add("fine", np.array([[0, 3]]), [3])
    account.add("untagged", np.array([[0, 0]]), [])
    assert account.text() == ""
    account.add("half", np.array([[0, 3, IGNORE]]), [3, 5])
    account.add("empty", np.array([[0, 0]]), [3, 5])
    account.add("dark", np.array([[IGNORE, IGNORE]]), [])
    assert account.text().splitlines() == [
        "photos with tags that have no pixel (3 tags in all): 2; the first is half",
        "photos with tags that are all background: 1; the first is empty",
        "photos that are all 255 (ignored): 1; the first is dark",
    ]
