"""Decisions and smoothing priors of multiple instance learning against loops over pixels."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from wsss.data.regions import neighbours, sizes_of_regions, sums_in_regions
from wsss.segment.decision import (
    box_area,
    decide,
    decide_in_boxes,
    decide_regions,
    vote_in_regions,
)
from wsss.segment.segments import decide_segments, label_leaves, merge_regions

SIZE = (12, 15)
LEAST = np.array([0, 0.3, 0.45, 0.2], np.float32)


def random_probabilities(seed, labels=4):
    scores = np.random.default_rng(seed).normal(0, 1.5, (labels, *SIZE))
    scores[:, 3:9, 4:12] += np.random.default_rng(seed + 1).normal(0, 3, (labels, 1, 1))
    shares = np.exp(scores) / np.exp(scores).sum(axis=0)
    return shares.astype(np.float32)


def random_regions(seed):
    """Superpixels: blocks of 3 x 3 pixels, some of which are joined to the next one."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    blocks = y // 3 * 5 + x // 3
    joined = np.random.default_rng(seed).random(20) < 0.3
    for block in np.flatnonzero(joined):
        if block % 5 < 4:
            blocks[blocks == block] = block + 1
    return np.unique(blocks, return_inverse=True)[1].reshape(SIZE)


def slow_label(probabilities, least=LEAST):
    """The label of one pixel or region, from a list."""
    best = max(range(len(probabilities)), key=lambda k: (probabilities[k], -k))
    return best if probabilities[best] >= least[best] else 0


@pytest.mark.parametrize("seed", range(3))
def test_pixels_take_their_largest_label_unless_it_is_uncertain(seed):
    probabilities = random_probabilities(seed)
    labels = decide(probabilities, LEAST)
    expected = [[slow_label(probabilities[:, y, x]) for x in range(15)] for y in range(12)]
    assert labels.dtype == np.uint8 and labels.tolist() == expected
    assert not decide(probabilities, np.array([0, 2, 2, 2.0])).any()


