"""Reads pickled dicts of arrays and tensors as data: nothing that the file names is called.

`numpy.save` stores a dict as a pickle, and unpickling a file can run any code in it. This reader
interprets the opcodes itself (those of the module pickletools). It knows the opcodes that such
dicts need (protocols 2 to 5) and refuses all others. The few functions of numpy and torch that may
be named are looked up in a table (pickled_parts.py); a call becomes a record of its arguments.
"""

import pickletools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from wsss.data.pickled_parts import Array, Dtype, Name, make_record
from wsss.data.pickled_tensors import Tensor

PROTOCOLS = range(2, 6)


def read_pickled(data: bytes) -> dict[int | str, np.ndarray]:
    """The dict of arrays in a pickle, either bare or inside an array of one object.

    Torch's tensors become arrays. All arrays are views of bytes of the pickle. ValueError for
    anything else; it names what the pickle holds.
    """
    try:
        root = _Machine(len(data)).run(data)
    except (LookupError, TypeError, OverflowError):
        raise ValueError("its pickle is damaged")
    content = root.only_object() if isinstance(root, Array) else root
    if type(content) is not dict:
        raise ValueError(f"it holds {_describe(content)} where a dict of arrays is needed")
    return {key: _array_of(key, value) for key, value in content.items()}


def _opcodes(data: bytes) -> Iterator[tuple[str, Any]]:
    """The name and the argument of each opcode; ValueError for a damaged pickle."""
    try:
        for opcode, argument, _ in pickletools.genops(data):
            yield opcode.name, argument
    except ValueError as error:
        raise ValueError(f"its pickle is damaged ({error})")


class _Machine:
    """Pickle's stack machine for one pickle of `length` bytes.

    The methods raise LookupError or TypeError for a damaged pickle.
    """

    def __init__(self, length: int) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        """heights of the stack at which MARK was executed"""
        self._memo: dict[int, Any] = {}
        self._budget = 2 * length
        """bytes of strings that calls may still receive: a short file must not pass one long string
        to many calls. Twice the length, since protocol 2 passes each string to two calls"""

    def run(self, data: bytes) -> Any:
        """Execute all opcodes; returns the one value that is then on the stack."""
        for opcode, argument in _opcodes(data):
            if opcode not in ACTIONS:
                raise ValueError(
                    f"its pickle has the opcode {opcode}, which no dict of arrays needs"
                )
            ACTIONS[opcode](self, argument)
        if len(self._stack) != 1:
            raise IndexError
        return self._stack[0]

    def begin(self, protocol: int) -> None:
        """ValueError for a protocol that is not read."""
        if protocol not in PROTOCOLS:
            raise ValueError(f"its pickle is of protocol {protocol}; 2 to 5 are read")

    def put(self, value: Any) -> None:
        """Put a value on top of the stack."""
        self._stack.append(value)

    def mark(self) -> None:
        """Remember the height of the stack."""
        self._marks.append(len(self._stack))

    def take(self, count: int) -> list[Any]:
        """Take the uppermost `count` values off the stack."""
        if len(self._stack) < count:
            raise IndexError
        return self._take_above(len(self._stack) - count)

    def take_marked(self) -> list[Any]:
        """Take all values above the last mark off the stack."""
        return self._take_above(self._marks.pop())

    def _take_above(self, height: int) -> list[Any]:
        taken = self._stack[height:]
        del self._stack[height:]
        return taken

    def memoize(self, key: int | None = None) -> None:
        """Store the uppermost value in the memo, by default under the next free key."""
        self._memo[len(self._memo) if key is None else key] = self._stack[-1]

    def recall(self, key: int) -> None:
        """Put a value from the memo on the stack."""
        self._stack.append(self._memo[key])

    def fill(self, pairs: list[Any]) -> None:
        """Set items of the uppermost dict; `pairs` is key, value, key, value, ..."""
        target, keys, values = self._stack[-1], pairs[::2], pairs[1::2]
        if type(target) is not dict or len(keys) != len(values):
            raise TypeError
        for key, value in zip(keys, values):
            if type(key) not in (int, str):  # to hash a deeply nested tuple may take forever
                raise ValueError(
                    f"its dict has {_describe(key)} for a key; class indices are needed"
                )
            target[key] = value

    def extend(self, values: list[Any]) -> None:
        """Add values to the uppermost list."""
        if type(self._stack[-1]) is not list:
            raise TypeError
        self._stack[-1].extend(values)

    def call(self, name: Any, arguments: Any) -> None:
        """Put a record of a call of the function `name` on the stack."""
        if type(name) is not Name or type(arguments) is not tuple:
            raise TypeError
        self._spend(arguments)
        self._stack.append(make_record(name, arguments))

    def build(self, state: Any) -> None:
        """Complete the uppermost record, as the object's __setstate__ would."""
        target = self._stack[-1]
        if type(target) not in (Dtype, Array) or type(state) is not tuple:
            raise TypeError
        self._spend(state)
        target.build(*state)

    def _spend(self, values: tuple[Any, ...]) -> None:
        """Subtract the lengths of the strings that a call receives from the budget."""
        for value in values:
            if type(value) in (str, bytes, bytearray):
                self._budget -= len(value)
        if self._budget < 0:
            raise ValueError("its pickle uses the same string again and again")


def _array_of(key: int | str, value: Any) -> np.ndarray:
    """The array of an entry of the dict; ValueError for a value that is no array or tensor."""
    if type(value) not in (Array, Tensor):
        raise ValueError(f"its entry {str(key)[:40]!r} is {_describe(value)}; an array is needed")
    array: np.ndarray = value.array()
    return array


def _describe(value: Any) -> str:
    return f"a value of type {type(value).__name__.lower()}"


ACTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": _Machine.begin,
    "FRAME": lambda machine, _: None,
    "STOP": lambda machine, _: None,
    "NONE": lambda machine, _: machine.put(None),
    "NEWTRUE": lambda machine, _: machine.put(True),
    "NEWFALSE": lambda machine, _: machine.put(False),
    "EMPTY_DICT": lambda machine, _: machine.put({}),
    "EMPTY_LIST": lambda machine, _: machine.put([]),
    "EMPTY_TUPLE": lambda machine, _: machine.put(()),
    "MARK": lambda machine, _: machine.mark(),
    "TUPLE": lambda machine, _: machine.put(tuple(machine.take_marked())),
    "TUPLE1": lambda machine, _: machine.put(tuple(machine.take(1))),
    "TUPLE2": lambda machine, _: machine.put(tuple(machine.take(2))),
    "TUPLE3": lambda machine, _: machine.put(tuple(machine.take(3))),
    "SETITEM": lambda machine, _: machine.fill(machine.take(2)),
    "SETITEMS": lambda machine, _: machine.fill(machine.take_marked()),
    "APPEND": lambda machine, _: machine.extend(machine.take(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.take_marked()),
    "MEMOIZE": lambda machine, _: machine.memoize(),
    "GLOBAL": lambda machine, text: machine.put(Name.known(*text.split(" ", 1))),
    "STACK_GLOBAL": lambda machine, _: machine.put(Name.known(*machine.take(2))),
    "REDUCE": lambda machine, _: machine.call(*machine.take(2)),
    "BUILD": lambda machine, _: machine.build(*machine.take(1)),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.memoize),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.recall),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), _Machine.put),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _Machine.put),
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), _Machine.put),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _Machine.put),
}
"""opcode -> what it does to the machine, given the opcode's argument"""
