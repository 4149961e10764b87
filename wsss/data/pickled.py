"""Pickled dicts of arrays and tensors, read as data: nothing is imported and nothing is called.

`numpy.save` stores a dict as a pickle, and to unpickle a file is to run it. This reader goes
through the opcodes instead. It knows those that such dicts need (protocols 2 to 5) and refuses
every other one by its name. The functions of numpy and torch are looked up in a table, and what
they would make is noted as data.
"""

import pickletools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from wsss.data.pickled_parts import Array, Kind, Name, make_record
from wsss.data.pickled_tensors import Tensor

PROTOCOLS = range(2, 6)


def read_pickled(data: bytes) -> dict[int | str, np.ndarray]:
    """The dict of arrays that a pickle holds, bare or in an array of one object.

    The arrays are views of bytes; torch's tensors become such arrays. Anything else is a
    ValueError that says what stands there.
    """
    try:
        root = _Machine(len(data)).run(data)
    except (LookupError, TypeError, OverflowError):
        raise ValueError("its pickle is damaged")
    held = root.only_object() if isinstance(root, Array) else root
    if type(held) is not dict:
        raise ValueError(f"it holds {_what(held)} where a dict of arrays is needed")
    return {key: _array_of(key, value) for key, value in held.items()}


def _opcodes(data: bytes) -> Iterator[tuple[str, Any]]:
    """The opcodes of a pickle by name, each with its argument."""
    try:
        for opcode, argument, _ in pickletools.genops(data):
            yield opcode.name, argument
    except ValueError as error:
        raise ValueError(f"its pickle is damaged ({error})")


class _Machine:
    """The stack, the marks on it and the memo of one pickle of `length` bytes."""

    def __init__(self, length: int) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, Any] = {}
        self._room = 2 * length
        """how much text and bytes calls may still take; a short file must not repeat a long string.
        Protocol 2 makes each text bytes, which go into a second call."""

    def run(self, data: bytes) -> Any:
        """What is on the stack at the end, which must be one value."""
        for opcode, argument in _opcodes(data):
            if opcode not in STEPS:
                raise ValueError(f"its pickle has the opcode {opcode}; a dict of arrays has none")
            STEPS[opcode](self, argument)
        if len(self._stack) != 1:
            raise IndexError
        return self._stack[0]

    def begin(self, protocol: int) -> None:
        if protocol not in PROTOCOLS:
            raise ValueError(f"its pickle is of protocol {protocol}; 2 to 5 are read")

    def put(self, value: Any) -> None:
        self._stack.append(value)

    def mark(self) -> None:
        self._marks.append(len(self._stack))

    def take(self, count: int) -> list[Any]:
        """Take the `count` uppermost values off the stack."""
        if len(self._stack) < count:
            raise IndexError
        return self._above(len(self._stack) - count)

    def take_marked(self) -> list[Any]:
        """Take all values off the stack that were put there since the last mark."""
        return self._above(self._marks.pop())

    def _above(self, height: int) -> list[Any]:
        taken = self._stack[height:]
        del self._stack[height:]
        return taken

    def keep(self, place: int | None = None) -> None:
        """Remember the uppermost value under a number, by default the next one."""
        self._memo[len(self._memo) if place is None else place] = self._stack[-1]

    def recall(self, place: int) -> None:
        self._stack.append(self._memo[place])

    def fill(self, pairs: list[Any]) -> None:
        """Enter keys and values, which take turns, into the uppermost dict."""
        target, keys, values = self._stack[-1], pairs[::2], pairs[1::2]
        if type(target) is not dict or len(keys) != len(values):
            raise TypeError
        for key, value in zip(keys, values):
            if type(key) not in (int, str):  # others are never hashed: that may take for ever
                raise ValueError(f"its dict has {_what(key)} for a key; class indices are needed")
            target[key] = value

    def extend(self, values: list[Any]) -> None:
        """Add values to the uppermost list."""
        if type(self._stack[-1]) is not list:
            raise TypeError
        self._stack[-1].extend(values)

    def call(self, name: Any, arguments: Any) -> None:
        """Put what a call would make, as a record. Nothing is called that the file names."""
        if type(name) is not Name or type(arguments) is not tuple:
            raise TypeError
        self._spend(arguments)
        self._stack.append(make_record(name, arguments))

    def build(self, state: Any) -> None:
        """Complete the uppermost record."""
        target = self._stack[-1]
        if type(target) not in (Kind, Array) or type(state) is not tuple:
            raise TypeError
        self._spend(state)
        target.build(*state)

    def _spend(self, values: tuple[Any, ...]) -> None:
        self._room -= sum(len(value) for value in values if type(value) in (str, bytes, bytearray))
        if self._room < 0:
            raise ValueError("its pickle uses the same string again and again")


def _array_of(key: int | str, value: Any) -> np.ndarray:
    if type(value) not in (Array, Tensor):
        raise ValueError(f"its entry {str(key)[:40]!r} is {_what(value)}; an array is needed")
    array: np.ndarray = value.array()
    return array


def _what(value: Any) -> str:
    return f"a value of type {type(value).__name__.lower()}"


Step = Callable[[_Machine, Any], None]
STEPS: dict[str, Step] = {
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
    "MEMOIZE": lambda machine, _: machine.keep(),
    "GLOBAL": lambda machine, text: machine.put(Name.known(*text.split(" ", 1))),
    "STACK_GLOBAL": lambda machine, _: machine.put(Name.known(*machine.take(2))),
    "REDUCE": lambda machine, _: machine.call(*machine.take(2)),
    "BUILD": lambda machine, _: machine.build(*machine.take(1)),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.keep),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.recall),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1"), _Machine.put),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _Machine.put),
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), _Machine.put),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _Machine.put),
}
"""what each opcode that is known does, given its argument"""
