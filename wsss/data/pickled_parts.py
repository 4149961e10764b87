"""Plain records of what a pickle says of numpy's functions, types and arrays, and of tensors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wsss.data.buffers import array_from
from wsss.data.pickled_tensors import rebuild_tensor, storage_from

CORES = ("numpy.core", "numpy._core")
"""where numpy keeps its functions, before version 2 and since"""
OTHERS = "only numpy's arrays and torch's plain tensors are read"
MEND = "; if you trust the file, load it and save each tensor as value.detach().numpy()"


@dataclass(frozen=True)
class Name:
    """A name of KNOWN: numpy's, torch's, or the one by which protocol 2 writes bytes."""

    text: str

    @classmethod
    def known(cls, module: Any, name: Any) -> "Name":
        """The name, or a ValueError that tells which one stands there instead."""
        if type(module) is not str or type(name) is not str:
            raise TypeError
        text = f"{module}.{name}"
        if text not in KNOWN:
            mend = MEND if module.partition(".")[0] == "torch" else ""
            raise ValueError(f"its pickle names {text[:80]!r}; {OTHERS}{mend}")
        return cls(text)


@dataclass
class Kind:
    """A type of array: numpy's code, such as f4, and its byte order."""

    code: str
    order: str = "="

    def build(self, version: Any, order: Any, *others: Any) -> None:
        """Take the byte order, which a pickle gives after the code."""
        if type(order) is not str or order not in ("<", ">", "|", "="):
            raise TypeError
        self.order = order


@dataclass
class Array:
    """An array: its type, shape, order of axes, and its bytes; of an object, a list of it."""

    kind: Kind | None = None
    shape: Any = ()
    fortran: bool = False
    data: Any = b""

    def build(self, version: Any, shape: Any, kind: Any, fortran: Any, data: Any) -> None:
        """Take what a pickle gives after an empty array. Python 2 wrote bytes as a string."""
        if type(kind) is not Kind or type(shape) is not tuple:
            raise TypeError
        self.kind, self.shape, self.fortran = kind, shape, fortran is True or fortran == 1
        self.data = data.encode("latin1") if type(data) is str else data

    def array(self) -> np.ndarray:
        """The array, a view of its bytes; ValueError for one not of numbers or not whole."""
        if self.kind is None or type(self.data) not in (bytes, bytearray):
            raise ValueError("it holds an array of objects where one of numbers is needed")
        return array_from(self.data, self.kind.order + self.kind.code, self.shape, self.fortran)

    def only_object(self) -> Any:
        """The one object that an array without axes holds."""
        if type(self.data) is not list or len(self.data) != 1 or self.shape != ():
            raise ValueError("it holds several objects where one dict is needed")
        return self.data[0]


def make_record(name: Name, arguments: tuple[Any, ...]) -> Any:
    """The record of what the function of that name would make of its arguments."""
    return KNOWN[name.text](*arguments)


def _bytes(text: Any, encoding: Any) -> bytes:
    if type(text) is not str or encoding != "latin1":
        raise TypeError
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """What protocol 2 writes for the content of an array of no numbers."""
    return b""


def _kind(code: Any, *flags: Any) -> Kind:
    if type(code) is not str:
        raise TypeError
    return Kind(code)


def _empty(*what: Any) -> Array:
    return Array()


def _from_buffer(data: Any, kind: Any, shape: Any, order: Any) -> Array:
    array = Array()
    array.build(1, shape, kind, order == "F", data)
    return array


def _integer(kind: Any, data: Any) -> int:
    """A numpy integer, such as the keys of a dict that was filled in a loop over an array."""
    value = Array(kind, (), False, data).array()
    if value.dtype.kind not in "iu":
        raise ValueError("its pickle holds a number that is no integer")
    return int(value)


def _ordered() -> dict[Any, Any]:
    """An empty ordered dict, such as the hooks that each tensor has."""
    return {}


def _not_called(*arguments: Any) -> Any:
    raise TypeError


KNOWN: dict[str, Callable[..., Any]] = {
    "_codecs.encode": _bytes,
    "__builtin__.bytes": _no_bytes,
    "collections.OrderedDict": _ordered,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch.storage._load_from_bytes": storage_from,
    "numpy.dtype": _kind,
    "numpy.ndarray": _not_called,
    **{f"{core}.multiarray._reconstruct": _empty for core in CORES},
    **{f"{core}.multiarray.scalar": _integer for core in CORES},
    **{f"{core}.numeric._frombuffer": _from_buffer for core in CORES},
}
"""what is made of a call, by the name that is called"""
