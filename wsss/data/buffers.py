"""Arrays over bytes from a file. An array is made only if there are as many bytes as its shape
needs.
"""

import math
from collections.abc import Sequence

import numpy as np

CODES = frozenset({"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"})
"""the types of numbers that are read, as numpy spells them"""
MOST_AXES = 8


def array_from(
    data: bytes | bytearray, kind: str, shape: Sequence[int], fortran: bool
) -> np.ndarray:
    """An array of `shape` over `data`, without a copy; ValueError in plain words for what is none.

    `kind` is a byte order (one of <, >, |, =) and a code of CODES. The bytes are counted before
    anything is made, so that a huge shape costs nothing.
    """
    if kind[1:] not in CODES or kind[0] not in "<>|=":
        raise ValueError(f"an array of type {kind[:20]!r} is none of numbers")
    if len(shape) > MOST_AXES or not _counts(shape):
        raise ValueError("the shape of an array is none")
    dtype = np.dtype(kind)
    declared = math.prod(shape) * dtype.itemsize
    if declared != len(data):
        raise ValueError(f"an array has {len(data)} bytes; its shape needs another number of them")
    return np.ndarray(tuple(shape), dtype, buffer=data, order="F" if fortran else "C")


def view_of(
    numbers: np.ndarray, offset: int, shape: Sequence[int], strides: Sequence[int]
) -> np.ndarray:
    """A view of `shape` of a row of numbers (N,); offset and strides count numbers.

    ValueError for one that is not all inside the row, and for one of more numbers than the row has:
    a stride of 0 would let a short row stand for any size.
    """
    if len(shape) > MOST_AXES or len(strides) != len(shape):
        raise ValueError("the shape of a tensor is none")
    if not _counts((offset, *shape, *strides)):
        raise ValueError("the offset, a size or a stride of a tensor is no number from 0")
    if 0 in shape:
        return array_from(b"", numbers.dtype.str, shape, False)
    last = offset + sum((side - 1) * step for side, step in zip(shape, strides))
    if last >= len(numbers) or math.prod(shape) > len(numbers):
        raise ValueError(f"a tensor reaches beyond its storage of {len(numbers)} numbers")
    width = numbers.itemsize
    steps = [step * width if side > 1 else 0 for side, step in zip(shape, strides)]
    return np.ndarray(tuple(shape), numbers.dtype, numbers, offset * width, steps)


def _counts(values: Sequence[int]) -> bool:
    return all(type(value) is int and value >= 0 for value in values)
