"""Reads arrays and dicts of arrays from .npy and .npz files without running code in them.

`numpy.load` unpickles the dicts of arrays that some projects publish, which runs the file's code.
"""

import re
import zipfile
import zlib
from pathlib import Path

import numpy as np

from wsss.data.buffers import make_array
from wsss.data.pickled import read_pickled
from wsss.run.errors import UserError
from wsss.run.files import require_file

MAGIC = b"\x93NUMPY"
SHAPE = rb"(?:\d{1,18}L?, ?){0,8}(?:\d{1,18}L?)?"
HEADER = re.compile(
    rb"\{'descr': '([<>|=]\w{1,8})', 'fortran_order': (True|False), "
    rb"'shape': \((%b)\), *\}\s*" % SHAPE
)
"""the header that numpy writes for an array of numbers or objects"""
OBJECTS = "|O"
"""the type of an array of Python objects, whose content is a pickle"""
LARGEST = 2**30
"""largest size in bytes of the unpacked content of a .npz: a small file could unpack to any size"""
DAMAGED = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""what zipfile raises for damaged files"""


def read_npy(path: Path) -> np.ndarray | dict[int | str, np.ndarray]:
    """The array of numbers in a .npy file, or its dict of arrays (numpy's, or torch's tensors).

    Arrays may be read-only. UserError for anything else; it names the file and what it holds.
    """
    try:
        return _read_content(require_file(path).read_bytes())
    except ValueError as error:
        raise UserError(f"{path} cannot be read: {error}")


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """Name -> array of a .npz file.

    UserError for a file that is damaged, or larger than LARGEST when unpacked.
    """
    try:
        with zipfile.ZipFile(require_file(path)) as file:
            if sum(member.file_size for member in file.infolist()) > LARGEST:
                raise ValueError(f"it would unpack to more than {LARGEST >> 20} MB")
            names = file.namelist()
            return {name.removesuffix(".npy"): parse_array(file.read(name)) for name in names}
    except DAMAGED as error:
        raise UserError(f"{path} cannot be read: {error}")


def parse_array(data: bytes) -> np.ndarray:
    """The array in the bytes of a .npy file; ValueError for a dict."""
    content = _read_content(data)
    if isinstance(content, dict):
        raise ValueError("it holds a dict where an array is needed")
    return content


def _read_content(data: bytes) -> np.ndarray | dict[int | str, np.ndarray]:
    """The array or the dict of arrays in the bytes of a .npy file."""
    code, fortran, shape, start = _read_header(data)
    if code == OBJECTS:
        return read_pickled(data[start:])
    return make_array(data[start:], code, shape, fortran)


def _read_header(data: bytes) -> tuple[str, bool, tuple[int, ...], int]:
    """The header: type, whether the first axis runs fastest, shape, and the content's offset.

    Bytes: 6 of magic, 2 of version, then the header's length in 2 (version 1) or 4, the header.
    """
    if not data.startswith(MAGIC):
        raise ValueError("it is no .npy file")
    width = 2 if data[6:7] == b"\1" else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    match = HEADER.fullmatch(data[8 + width : start])
    if match is None:
        raise ValueError("its header is not one that numpy writes for an array")
    code, fortran, shape = match.groups()
    sides = tuple(int(side) for side in re.findall(rb"\d+", shape))
    return code.decode(), fortran == b"True", sides, start
