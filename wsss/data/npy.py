"""Arrays and dicts of arrays from .npy and .npz files of any origin. Nothing in them is run."""

import re
import zipfile
import zlib
from pathlib import Path

import numpy as np

from wsss.data.buffers import array_from
from wsss.data.pickled import read_pickled
from wsss.run.errors import UserError

MAGIC = b"\x93NUMPY"
SHAPE = rb"(?:\d{1,18}L?, ?){0,8}(?:\d{1,18}L?)?"
HEADER = re.compile(
    rb"\{'descr': '([<>|=]\w{1,8})', 'fortran_order': (True|False), "
    rb"'shape': \((%b)\), *\}\s*" % SHAPE
)
OBJECTS = "|O"
LARGEST = 2**30
"""bytes that a .npz may unpack to; a small one can declare any number"""
DAMAGED = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""what zipfile raises for files that are not what they seem"""


def read_npy(path: Path) -> np.ndarray | dict[int | str, np.ndarray]:
    """The array of numbers in a .npy file, or the dict of such arrays or of torch's tensors.

    The arrays are read-only views of bytes; tensors become such arrays. Anything else is a
    UserError that names the file and says what stands there.
    """
    try:
        return _content(path.read_bytes())
    except ValueError as error:
        raise UserError(f"{path} cannot be read: {error}")


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Name -> array of a .npz file.

    One that is damaged, or would unpack to more than LARGEST bytes, is a UserError that names it.
    """
    try:
        with zipfile.ZipFile(path) as file:
            if sum(member.file_size for member in file.infolist()) > LARGEST:
                raise ValueError(f"it would unpack to more than {LARGEST >> 20} MB")
            return {name.removesuffix(".npy"): _array(file.read(name)) for name in file.namelist()}
    except DAMAGED as error:
        raise UserError(f"{path} cannot be read: {error}")


def _array(data: bytes) -> np.ndarray:
    found = _content(data)
    if isinstance(found, dict):
        raise ValueError("it holds a dict where an array is needed")
    return found


def _content(data: bytes) -> np.ndarray | dict[int | str, np.ndarray]:
    kind, fortran, shape, start = _header(data)
    if kind == OBJECTS:
        return read_pickled(data[start:])
    return array_from(data[start:], kind, shape, fortran)


def _header(data: bytes) -> tuple[str, bool, tuple[int, ...], int]:
    """The type, whether the first axis runs fastest, the shape, and where the content starts."""
    if not data.startswith(MAGIC):
        raise ValueError("it is no .npy file")
    width = 2 if data[6:7] == b"\1" else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    found = HEADER.fullmatch(data[8 + width : start])
    if found is None:
        raise ValueError("its header is none that numpy writes for one array")
    sides = tuple(int(side) for side in re.findall(rb"\d+", found[3]))
    return found[1].decode(), found[2] == b"True", sides, start
