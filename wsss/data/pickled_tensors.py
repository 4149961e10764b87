"""Reads torch's tensors in a pickle as data; torch itself is not imported.

A pickled tensor is a view (offset, sizes, strides) of a storage, a row of numbers. The storage is a
file within the pickle: five short pickles, the number of elements (8 bytes), and the elements. The
opcodes of the five pickles must be those that `torch.save` writes for one storage.

`torch.load` is not safe here, even with weights_only: it allocates whatever size a file declares,
and may hash nested keys forever.
"""

import io
import pickletools
from dataclasses import dataclass
from typing import Any

import numpy as np

from wsss.data.buffers import make_array, make_view

CODES = {
    "torch BoolStorage": "b1",
    "torch CharStorage": "i1",
    "torch ShortStorage": "i2",
    "torch IntStorage": "i4",
    "torch LongStorage": "i8",
    "torch ByteStorage": "u1",
    "torch HalfStorage": "f2",
    "torch FloatStorage": "f4",
    "torch DoubleStorage": "f8",
}
"""torch's storage type, as pickles name it -> numpy's code of its elements"""
MEMO = ("BINPUT", "LONG_BINPUT")
"""opcodes that store a value in the memo, which these pickles never use"""
PLAIN = {
    "PROTO",
    "EMPTY_DICT",
    "MARK",
    "BINUNICODE",
    "BININT1",
    "BININT2",
    "NEWTRUE",
    "NEWFALSE",
    "SETITEM",
    "SETITEMS",
    "STOP",
}
"""opcodes that the third pickle may have; it describes the machine that wrote the file"""
Opcodes = list[tuple[str, Any]]
START: list[Opcodes] = [
    [("PROTO", 2), ("LONG1", 0x1950A86A20F9469CFC6C), ("STOP", None)],
    [("PROTO", 2), ("BININT2", 1001), ("STOP", None)],
]
"""the first two pickles: torch's magic number and the version of its format"""


@dataclass(frozen=True)
class Storage:
    """The elements of a storage."""

    numbers: np.ndarray
    """(N,)"""


@dataclass(frozen=True)
class Tensor:
    """A view of a storage as a pickle declares it, unchecked; offset and strides count elements."""

    storage: Storage
    offset: Any
    shape: Any
    strides: Any

    def array(self) -> np.ndarray:
        """The view as an array; ValueError if it reaches beyond the storage."""
        return make_view(self.storage.numbers, self.offset, self.shape, self.strides)


def rebuild_tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, gradient: Any, hooks: Any
) -> Tensor:
    """The record of a call of torch's _rebuild_tensor_v2; `gradient` and `hooks` are ignored."""
    if type(storage) is not Storage or type(shape) is not tuple or type(strides) is not tuple:
        raise TypeError
    return Tensor(storage, offset, shape, strides)


def read_storage(data: Any) -> Storage:
    """The storage in the bytes of its file; ValueError for any other content."""
    if type(data) not in (bytes, bytearray):
        raise TypeError
    file = io.BytesIO(data)
    pickles = [_opcodes(file) for _ in range(5)]
    name, count = _read_declaration(pickles)
    if name not in CODES:
        raise ValueError(
            f"it holds a tensor of {name[:40]!r}, a type that numpy does not have; if you "
            "trust the file, load it and save each tensor as value.float().numpy()"
        )
    if int.from_bytes(file.read(8), "little") != count:
        raise ValueError("the storage of a tensor says two things of how many numbers it holds")
    return Storage(make_array(file.read(), "<" + CODES[name], (count,), False))


def _opcodes(file: io.BytesIO) -> Opcodes:
    """The name and argument of each opcode of the file's next pickle, without those of the memo."""
    try:
        opcodes = [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(file)]
    except ValueError:
        raise ValueError("the storage of a tensor is damaged")
    return [(name, argument) for name, argument in opcodes if name not in MEMO]


def _read_declaration(pickles: list[Opcodes]) -> tuple[str, int]:
    """The storage's type, a key of CODES, and its declared number of elements.

    The fourth pickle declares both, with the storage's key; the fifth lists the keys of all
    storages, here of one. ValueError unless all five pickles are as `torch.save` writes them.
    """
    as_expected = pickles[:2] == START and {name for name, _ in pickles[2]} <= PLAIN
    match pickles[3:]:
        case (
            [
                ("PROTO", 2),
                ("MARK", _),
                ("BINUNICODE", "storage"),
                ("GLOBAL", name),
                ("BINUNICODE", key),
                ("BINUNICODE", _),
                ("BININT1" | "BININT2" | "BININT" | "LONG1", count),
                ("NONE", _),
                ("TUPLE", _),
                ("BINPERSID", _),
                ("STOP", _),
            ],
            [("PROTO", 2), ("EMPTY_LIST", _), ("BINUNICODE", same), ("APPEND", _), ("STOP", _)],
        ) if as_expected and key == same:
            return name, count
    raise ValueError("the storage of a tensor is none that torch saves; save the file again")
