"""Arrays over the bytes of a file of any origin.

Shapes are compared with the number of bytes first. So a damaged or hostile file cannot make the
process take more memory than the file is large.
"""

import math
from collections.abc import Sequence

import numpy as np

CODES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
"""numpy's codes of the types that are read"""
MOST_AXES = 8


def make_array(
    data: bytes | bytearray, code: str, shape: Sequence[int], fortran: bool
) -> np.ndarray:
    """An array of `shape` over `data`, without a copy.

    `code` is a byte order (one of <, >, |, =) and one of CODES, such as <f4. With `fortran` the
    first axis runs fastest. ValueError for another type, an invalid shape, or another number of
    bytes.
    """
    if code[1:] not in CODES or code[0] not in "<>|=":
        raise ValueError(f"an array has the type {code[:20]!r}, which is not a type of numbers")
    if len(shape) > MOST_AXES or not _are_counts(shape):
        raise ValueError("the shape of an array is not valid")
    dtype = np.dtype(code)
    declared = math.prod(shape) * dtype.itemsize
    if declared != len(data):
        raise ValueError(f"an array has {len(data)} bytes; its shape needs another number")
    return np.ndarray(tuple(shape), dtype, buffer=data, order="F" if fortran else "C")


def make_view(
    numbers: np.ndarray, offset: int, shape: Sequence[int], strides: Sequence[int]
) -> np.ndarray:
    """A view of `shape` into `numbers` (N,), without a copy; offset and strides count elements.

    ValueError for a view that reaches beyond `numbers` or has more than N elements: with strides of
    0 a short file could declare an array of any size.
    """
    if len(shape) > MOST_AXES or len(strides) != len(shape):
        raise ValueError("the shape of a tensor is not valid")
    if not _are_counts((offset, *shape, *strides)):
        raise ValueError("the offset, a size or a stride of a tensor is no number from 0")
    if 0 in shape:
        return make_array(b"", numbers.dtype.str, shape, False)
    last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides))
    if last >= len(numbers) or math.prod(shape) > len(numbers):
        raise ValueError(f"a tensor reaches beyond its storage of {len(numbers)} numbers")
    width = numbers.itemsize
    byte_strides = [stride * width if side > 1 else 0 for side, stride in zip(shape, strides)]
    return np.ndarray(tuple(shape), numbers.dtype, numbers, offset * width, byte_strides)


def _are_counts(values: Sequence[int]) -> bool:
    """Whether all are integers from 0; bools are not."""
    return all(type(value) is int and value >= 0 for value in values)
