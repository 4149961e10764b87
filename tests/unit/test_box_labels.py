"""Labels from boxes against pixel-by-pixel rules."""

import numpy as np
import pytest

from wsss.data.images import IGNORE, read_labels
from wsss.data.index import Index
from wsss.data.photo import Photo
from wsss.labels.box_settings import BoxSettings
from wsss.labels.boxes import Box, box_labels, box_scores, fill_boxes, read_boxes
from wsss.labels.known import Known

SIZE = (40, 60)
LARGE, SMALL, OTHER = Box(1, 4, 4, 40, 36), Box(2, 20, 10, 34, 24), Box(1, 44, 20, 56, 38)
BOXES = [LARGE, OTHER, SMALL]


def photo_of_ellipses():
    """A blue photo with a red ellipse in LARGE and in OTHER and a green one in SMALL."""
    pixels = np.full((*SIZE, 3), (20, 30, 160), np.uint8)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    masks = []
    for box, colour in ((LARGE, (200, 30, 20)), (OTHER, (200, 30, 20)), (SMALL, (20, 200, 30))):
        across = (x + 0.5 - (box.left + box.right) / 2) / ((box.right - box.left) / 2)
        down = (y + 0.5 - (box.top + box.bottom) / 2) / ((box.bottom - box.top) / 2)
        masks.append(across**2 + down**2 <= 1)
        pixels[masks[-1]] = colour
    truth = np.where(masks[0] | masks[1], 1, 0)
    return pixels, np.where(masks[2], 2, truth).astype(np.uint8)


def slow_scores(y, x, settings):
    """Label -> probability at one pixel."""
    inside = [box for box in BOXES if box.top <= y < box.bottom and box.left <= x < box.right]
    if not inside:
        return {0: 1.0}
    smallest = inside[-1]
    centre = smallest.shrunk(settings.centre)
    if settings.centre and centre.top <= y < centre.bottom and centre.left <= x < centre.right:
        return {smallest.label: 1.0}
    others = {0, *(box.label for box in inside)} - {smallest.label}
    rest = {label: (1 - settings.prior) / len(others) for label in others}
    return {smallest.label: settings.prior, **rest}


@pytest.mark.parametrize("settings", [BoxSettings(), BoxSettings(prior=0.7, centre=0)])
def test_scores_before_the_crf_equal_a_slow_version(settings):
    ids, scores = box_scores(BOXES, SIZE, settings)
    assert ids.tolist() == [0, 1, 2] and np.allclose(scores.sum(axis=0), 1)
    for y, x in np.ndindex(SIZE):
        expected = slow_scores(y, x, settings)
        assert np.allclose(scores[:, y, x], [expected.get(label, 0) for label in ids])


def test_the_middle_of_a_box_has_its_share_of_the_area():
    middle = Box(1, 10, 20, 30, 60).shrunk(0.25)
    assert middle == Box(1, 15, 30, 25, 50) and middle.area == 0.25 * 20 * 40
    assert Box(1, 3, 3, 4, 4).shrunk(0.1) == Box(1, 3, 3, 4, 4)


def test_crf_finds_the_objects_in_their_boxes():
    pixels, truth = photo_of_ellipses()
    labels = fill_boxes(pixels, BOXES, BoxSettings())
    rectangles = fill_boxes(pixels, BOXES, BoxSettings(inside="rectangle"))
    assert (labels == truth).mean() > 0.97 > (rectangles == truth).mean()
    for box in BOXES:  # no class outside its boxes
        labels[box.pixels] = np.where(labels[box.pixels] == box.label, 0, labels[box.pixels])
    assert (labels == 0).all()


def test_rectangles_give_overlaps_to_the_smallest_box():
    labels = fill_boxes(photo_of_ellipses()[0], BOXES, BoxSettings(inside="rectangle"))
    for y, x in np.ndindex(SIZE):
        inside = [b for b in BOXES if b.top <= y < b.bottom and b.left <= x < b.right]
        assert labels[y, x] == (min(inside, key=lambda box: box.area).label if inside else 0)


def test_doubtful_pixels_of_boxes_are_ignored():
    pixels, _ = photo_of_ellipses()
    sure = fill_boxes(pixels, BOXES, BoxSettings())
    doubtful = fill_boxes(pixels, BOXES, BoxSettings(doubt=0.9, iterations=1))
    assert (doubtful == IGNORE).any() and (doubtful[0] == 0).all()
    assert not (sure == IGNORE).any()


def known(boxes, tags):
    photo = Photo("p", "p.png", tags, {"boxes": boxes})
    index = Index("d", ("a", "b"), ".", {"p": photo}, {"train": ("p",)})
    return Known(index, photo, photo_of_ellipses()[0])


def test_outside_is_unknown_where_a_tag_has_no_box():
    given = [[1, *LARGE[1:]], [1, *OTHER[1:]]]
    complete = box_labels(known(given, (1,)), BoxSettings())
    lacking = box_labels(known(given, (1, 2)), BoxSettings())
    assert (complete.labels[0] == 0).all() and (lacking.labels[0] == IGNORE).all()
    assert np.array_equal(complete.labels[LARGE.pixels], lacking.labels[LARGE.pixels])
    assert complete.source == "boxes"
    assert (box_labels(known([], (1,)), BoxSettings()).labels == IGNORE).all()
    assert (box_labels(known([], ()), BoxSettings()).labels == 0).all()


def test_boxes_are_cut_at_the_photo_and_sorted():
    boxes = read_boxes(known([[2, -5, 3.5, 7.2, 300], [1, 0, 0, 60, 40], [1, 70, 3, 90, 8]], (1,)))
    assert boxes == [Box(1, 0, 0, 60, 40), Box(2, 0, 3, 8, 40)]


def test_boxes_of_voc_xml_count_from_one(index):
    photo = index.split("train")[0]
    pixels = np.zeros((72, 96, 3), np.uint8)
    boxes = read_boxes(Known(index, photo, pixels))
    assert {box.label for box in boxes} == set(photo.tags)
    labels = read_labels(index.mask_path(photo))
    for box in boxes:  # the outermost pixels of an object touch all sides of its box
        part = labels[box.pixels] == box.label
        assert part.any(axis=1)[[0, -1]].all() and part.any(axis=0)[[0, -1]].all()
