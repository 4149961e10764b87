"""Records of the names, types and arrays in a pickle, and the table of functions it may name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from wsss.data.buffers import make_array
from wsss.data.pickled_tensors import read_storage, rebuild_tensor

CORES = ("numpy.core", "numpy._core")
"""numpy's internal package, before version 2 and since"""
SUPPORTED = "only numpy's arrays and torch's plain tensors are read"
MEND_TENSOR = "; if you trust the file, load it and save each tensor as value.detach().numpy()"


@dataclass(frozen=True)
class Name:
    """The name of a function in KNOWN, as "module.function"."""

    text: str

    @classmethod
    def known(cls, module: Any, name: Any) -> "Name":
        """The name of a function; ValueError if it is not in KNOWN."""
        if type(module) is not str or type(name) is not str:
            raise TypeError
        text = f"{module}.{name}"
        if text not in KNOWN:
            mend = MEND_TENSOR if module.partition(".")[0] == "torch" else ""
            raise ValueError(f"its pickle names {text[:80]!r}; {SUPPORTED}{mend}")
        return cls(text)


@dataclass
class Dtype:
    """A numpy dtype: its code, such as f4, and its byte order (one of <, >, |, =)."""

    code: str
    order: str = "="

    def build(self, version: Any, order: Any, *others: Any) -> None:
        """Set the byte order, from the state that a pickle gives for a dtype."""
        if type(order) is not str or order not in ("<", ">", "|", "="):
            raise TypeError
        self.order = order


@dataclass
class Array:
    """An array: its dtype, shape, order of axes (`fortran`: the first runs fastest), and bytes.

    An array of objects has a list of them as its data.
    """

    dtype: Dtype | None = None
    shape: Any = ()
    fortran: bool = False
    data: Any = b""

    def build(self, version: Any, shape: Any, dtype: Any, fortran: Any, data: Any) -> None:
        """Set all fields, from the state that a pickle gives for an array.

        Python 2 wrote `data` as a string.
        """
        if type(dtype) is not Dtype or type(shape) is not tuple:
            raise TypeError
        self.dtype, self.shape, self.fortran = dtype, shape, fortran is True or fortran == 1
        self.data = data.encode("latin1") if type(data) is str else data

    def array(self) -> np.ndarray:
        """The array, a view of its bytes; ValueError if it holds no numbers or lacks bytes."""
        if self.dtype is None or type(self.data) not in (bytes, bytearray):
            raise ValueError("it holds an array of objects where one of numbers is needed")
        return make_array(self.data, self.dtype.order + self.dtype.code, self.shape, self.fortran)

    def only_object(self) -> Any:
        """The object in an array of shape (); ValueError for other arrays."""
        if type(self.data) is not list or len(self.data) != 1 or self.shape != ():
            raise ValueError("it holds several objects where one dict is needed")
        return self.data[0]


def make_record(name: Name, arguments: tuple[Any, ...]) -> Any:
    """The record of a call of the function `name`."""
    return KNOWN[name.text](*arguments)


def _bytes(text: Any, encoding: Any) -> bytes:
    """Bytes, which protocol 2 writes as a call of codecs.encode(text, "latin1")."""
    if type(text) is not str or encoding != "latin1":
        raise TypeError
    return text.encode("latin1")


def _no_bytes() -> bytes:
    """The empty bytes, which protocol 2 writes as a call of bytes()."""
    return b""


def _dtype(code: Any, *flags: Any) -> Dtype:
    """The dtype of numpy.dtype(code, align, copy)."""
    if type(code) is not str:
        raise TypeError
    return Dtype(code)


def _empty(*ignored: Any) -> Array:
    """The empty array of numpy's _reconstruct; `Array.build` fills it."""
    return Array()


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> Array:
    """The array of numpy's _frombuffer, which protocol 5 writes."""
    array = Array()
    array.build(1, shape, dtype, order == "F", data)
    return array


def _integer(dtype: Any, data: Any) -> int:
    """A numpy integer: the key of a dict may be an element of an array."""
    value = Array(dtype, (), False, data).array()
    if value.dtype.kind not in "iu":
        raise ValueError("its pickle holds a number that is no integer")
    return int(value)


def _ordered() -> dict[Any, Any]:
    """An empty ordered dict: the backward hooks of a tensor."""
    return {}


def _not_called(*arguments: Any) -> Any:
    """For names that pickles pass as an argument, and never call."""
    raise TypeError


KNOWN: dict[str, Callable[..., Any]] = {
    "_codecs.encode": _bytes,
    "__builtin__.bytes": _no_bytes,
    "collections.OrderedDict": _ordered,
    "torch._utils._rebuild_tensor_v2": rebuild_tensor,
    "torch.storage._load_from_bytes": read_storage,
    "numpy.dtype": _dtype,
    "numpy.ndarray": _not_called,
    **{f"{core}.multiarray._reconstruct": _empty for core in CORES},
    **{f"{core}.multiarray.scalar": _integer for core in CORES},
    **{f"{core}.numeric._frombuffer": _from_buffer for core in CORES},
}
"""function, as "module.function" -> what records a call of it"""
