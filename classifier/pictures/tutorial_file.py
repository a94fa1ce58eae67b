"""The tutorial's own `thumbnails.npz`, read without unpickling it.

The file holds pickled objects. A pickle is a program; here it is read as a list of instructions, and only those that
build plain values are followed. Names of classes and functions stay text: nothing is imported or called.
"""

import io
import pickletools
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.pictures.histograms import Histograms
from classifier.pictures.thumbnail import BINS

MAX_BYTES: Final = 512 * 2**20


_MALFORMED: Final = (
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    SyntaxError,
    OverflowError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile, numpy and the reader below raise on a file that is something else."""


def import_tutorial(file: Path) -> Histograms:
    """Read the tutorial's pickled `thumbnails.npz`. Raises DatasetError where it is not such a file."""
    try:
        records = _read_objects(file)
        return Histograms(
            X=np.stack([_rows(record["rgbColors"]) for record in records]),
            y=np.array([int(record["classificationNumber"]) for record in records], dtype=np.int64),
            video=np.array([_text(record["url"]).split("/")[-2] for record in records]),
            channel=np.array([_text(record["classification"]) for record in records]),
        )
    except _MALFORMED as error:
        raise DatasetError(
            f"{file} is not the tutorial's thumbnails.npz. Choose the file that the tutorial saved."
        ) from error


@dataclass(slots=True)
class _Made:
    """What a pickle would have built: a name that it would have called, its arguments, and its later state."""

    name: str
    arguments: Any = ()
    state: Any = None


def _read_objects(file: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(file) as archive:
        member = archive.getinfo("thumbnails.npy")
        if member.file_size > MAX_BYTES:
            raise ValueError("too large")
        data = io.BytesIO(archive.read(member))
    npy_format.read_magic(data)
    npy_format.read_array_header_1_0(data)
    array = _Reader().read(data.read())
    return [made.state for made in array.state[4]]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("this is not text")
    return value


def _rows(planes: list[_Made]) -> NDArray[np.float32]:
    """Four pickled float64 vectors of 25 as float32 [4, 25]."""
    rows = np.stack([np.frombuffer(plane.state[4], dtype="<f8") for plane in planes]).reshape(4, BINS)
    if not ((rows >= 0) & (rows <= len(planes))).all():
        raise ValueError("these are not shares of pixels")
    return rows.astype(np.float32)


@dataclass(slots=True)
class _Reader:
    """Follows a pickle's instructions (protocols 2 to 4, as numpy writes them) and only builds plain values."""

    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)

    def read(self, pickled: bytes) -> Any:  # noqa: ANN401 - a pickle may hold anything
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
        values = tuple(self.stack[-count:])
        del self.stack[-count:]
        return values


def _call(reader: _Reader, _: object) -> None:
    called, arguments = reader.last(2)
    reader.stack.append(_Made(called.name, arguments))


def _set_state(reader: _Reader, _: object) -> None:
    state = reader.stack.pop()
    reader.stack[-1].state = state


def _extend(reader: _Reader, _: object) -> None:
    values = reader.since_mark()
    reader.stack[-1].extend(values)


def _set_items(reader: _Reader, _: object) -> None:
    values = reader.since_mark()
    reader.stack[-1].update(zip(values[::2], values[1::2], strict=True))


def _remember(reader: _Reader, place: int | None) -> None:
    reader.memo[len(reader.memo) if place is None else place] = reader.stack[-1]


_LITERALS: Final = frozenset(
    ["BININT", "BININT1", "BININT2", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "SHORT_BINBYTES", "BINBYTES"]
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
    "SETITEMS": _set_items,
    "GLOBAL": lambda reader, name: reader.stack.append(_Made(name)),
    "STACK_GLOBAL": lambda reader, _: reader.stack.append(_Made("{} {}".format(*reader.last(2)))),
    "REDUCE": _call,
    "NEWOBJ": _call,
    "BUILD": _set_state,
    "BINPUT": _remember,
    "LONG_BINPUT": _remember,
    "MEMOIZE": _remember,
    "BINGET": lambda reader, place: reader.stack.append(reader.memo[place]),
    "LONG_BINGET": lambda reader, place: reader.stack.append(reader.memo[place]),
}
