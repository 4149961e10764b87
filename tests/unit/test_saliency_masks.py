"""Saliency maps and masks of the user's, in the forms that tools write."""

import numpy as np
import pytest
from PIL import Image

from wsss.data.images import voc_palette
from wsss.run.errors import UserError
from wsss.saliency.masks import read_brightness

SALIENT = np.zeros((6, 8), bool)
SALIENT[2:5, 3:7] = True


def save(path, values, palette=None, mode=None):
    image = Image.fromarray(values) if mode is None else Image.fromarray(values).convert(mode)
    if palette is not None:
        image.putpalette(palette)
    image.save(path)


GREY = np.arange(256).repeat(3).tolist()
VOC = voc_palette().ravel().tolist()


@pytest.mark.parametrize(
    ("high", "palette", "mode"),
    [
        (255, None, None),
        (1, None, None),
        (255, None, "1"),
        (255, None, "RGB"),
        (1, None, "RGB"),
        (1, VOC, None),
        (15, VOC, None),
        (255, GREY, None),
        (1, GREY, None),
        (1, [0, 0, 0, 255, 255, 255], None),
    ],
)
def test_masks_of_any_form_mark_the_same(tmp_path, high, palette, mode):
    save(tmp_path / "m.png", (SALIENT * high).astype(np.uint8), palette, mode)
    found = read_brightness(tmp_path / "m.png", "mask", "replace it")
    assert found.dtype == np.uint8 and np.array_equal(found, SALIENT * 255)


@pytest.mark.parametrize("palette", [None, GREY])
def test_grey_map_keeps_its_values(tmp_path, palette):
    values = np.arange(48, dtype=np.uint8).reshape(6, 8)
    save(tmp_path / "m.png", values, palette)
    assert np.array_equal(read_brightness(tmp_path / "m.png", "mask", "replace it"), values)


def test_grey_of_16_bits_is_scaled(tmp_path):
    save(tmp_path / "m.png", (SALIENT * 65_535).astype(np.uint16))
    assert np.array_equal(read_brightness(tmp_path / "m.png", "mask", "x"), SALIENT * 255)


def test_damaged_mask_is_refused(tmp_path):
    (tmp_path / "m.png").write_bytes(b"no mask")
    with pytest.raises(UserError, match=r"mask .*m\.png cannot be read.*replace it"):
        read_brightness(tmp_path / "m.png", "mask", "replace it")
