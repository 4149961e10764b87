"""Torch's tensors in a pickle, read as data: torch is neither loaded nor called.

A pickled tensor is a view (offset, size, strides) of a storage, a row of numbers. The storage is a
file of its own: five short pickles, then how many numbers there are, then the numbers. Its opcodes
are compared with those that `torch.save` writes for one storage. `torch.load` is no help here: even
with weights_only it sets aside any memory that a file declares, without filling it, and hashes
nested keys for ever.
"""

import io
import pickletools
from dataclasses import dataclass
from typing import Any

import numpy as np

from wsss.data.buffers import array_from, view_of

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
"""numpy's code of the numbers, by the name of torch's storage"""
MEMO = ("BINPUT", "LONG_BINPUT")
"""opcodes that remember a value; nothing is recalled in these pickles"""
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
"""opcodes of the third pickle, which tells of the machine"""
Opcodes = list[tuple[str, Any]]
START: list[Opcodes] = [
    [("PROTO", 2), ("LONG1", 0x1950A86A20F9469CFC6C), ("STOP", None)],
    [("PROTO", 2), ("BININT2", 1001), ("STOP", None)],
]
"""the first two pickles: torch's magic number and the version of its format"""


@dataclass(frozen=True)
class Storage:
    """A row of numbers (N,)."""

    numbers: np.ndarray


@dataclass(frozen=True)
class Tensor:
    """A view of a storage, as the pickle declares it; offset and strides count numbers."""

    storage: Storage
    offset: Any
    shape: Any
    strides: Any

    def array(self) -> np.ndarray:
        """The numbers as an array; ValueError where they do not all lie inside the storage."""
        return view_of(self.storage.numbers, self.offset, self.shape, self.strides)


def rebuild_tensor(
    storage: Any, offset: Any, shape: Any, strides: Any, gradient: Any, hooks: Any
) -> Tensor:
    """The tensor that a pickle describes. Gradients and hooks are of no use to an array."""
    if type(storage) is not Storage or type(shape) is not tuple or type(strides) is not tuple:
        raise TypeError
    return Tensor(storage, offset, shape, strides)


def storage_from(data: Any) -> Storage:
    """The storage in the bytes of its file; ValueError, in plain words, for any other content."""
    if type(data) not in (bytes, bytearray):
        raise TypeError
    file = io.BytesIO(data)
    pickles = [_opcodes(file) for _ in range(5)]
    name, count = _read_declaration(pickles)
    if name not in CODES:
        raise ValueError(
            f"it holds a tensor of {name[:40]!r}, numbers that numpy has not; if you "
            "trust the file, load it and save each tensor as value.float().numpy()"
        )
    if int.from_bytes(file.read(8), "little") != count:
        raise ValueError("the storage of a tensor says two things of how many numbers it holds")
    return Storage(array_from(file.read(), "<" + CODES[name], (count,), False))


def _opcodes(file: io.BytesIO) -> Opcodes:
    """The opcodes of the file's next pickle with their arguments."""
    try:
        found = [(opcode.name, argument) for opcode, argument, _ in pickletools.genops(file)]
    except ValueError:
        raise ValueError("the storage of a tensor is damaged")
    return [step for step in found if step[0] not in MEMO]


def _read_declaration(pickles: list[Opcodes]) -> tuple[str, int]:
    """The name of the storage's type and how many numbers it claims to hold."""
    known = pickles[:2] == START and {step for step, _ in pickles[2]} <= PLAIN
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
        ) if known and key == same:
            return name, count
    raise ValueError("the storage of a tensor is none that torch saves; make the file anew")
