"""The codes of bitmaps in files of other tools: CVAT's run lengths, Label Studio's, and LabelMe's
PNG in text.
"""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from wsss.data.open_image import DAMAGE

WORD = 8
"""bits of a value in Label Studio's code"""
SIZES = (3, 4, 8, 16)
"""bits of the lengths in Label Studio's code, as its own tools write it"""
CHANNELS = 4
"""Label Studio codes a bitmap as RGBA; the last channel is its opacity"""


def encode_cvat(mask: np.ndarray) -> str:
    """The run lengths of a bitmap, bool (h, w), row by row, the first of pixels that are 0: the
    attribute `rle` of CVAT's <mask>.
    """
    return ", ".join(map(str, _runs_of(mask.ravel())))


def decode_cvat(text: str, size: tuple[int, int]) -> np.ndarray:
    """The bitmap, bool `size` (h, w), of `encode_cvat`; ValueError where it does not fit."""
    counts = [int(count) for count in text.split(",")]
    if min(counts) < 0 or sum(counts) != size[0] * size[1]:
        raise ValueError(f"the run lengths of a mask are not of {size[1]} x {size[0]} pixels")
    values = np.arange(len(counts)) % 2 == 1
    mask: np.ndarray = np.repeat(values, counts).reshape(size)
    return mask


def _runs_of(flat: np.ndarray) -> list[int]:
    """The lengths of runs of equal values, the first of values that are False (perhaps 0)."""
    changes = np.flatnonzero(np.diff(flat)) + 1
    lengths: list[int] = np.diff([0, *changes.tolist(), len(flat)]).tolist()
    return [0, *lengths] if flat[0] else lengths


def encode_label_studio(mask: np.ndarray) -> list[int]:
    """A bitmap, bool (H, W), as Label Studio's `rle`: bytes as a list of integers.

    The code is a stream of bits. First come the number of values (32 bits), the bits of a value - 1
    (5 bits) and four sizes - 1 (4 bits each). Each block has one bit, 1 for a run; two bits that
    choose a size; the length - 1 in so many bits; then one value for a run, else each value.
    """
    flat = np.repeat(mask.ravel(), CHANNELS)
    bits = [_bits(len(flat), 32), _bits(WORD - 1, 5), *(_bits(size - 1, 4) for size in SIZES)]
    value = False
    for length in _runs_of(flat):
        bits += _blocks(length, 255 if value else 0)
        value = not value
    stream = np.array([int(bit) for bit in "".join(bits)], np.uint8)
    coded: list[int] = np.packbits(stream).tolist()
    return coded


def _blocks(length: int, value: int) -> list[str]:
    """The blocks of a run, which are as long as the largest size allows."""
    found = []
    while length > 0:
        part = min(length, 1 << SIZES[-1])
        choice = next(n for n, size in enumerate(SIZES) if part <= 1 << size)
        found += ["1", _bits(choice, 2), _bits(part - 1, SIZES[choice]), _bits(value, WORD)]
        length -= part
    return found


def _bits(number: int, count: int) -> str:
    return format(number, f"0{count}b")


def decode_label_studio(code: Sequence[int], size: tuple[int, int]) -> np.ndarray:
    """The bitmap, bool `size` (H, W), of Label Studio's `rle`: where its opacity is not 0.

    ValueError where the code is not of a photo of this size.
    """
    stream = _Bits(code)
    count, word = stream.number(32), stream.number(5) + 1
    sizes = [stream.number(4) + 1 for _ in range(4)]
    if count != size[0] * size[1] * CHANNELS:
        raise ValueError(f"the rle of a brush is not of {size[1]} x {size[0]} pixels")
    values = np.zeros(count, np.uint8)
    place = 0
    while place < count:
        is_run, length = stream.number(1), stream.number(sizes[stream.number(2)]) + 1
        if is_run:
            values[place : place + length] = stream.number(word)
        else:
            read = [stream.number(word) for _ in range(length)]
            values[place : place + length] = read[: count - place]
        place += length
    mask: np.ndarray = values.reshape(*size, CHANNELS)[..., -1] > 0
    return mask


class _Bits:
    """Reads numbers from a stream of bits; ValueError at its end."""

    def __init__(self, code: Sequence[int]) -> None:
        self._bits = "".join(format(int(byte), "08b") for byte in code)
        self._place = 0

    def number(self, count: int) -> int:
        """The number in the next `count` bits."""
        end = self._place + count
        if end > len(self._bits):
            raise ValueError("the rle of a brush is cut off")
        found = int(self._bits[self._place : end], 2)
        self._place = end
        return found


def decode_labelme(text: str) -> np.ndarray:
    """The bitmap, bool (h, w), of a LabelMe shape `mask`: a PNG in base64; ValueError for another
    one.
    """
    try:
        with Image.open(io.BytesIO(base64.b64decode(text)), formats=("PNG",)) as image:
            mask: np.ndarray = np.array(image.convert("L")) > 0
    except (*DAMAGE, Image.DecompressionBombError) as error:
        raise ValueError(f"a mask is no PNG ({error})")
    return mask
