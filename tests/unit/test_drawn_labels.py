"""Labels from strokes, clicks, simulated strokes and mixtures, against slow versions."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.morphology import skeletonize

from wsss.data.images import IGNORE, write_labels
from wsss.data.index import Index
from wsss.data.label_folder import LabelFolder
from wsss.data.photo import Photo
from wsss.labels.annotation_account import AnnotationAccount
from wsss.labels.drawing import draw_lines
from wsss.labels.known import Annotated, Known
from wsss.labels.mixture import is_chosen, mixed_labels
from wsss.labels.mixture_settings import MixtureSettings
from wsss.labels.points import point_labels
from wsss.labels.scribbles import scribble_labels
from wsss.labels.simulated import draw_simulated, find_objects, longest_path, middle
from wsss.labels.stroke_settings import PointSettings, ScribbleSettings, SimulatedSettings

SIZE = (24, 32)
COORDINATES = st.tuples(st.floats(-5, 36), st.floats(-5, 28))
LINES = st.lists(
    st.tuples(st.integers(0, 2), st.lists(COORDINATES, min_size=1, max_size=4)), max_size=4
)


def slow_distances(start, end):
    """The distance of each pixel from a segment, over a fine row of its points."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    nearest = np.full(SIZE, np.inf)
    for share in np.linspace(0, 1, 401):
        px, py = np.array(start) * (1 - share) + np.array(end) * share
        nearest = np.minimum(nearest, np.hypot(x - px, y - py))
    return nearest


def slow_lines(lines, width):
    """Label -> the pixels that it covers, and the pixels that are too near the limit to tell."""
    covered, unclear = {}, np.zeros(SIZE, bool)
    for label, points in lines:
        corners = [(np.floor(px), np.floor(py)) for px, py in points]
        for start, end in pairwise([*corners, corners[-1]]):
            away = slow_distances(start, end)
            unclear |= np.abs(away - width / 2) < 0.02
            covered[label] = covered.get(label, np.zeros(SIZE, bool)) | (away <= width / 2)
    return covered, unclear


@given(LINES, st.sampled_from([1, 3, 4.5]))
@settings(max_examples=15, deadline=None)
def test_lines_equal_a_slow_version(lines, width):
    drawn, crossed = draw_lines(lines, SIZE, width)
    covered, unclear = slow_lines(lines, width)
    times = sum(covered.values(), np.zeros(SIZE, int))
    expected = np.full(SIZE, IGNORE)
    for label, pixels in covered.items():
        expected[pixels & (times == 1)] = label
    assert np.array_equal(drawn[~unclear], expected[~unclear])
    assert (times[~unclear] > 1).sum() <= crossed <= ((times > 1) | unclear).sum()


def test_a_dot_is_one_pixel_or_a_disc():
    drawn, _ = draw_lines([(2, [[5.9, 7.2]])], SIZE, 1)
    assert np.argwhere(drawn != IGNORE).tolist() == [[7, 5]] and drawn[7, 5] == 2
    disc, _ = draw_lines([(2, [[5.9, 7.2]])], SIZE, 7)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    assert np.array_equal(disc == 2, (y - 7) ** 2 + (x - 5) ** 2 <= 3.5**2)


def known(tmp_path, annotations, tags=(1, 2), rest=None):
    """A grey photo with these annotations, of a dataset of two classes."""
    photo = Photo("p", "p.png", tags, annotations)
    index = Index("d", ("a", "b"), str(tmp_path), {"p": photo}, {"train": ("p",)})
    pixels = np.full((*SIZE, 3), 90, np.uint8)
    write_labels(tmp_path / "p.png", pixels[..., 0])
    return Known(index, photo, pixels, rest)


def test_strokes_that_cross_are_unknown_there_and_counted(tmp_path):
    strokes = [[1, [[2, 12], [28, 12]]], [2, [[16, 2], [16, 20]]], [1, [[2, 4], [9, 4]]]]
    made = scribble_labels(known(tmp_path, {"scribble": strokes}), ScribbleSettings(width=3))
    assert made.source == "scribble" and made.contradicted == 9
    assert (made.labels[11:14, 15:18] == IGNORE).all()
    assert made.labels[12, 4] == 1 and made.labels[4, 16] == 2 and made.labels[0, 0] == IGNORE
    account = AnnotationAccount()
    account.add("p", made, tagged=True)
    assert "contradict each other, at these pixels 255: 1: p (9 pixels)" in account.text()


