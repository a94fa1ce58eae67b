"""Which letters a font has: its character map, read without loading the font.

Source: the OpenType specification, tables `ttcf` and `cmap`, formats 4 and 12. Fonts are trusted files of ours.
"""

from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from struct import unpack_from
from typing import BinaryIO, Self

import numpy as np


@dataclass(frozen=True, slots=True)
class Coverage:
    """Ranges of code points, in order: from each of `first` to that of `last`."""

    first: tuple[int, ...]
    last: tuple[int, ...]

    def __contains__(self, letter: str) -> bool:
        place = bisect_right(self.first, ord(letter)) - 1
        return place >= 0 and ord(letter) <= self.last[place]

    @classmethod
    def read(cls, file: Path, face: int = 0) -> Self:
        """The letters of a face of a font file. Raises OSError."""
        with file.open("rb") as font:
            table = _table(font, face)
        offsets = [unpack_from(">I", table, 4 + 8 * number + 4)[0] for number in range(unpack_from(">H", table, 2)[0])]
        formats = {unpack_from(">H", table, offset)[0]: offset for offset in offsets}
        if 12 in formats:  # all code points; format 4 has those below 65,536
            (groups,) = unpack_from(">I", table, formats[12] + 12)
            rows = np.frombuffer(table, ">u4", 3 * groups, formats[12] + 16).reshape(groups, 3)
            return cls(tuple(rows[:, 0].tolist()), tuple(rows[:, 1].tolist()))
        (twice,) = unpack_from(">H", table, formats[4] + 6)
        last, first = (np.frombuffer(table, ">u2", twice // 2, formats[4] + start) for start in (14, 16 + twice))
        return cls(tuple(first.tolist()), tuple(last.tolist()))


def _table(font: BinaryIO, face: int) -> bytes:
    """The table `cmap` of a face."""
    head = font.read(16 + 4 * face)
    start = unpack_from(">I", head, 12 + 4 * face)[0] if head[:4] == b"ttcf" else 0
    font.seek(start + 4)
    (tables,) = unpack_from(">H", font.read(8))
    for _ in range(tables):
        tag, _, offset, length = unpack_from(">4sIII", font.read(16))
        if tag == b"cmap":
            font.seek(offset)
            return font.read(length)
    raise OSError(f"{font.name} has no character map")
