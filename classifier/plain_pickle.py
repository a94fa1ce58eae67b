"""Pickles read without unpickling: as lists of instructions, of which only those that build plain values are followed.

A pickle is a program. Here, names of classes and functions stay text: nothing is imported or called.
"""

import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, Any, Final


@dataclass(slots=True)
class Made:
    """What a pickle would have built: a name that it would have called, its arguments, and its later state."""

    name: str
    arguments: Any = ()
    state: Any = None


@dataclass(frozen=True, slots=True)
class Persistent:
    """A reference to something that is stored beside the pickle."""

    id: Any


def read_pickle(pickled: bytes | IO[bytes]) -> Any:  # noqa: ANN401 - a pickle may hold anything
    """The plain value of the next pickle (protocols 2 to 4). Raises ValueError if it is anything else."""
    try:
        return _Reader().read(pickled)
    except (LookupError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError, struct.error) as error:
        raise ValueError("the pickle is broken") from error


@dataclass(slots=True)
class _Reader:
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def read(self, pickled: bytes | IO[bytes]) -> Any:  # noqa: ANN401
        for opcode, argument, _ in pickletools.genops(pickled):
            if opcode.name == "STOP":
                return self.stack.pop()
            if opcode.name in _LITERALS:
                self.stack.append(argument)
            elif opcode.name in _STEPS:
                _STEPS[opcode.name](self, argument)
            else:
                raise ValueError(f"instruction {opcode.name} is not supported")
        raise ValueError("the pickle has no end")

    def since_mark(self) -> list[Any]:
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def last(self, count: int) -> tuple[Any, ...]:
        if len(self.stack) < count:
            raise ValueError("the pickle is broken")
        values = tuple(self.stack[-count:])
        del self.stack[-count:]
        return values


def _call(reader: _Reader, _: object) -> None:
    called, arguments = reader.last(2)
    reader.stack.append({} if called.name == _ORDERED_DICT else Made(called.name, arguments))


def _set_state(reader: _Reader, _: object) -> None:
    state = reader.stack.pop()
    if isinstance(reader.stack[-1], Made):  # an ordered dict's attributes say nothing
        reader.stack[-1].state = state


def _extend(reader: _Reader, _: object) -> None:
    values = reader.since_mark()
    reader.stack[-1].extend(values)


def _set_item(reader: _Reader, _: object) -> None:
    key, value = reader.last(2)
    reader.stack[-1][_key(key)] = value


def _set_items(reader: _Reader, _: object) -> None:
    values = reader.since_mark()
    reader.stack[-1].update(zip(map(_key, values[::2]), values[1::2], strict=True))


def _key(value: object) -> object:
    """A key of a dict; no tuple, because to hash a deep one would crash Python."""
    if isinstance(value, tuple):
        raise TypeError("a tuple can't be a key")
    return value


def _remember(reader: _Reader, place: int | None) -> None:
    reader.memo[len(reader.memo) if place is None else place] = reader.stack[-1]


_ORDERED_DICT: Final = "collections OrderedDict"
_LITERALS: Final = frozenset(
    [
        *("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"),
        *("SHORT_BINBYTES", "BINBYTES"),
    ]
)
_STEPS: Final[dict[str, Callable[[_Reader, Any], None]]] = {
    "PROTO": lambda _reader, _argument: None,
    "FRAME": lambda _reader, _argument: None,
    "NONE": lambda reader, _: reader.stack.append(None),
    "NEWTRUE": lambda reader, _: reader.stack.append(True),
    "NEWFALSE": lambda reader, _: reader.stack.append(False),
    "EMPTY_LIST": lambda reader, _: reader.stack.append([]),
    "EMPTY_DICT": lambda reader, _: reader.stack.append({}),
    "EMPTY_TUPLE": lambda reader, _: reader.stack.append(()),
    "MARK": lambda reader, _: reader.marks.append(len(reader.stack)),
    "TUPLE": lambda reader, _: reader.stack.append(tuple(reader.since_mark())),
    "TUPLE1": lambda reader, _: reader.stack.append(reader.last(1)),
    "TUPLE2": lambda reader, _: reader.stack.append(reader.last(2)),
    "TUPLE3": lambda reader, _: reader.stack.append(reader.last(3)),
    "APPEND": lambda reader, _: reader.stack[-2].append(reader.stack.pop()),
    "APPENDS": _extend,
    "SETITEM": _set_item,
    "SETITEMS": _set_items,
    "GLOBAL": lambda reader, name: reader.stack.append(Made(name)),
    "STACK_GLOBAL": lambda reader, _: reader.stack.append(Made("{} {}".format(*reader.last(2)))),
    "BINPERSID": lambda reader, _: reader.stack.append(Persistent(reader.stack.pop())),
    "REDUCE": _call,
    "NEWOBJ": _call,
    "BUILD": _set_state,
    "BINPUT": _remember,
    "LONG_BINPUT": _remember,
    "MEMOIZE": _remember,
    "BINGET": lambda reader, place: reader.stack.append(reader.memo[place]),
    "LONG_BINGET": lambda reader, place: reader.stack.append(reader.memo[place]),
}