def test_neighbours_and_sums_of_regions_are_those_of_a_loop():
    regions, maps = random_regions(1), random_probabilities(1)
    pairs = set()
    for y, x in np.ndindex(*SIZE):
        for v, u in ((y + 1, x), (y, x + 1)):
            if v < SIZE[0] and u < SIZE[1] and regions[y, x] != regions[v, u]:
                pairs.add(tuple(sorted((regions[y, x], regions[v, u]))))
    assert neighbours(regions).T.tolist() == sorted(map(list, pairs))
    sums, sizes = sums_in_regions(maps, regions), sizes_of_regions(regions)
    for region in range(regions.max() + 1):
        pixels = [maps[:, y, x] for y, x in np.argwhere(regions == region)]
        assert sizes[region] == len(pixels)
        assert np.allclose(sums[:, region], np.sum(pixels, axis=0), atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_superpixels_take_the_label_of_their_mean(seed):
    probabilities, regions = random_probabilities(seed), random_regions(seed)
    labels = decide_regions(probabilities, regions, LEAST)
    for region in range(regions.max() + 1):
        pixels = np.array([probabilities[:, y, x] for y, x in np.argwhere(regions == region)])
        expected = slow_label(pixels.astype(np.float64).mean(axis=0))
        assert set(labels[regions == region].tolist()) == {expected}


def test_ids_that_no_pixel_has_do_no_harm():
    probabilities, regions = random_probabilities(0), random_regions(0)
    spread = regions * 3 + 2
    assert np.array_equal(
        decide_regions(probabilities, spread, LEAST), decide_regions(probabilities, regions, LEAST)
    )


@pytest.mark.parametrize("seed", range(3))
def test_superpixels_vote_for_the_label_of_most_pixels(seed):
    labels = np.random.default_rng(seed).integers(0, 4, SIZE).astype(np.uint8)
    regions = random_regions(seed)
    voted = vote_in_regions(labels, regions)
    for region in range(regions.max() + 1):
        ballots = labels[regions == region].tolist()
        expected = max(range(4), key=lambda label: (ballots.count(label), -label))
        assert set(voted[regions == region].tolist()) == {expected}


def slow_piece(pixels, start):
    """The 4-connected piece around a pixel, by a flood fill."""
    piece, waiting = set(), [start]
    while waiting:
        y, x = waiting.pop()
        inside = 0 <= y < pixels.shape[0] and 0 <= x < pixels.shape[1]
        if inside and pixels[y, x] and (y, x) not in piece:
            piece.add((y, x))
            waiting += [(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)]
    return piece


def slow_box_area(pixels):
    area = np.zeros_like(pixels)
    for start in map(tuple, np.argwhere(pixels)):
        rows, columns = zip(*slow_piece(pixels, start))
        area[min(rows) : max(rows) + 1, min(columns) : max(columns) + 1] = True
    return area


@pytest.mark.parametrize("seed", range(3))
def test_boxes_are_those_around_each_piece(seed):
    pixels = np.random.default_rng(seed).random(SIZE) < 0.35
    assert np.array_equal(box_area(pixels), slow_box_area(pixels))
    assert not box_area(np.zeros(SIZE, bool)).any()


@pytest.mark.parametrize("least", [LEAST, np.zeros(4, np.float32)])
@pytest.mark.parametrize("seed", range(3))
def test_in_boxes_the_lower_threshold_decides_and_outside_there_is_background(seed, least):
    probabilities = random_probabilities(seed)
    labels = decide_in_boxes(probabilities, 0.6, least)
    areas = [slow_box_area(plane >= 0.6) for plane in probabilities]
    for y, x in np.ndindex(*SIZE):
        best, expected = -1.0, 0
        for label in (1, 2, 3):
            value = probabilities[label, y, x]
            if areas[label][y, x] and value >= least[label] and value > best:
                best, expected = value, label
        assert labels[y, x] == expected
    assert labels.any()


def slow_merges(photo, regions):
    """All pairs are compared anew at each step, by the squared deviations of their pixels."""
    pixels, flat = rgb2lab(photo).reshape(-1, 3), regions.ravel()
    living = {region: flat == region for region in range(regions.max() + 1)}

    def deviation(chosen):
        return ((pixels[chosen] - pixels[chosen].mean(axis=0)) ** 2).sum()

    def touch(first, second):
        one, other = living[first].reshape(SIZE), living[second].reshape(SIZE)
        beside = (one[:, :-1] & other[:, 1:]) | (other[:, :-1] & one[:, 1:])
        below = (one[:-1] & other[1:]) | (other[:-1] & one[1:])
        return beside.any() or below.any()

    merges, new = [], len(living)
    while len(living) > 1:
        costs = {}
        for a in living:
            for b in living:
                if a < b and touch(a, b):
                    joined = deviation(living[a] | living[b])
                    costs[a, b] = joined - deviation(living[a]) - deviation(living[b])
        a, b = min(costs, key=costs.get)
        merges.append((a, b))
        living[new] = living.pop(a) | living.pop(b)
        new += 1
    return merges


def random_photo(seed):
    return np.random.default_rng(seed).integers(0, 255, (*SIZE, 3)).astype(np.uint8)


@pytest.mark.parametrize("seed", range(2))
def test_superpixels_are_merged_by_ward_s_rule(seed):
    photo, regions = random_photo(seed), random_regions(seed)
    assert merge_regions(photo, regions) == slow_merges(photo, regions)


def test_a_photo_of_one_superpixel_has_no_merges():
    assert merge_regions(random_photo(0), np.zeros(SIZE, int)) == []


def slow_segments(probabilities, photo, regions, least, largest):
    """Each superpixel by itself: the largest region around it that may take a class."""
    members = {region: {region} for region in range(regions.max() + 1)}
    for new, (a, b) in enumerate(merge_regions(photo, regions), start=len(members)):
        members[new] = members[a] | members[b]
    labels = np.zeros(SIZE, int)
    for leaf in range(regions.max() + 1):
        around = [one for one in members.values() if leaf in one]
        for region in sorted(around, key=len, reverse=True):
            inside = np.isin(regions, list(region))
            if inside.sum() > largest * inside.size:
                continue
            label = slow_label(probabilities[:, inside].astype(np.float64).mean(axis=1), least)
            if label:
                labels[regions == leaf] = label
                break
    return labels


@pytest.mark.parametrize("largest", [1.0, 0.4, 0.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_largest_segment_that_passes_takes_a_class(seed, largest):
    probabilities, photo = random_probabilities(seed), random_photo(seed)
    regions = random_regions(seed)
    labels = decide_segments(probabilities, photo, regions, LEAST, largest)
    expected = slow_segments(probabilities, photo, regions, LEAST, largest)
    assert labels.dtype == np.uint8 and np.array_equal(labels, expected)
    assert labels.any() == (largest > 0)


def test_a_label_of_a_whole_goes_to_all_of_its_superpixels():
    merges = [(0, 1), (2, 4), (3, 5)]
    assert label_leaves(np.array([1, 2, 3, 0, 0, 0, 0], np.uint8), merges).tolist() == [1, 2, 3, 0]
    assert label_leaves(np.array([1, 2, 3, 0, 5, 0, 0], np.uint8), merges).tolist() == [5, 5, 3, 0]
    assert label_leaves(np.array([1, 2, 3, 0, 5, 6, 0], np.uint8), merges).tolist() == [6, 6, 6, 0]
