"""The colours of classes: far from each other, from black and from white, to all eyes."""

import numpy as np
import pytest
from PIL import Image

from wsss.data.colours import class_colours, distinct_colours, see, write_coloured
from wsss.data.images import read_labels, voc_palette
from wsss.data.voc_classes import VOC_CLASSES

LEAST = {5: 30, 10: 20, 20: 14}
"""number of classes -> the least distance of two colours in CIELAB, to the worst eyes; a step of 2
is just seen"""


@pytest.mark.parametrize("count", LEAST)
def test_colours_differ_from_each_other_and_from_black_and_white_to_all_eyes(count):
    ends = np.array([[0, 0, 0], [255, 255, 255]])
    seen = see(np.concatenate([ends, class_colours(["background", "a"])[1 : count + 1]]))
    for eyes in range(4):
        apart = np.linalg.norm(seen[:, None, eyes] - seen[None, :, eyes], axis=-1)
        apart[np.diag_indices(count + 2)] = np.inf
        apart[0, 1] = apart[1, 0] = np.inf
        assert apart.min() >= LEAST[count]


def test_eyes_without_red_cones_confuse_red_and_brown_more_than_others_do():
    red, brown = see(np.array([[200, 0, 0], [80, 60, 0]]))
    apart = np.linalg.norm(red - brown, axis=-1)
    assert apart[1] < apart[0] / 2


def test_more_classes_leave_the_colours_of_the_first_as_they_are():
    assert np.array_equal(distinct_colours(254)[:9], distinct_colours(9))
    assert len(np.unique(distinct_colours(254), axis=0)) == 254


def test_classes_of_voc_keep_its_colours():
    assert np.array_equal(class_colours(["background", *VOC_CLASSES]), voc_palette())
    own = class_colours(["background", "a"])
    assert own[0].tolist() == [0, 0, 0] and own[255].tolist() == voc_palette()[255].tolist()


def test_no_own_colour_means_another_label_in_vocs_palette():
    own, voc = class_colours(["background", "a"])[1:255], voc_palette()
    assert not {tuple(colour) for colour in own.tolist()} & {tuple(c) for c in voc.tolist()}


def test_coloured_masks_are_read_back(tmp_path):
    labels = np.array([[0, 1], [255, 7]], np.uint8)
    colours = class_colours(["background", "a"])
    write_coloured(tmp_path / "a.png", labels, colours)
    assert np.array_equal(read_labels(tmp_path / "a.png"), labels)
    with Image.open(tmp_path / "a.png") as image:
        assert image.convert("RGB").getpixel((1, 0)) == tuple(colours[1])
