"""Reads MXNet's `.params` files, lists of named arrays, without MXNet.

All numbers are little-endian. A file is: uint64 0x112; uint64 reserved; uint64 A and A arrays;
uint64 B and B names, each a uint64 length and its bytes.

An array is, in this order:
  version        uint32: V1, V2 or V3. The oldest form has none and begins with the shape
  storage        int32, only in V2 and V3: 0 is dense
  shape          uint32 D (V3: int32), then D sizes of 64 bits (oldest form: 32 bits)
  device         two int32
  type           int32, an index into TYPES
  values         row-major
"""

import math
import struct
from io import BufferedReader
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from wsss.run.errors import UserError
from wsss.run.files import require_file

LIST = 0x112
V1, V2, V3 = 0xF993FAC8, 0xF993FAC9, 0xF993FACA
TYPES = ("<f4", "<f8", "<f2", "u1", "<i4", "i1", "<i8")
"""MXNet's number of a type -> numpy's name"""
MOST_ARRAYS, MOST_DIMENSIONS, LONGEST_NAME = 100_000, 8, 1000
"""far above what a network has; larger numbers are refused as damaged before any allocation"""


class _Damaged(Exception):
    """The file breaks the format; the message says how."""


class _Bytes:
    """Reads a file from front to back; _Damaged past its end."""

    def __init__(self, file: BufferedReader, size: int) -> None:
        self.file, self.size = file, size

    def read(self, count: int) -> bytearray:
        """The next `count` bytes."""
        at = self.file.tell()
        if count > self.size - at:
            raise _Damaged(f"{count} bytes should follow byte {at}, {self.size - at} do")
        taken = bytearray(count)
        self.file.readinto(taken)
        return taken

    def read_number(self, kind: str) -> int:
        """The next number; `kind` is a type of `struct`, such as I (uint32) or Q (uint64)."""
        return int(struct.unpack(f"<{kind}", self.read(struct.calcsize(kind)))[0])

    def read_count(self, kind: str, most: int, what: str) -> int:
        """The next number, which counts `what`; _Damaged unless in 0..`most`."""
        number = self.read_number(kind)
        if not 0 <= number <= most:
            raise _Damaged(
                f"{number} {what} before byte {self.file.tell()}, at most {most} are possible"
            )
        return number


def read_params(path: Path) -> dict[str, Tensor]:
    """Name -> tensor, with the file's shapes and types. Names keep MXNet's `arg:` and `aux:`.

    UserError when the file is damaged. Nothing is allocated that the file has no bytes for.
    """
    try:
        with require_file(path).open("rb") as file:
            return _read_list(_Bytes(file, path.stat().st_size))
    except (_Damaged, UnicodeDecodeError) as error:
        raise UserError(
            f"weights {path} cannot be read as MXNet's parameters ({error}); give another file"
        )


def _read_list(data: _Bytes) -> dict[str, Tensor]:
    if data.read_number("Q") != LIST:
        raise _Damaged("it does not begin with MXNet's number 0x112")
    data.read_number("Q")  # reserved
    arrays = [_read_array(data) for _ in range(data.read_count("Q", MOST_ARRAYS, "arrays"))]
    names = [_read_name(data) for _ in range(data.read_count("Q", MOST_ARRAYS, "names"))]
    if len(set(names)) != len(arrays) or len(names) != len(arrays):
        raise _Damaged(f"{len(arrays)} arrays have {len(set(names))} different names")
    if data.file.tell() != data.size:
        raise _Damaged(f"{data.size - data.file.tell()} bytes are left over")
    return {name: array for name, array in zip(names, arrays) if array is not None}


def _read_name(data: _Bytes) -> str:
    return data.read(data.read_count("Q", LONGEST_NAME, "letters of a name")).decode()


def _read_array(data: _Bytes) -> Tensor | None:
    """The next array; None for one that MXNet never allocated."""
    version = data.read_number("I")
    if version in (V2, V3) and (stored := data.read_number("i")) != 0:
        raise _Damaged(f"an array is stored sparsely (type {stored})")
    shape = _read_shape(data, version)
    if shape is None:
        return None
    data.read(8)  # device
    kind = data.read_number("i")
    if not 0 <= kind < len(TYPES):
        raise _Damaged(f"type {kind} before byte {data.file.tell()}, 0 to {len(TYPES) - 1} exist")
    values = np.dtype(TYPES[kind])
    content = data.read(math.prod(shape) * values.itemsize)
    return torch.from_numpy(np.ndarray(shape, values, content))


def _read_shape(data: _Bytes, version: int) -> tuple[int, ...] | None:
    """The shape; None for an array that MXNet never allocated: it ends after its shape."""
    if version == V3:
        dimensions = data.read_count("i", MOST_DIMENSIONS, "dimensions")
    elif version in (V1, V2):
        dimensions = data.read_count("I", MOST_DIMENSIONS, "dimensions")
    else:
        dimensions = version
        if dimensions > MOST_DIMENSIONS:
            raise _Damaged(f"no array begins before byte {data.file.tell()}")
    if dimensions == 0 and version != V3:
        return None
    width = "q" if version in (V1, V2, V3) else "I"
    return tuple(
        data.read_count(width, data.size, "entries a dimension") for _ in range(dimensions)
    )