def test_a_drawn_png_keeps_what_is_unknown_and_loses_classes_that_are_no_tags(tmp_path):
    strokes = np.full(SIZE, IGNORE, np.uint8)
    strokes[2], strokes[5], strokes[8] = 0, 1, 2
    write_labels(tmp_path / "s.png", strokes)
    made = scribble_labels(known(tmp_path, {"scribble": "s.png"}, (1,)), ScribbleSettings())
    assert (made.labels[8] == IGNORE).all()
    assert np.array_equal(made.labels[:8], strokes[:8])


def test_only_photos_without_tags_are_background_where_nothing_is_drawn(tmp_path):
    for make, options in (
        (scribble_labels, ScribbleSettings()),
        (point_labels, PointSettings()),
        (mixed_labels, MixtureSettings()),
    ):
        unknown = make(known(tmp_path, {}), options)
        assert (unknown.labels == IGNORE).all() and unknown.source is None
        assert (make(known(tmp_path, {}, ()), options).labels == 0).all()
    account = AnnotationAccount()
    account.add("p", unknown, tagged=True)
    assert "tagged photos without annotation, which are unknown (255): 1: p" in account.text()


def test_clicks_are_discs(tmp_path):
    clicks = {"points": [[0, 3.5, 3.5], [2, 20.2, 11.8]]}
    made = point_labels(known(tmp_path, clicks), PointSettings(radius=0))
    assert made.labels[3, 3] == 0 and made.labels[11, 20] == 2
    assert (made.labels != IGNORE).sum() == 2
    made = point_labels(known(tmp_path, clicks), PointSettings(radius=2))
    assert made.labels[11, 22] == 2 and made.labels[11, 23] == IGNORE


def slow_longest(skeleton):
    """The length of the longest shortest path between two pixels (Floyd and Warshall)."""
    pixels = np.argwhere(skeleton)
    apart = np.abs(pixels[:, None] - pixels)
    lengths = np.where(apart.max(axis=2) <= 1, np.hypot(apart[..., 0], apart[..., 1]), np.inf)
    for via in range(len(pixels)):
        lengths = np.minimum(lengths, lengths[:, via, None] + lengths[via])
    return lengths.max()


@pytest.mark.parametrize("seed", range(4))
def test_the_stroke_is_the_longest_path_of_the_skeleton(seed):
    rng = np.random.default_rng(seed)
    body = np.zeros((20, 26), bool)
    for _ in range(3):  # bars through one point: a region without holes
        if rng.random() < 0.5:
            body[9:12, rng.integers(0, 8) : rng.integers(16, 26)] = True
        else:
            body[rng.integers(0, 6) : rng.integers(14, 20), 12:15] = True
    skeleton = skeletonize(body)
    path = longest_path(skeleton)
    steps = np.abs(np.diff(path, axis=0))
    assert skeleton[tuple(path.T)].all() and (steps.max(axis=1, initial=1) == 1).all()
    assert np.hypot(*steps.T).sum() == pytest.approx(slow_longest(skeleton))


def scene():
    """A mask: two pieces of class 1, a speck of class 1, class 2 with a void border, background."""
    mask = np.zeros((60, 80), np.uint8)
    mask[5:20, 5:30], mask[40:55, 5:30], mask[30, 70] = 1, 1, 1
    mask[9:41, 44:66] = IGNORE
    mask[10:40, 45:65] = 2
    return mask


def test_each_object_and_the_background_get_one_stroke_that_does_not_leave_it():
    mask = scene()
    strokes = draw_simulated(mask, SimulatedSettings())
    assert ((strokes == mask) | (strokes == IGNORE)).all()
    assert (strokes[mask == IGNORE] == IGNORE).all() and strokes[30, 70] == IGNORE
    for part in (strokes[5:20, 5:30], strokes[40:55, 5:30], strokes[10:40, 45:65]):
        assert 10 < (part != IGNORE).sum() < 0.5 * part.size
    assert 0 < (strokes == 0).sum() < 0.2 * (mask == 0).sum()
    assert np.array_equal(strokes, draw_simulated(mask, SimulatedSettings()))


def test_specks_get_a_stroke_where_a_class_has_nothing_else():
    mask = scene()
    mask[mask == 2] = 0
    mask[20, 50] = 2
    labels = [label for label, _ in find_objects(mask, SimulatedSettings())]
    assert labels == [0, 1, 1, 2] and draw_simulated(mask, SimulatedSettings())[20, 50] == 2
    every = SimulatedSettings(smallest_piece=0, background=False)
    assert [label for label, _ in find_objects(mask, every)] == [1, 1, 1, 2]


def test_half_strokes_are_the_middle_of_the_whole_ones():
    path = np.stack([np.arange(9), np.arange(9)], axis=1)
    assert middle(path, 0.5)[:, 0].tolist() == [2, 3, 4, 5]
    assert middle(path, 0.01).tolist() == [[4, 4]] and len(middle(path, 1)) == 9
    whole = draw_simulated(scene(), SimulatedSettings())
    half = draw_simulated(scene(), SimulatedSettings(length=0.5))
    assert ((half == whole) | (half == IGNORE)).all()
    assert 0.3 < (half != IGNORE).sum() / (whole != IGNORE).sum() < 0.7


@pytest.fixture
def everything(tmp_path):
    """A photo with all kinds of annotations, and the labels of an earlier step."""
    mask = np.zeros(SIZE, np.uint8)
    mask[4:14, 4:20] = 1
    write_labels(tmp_path / "mask.png", mask)
    (tmp_path / "rest").mkdir()
    write_labels(tmp_path / "rest" / "p.png", np.full(SIZE, 2, np.uint8))
    annotations = {
        "mask": "mask.png",
        "scribble": [[1, [[5, 8], [18, 8]]]],
        "boxes": [[1, 4, 4, 20, 14]],
        "points": [[1, 8, 8]],
    }
    return known(tmp_path, annotations, (1,), LabelFolder([tmp_path / "rest"]))


def test_the_best_annotation_of_a_photo_counts(everything):
    for best in ("mask", "scribble", "boxes", "points"):
        assert mixed_labels(everything, MixtureSettings()).source == best
        left = dict(everything.photo.annotations)
        del left[best]
        photo = replace(everything.photo, annotations=left)
        index = replace(everything.index, photos={"p": photo})
        everything = replace(everything, photo=photo, index=index)
    made = mixed_labels(everything, MixtureSettings())
    assert made.source == "labels of an earlier step" and (made.labels == 2).all()


def test_kinds_that_are_not_in_the_order_are_not_read(everything):
    made = mixed_labels(everything, MixtureSettings(order=("points",), radius=0))
    assert made.source == "points" and (made.labels == 1).sum() == 1
    made = mixed_labels(everything, MixtureSettings(order=("simulated_scribbles", "mask")))
    assert made.source == "simulated_scribbles" and (made.labels == IGNORE).any()
    assert (
        mixed_labels(everything, MixtureSettings(order=("mask",), mask_share=0)).labels[0, 0] == 2
    )


def test_few_masks_are_a_part_of_more_masks():
    photos = [Photo(f"p{n}", f"p{n}.jpg", ()) for n in range(2000)]
    few = {photo.id for photo in photos if is_chosen(photo, 0.05)}
    more = {photo.id for photo in photos if is_chosen(photo, 0.1)}
    assert few < more and 60 < len(few) < 140 and 150 < len(more) < 250
    assert all(is_chosen(photo, 1.0) for photo in photos)


def test_a_mixture_says_what_has_to_be_known():
    assert MixtureSettings().supervision() == ("boxes", "masks", "points", "scribbles", "tags")
    few = MixtureSettings(order=("mask", "simulated_scribbles"), mask_share=0.05).supervision()
    assert few == ("masks of 5 % of the photos", "scribbles simulated from masks", "tags")
    assert Annotated(np.zeros(SIZE), None).contradicted == 0
