"""JPEG: its tables, frame and scans (https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B)."""

import re
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from classifier.pictures.files.orientation import orientation
from classifier.pictures.files.stripped import MAX_MEMORY, MAX_PARTS, Stripped, check_size, costly, unsupported

SIGNATURE: Final = b"\xff\xd8\xff"
DRAFT: Final = 640, 360
"""A picture is decoded at a half, a quarter or an eighth of its size while that is no smaller than this."""
MAX_VISITS: Final = 8_000_000
"""Blocks of 8×8 values that all scans together go through; an ordinary progressive JPEG's do so five times."""

_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
"""A marker; within a scan, FF is followed by 00 or by a restart marker, D0 to D7."""
_END, _SCAN = 0xD9, 0xDA
_PROGRESSIVE: Final = 0xC2
_FRAMES: Final = frozenset({0xC0, 0xC1, _PROGRESSIVE})  # of 8×8 blocks with Huffman codes, as browsers show
_TABLES: Final = frozenset({0xC4, 0xDB, 0xDD})  # Huffman codes, quantisation, restart interval
_NOTES: Final = frozenset({*range(0xE0, 0xF0), 0xDC, 0xFE})
_JFIF, _EXIF, _ADOBE = 0xE0, 0xE1, 0xEE
_USED: Final = {_JFIF: (b"JFIF\0", 14), _EXIF: (b"Exif\0\0", 14), _ADOBE: (b"Adobe", 12)}
"""How the notes that are read begin, and how long they are at least."""
_PLAIN_JFIF: Final = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
_BLOCK_BYTES: Final = 128


class _Segment(NamedTuple):
    """A marker, what its length covers, and all of it: a scan's goes on until the next marker."""

    marker: int
    content: bytes
    whole: bytes


class _Frame(NamedTuple):
    """Size, and per component how many blocks of 8×8 values it has."""

    width: int
    height: int
    blocks: dict[int, int]
    progressive: bool


def strip(data: bytes) -> Stripped:
    """Strip a JPEG; of its notes only what says how its colours are stored is left. Raises PictureError."""
    kept: list[bytes] = []
    notes: dict[int, bytes] = {}
    frame: _Frame | None = None
    visits = 0
    try:
        for marker, content, whole in _segments(data):
            if marker in _NOTES:
                if _is_used(marker, content):
                    notes.setdefault(marker, content)
                continue
            if marker in _FRAMES and frame is None:
                frame = _frame(content, progressive=marker == _PROGRESSIVE)
            elif marker == _SCAN and frame is not None:
                visits += _visits(frame, content, first=not visits)
                if visits > MAX_VISITS:
                    raise costly()
            elif marker not in {*_TABLES, _END}:
                raise unsupported()
            kept.append(whole)
    except (struct.error, IndexError) as error:  # cut short
        raise unsupported() from error
    if frame is None or not visits:
        raise unsupported()
    colours = [_PLAIN_JFIF] if _JFIF in notes else []
    colours += [b"\xff\xee\x00\x0e" + notes[_ADOBE][:12]] if _ADOBE in notes else []
    turn = orientation(notes.get(_EXIF, b"")[6:])
    return Stripped(b"".join((b"\xff\xd8", *colours, *kept)), "JPEG", frame.width, frame.height, turn)


def _segments(data: bytes) -> Iterator[_Segment]:
    """All segments until the end of the image, or of the data. Raises PictureError, struct.error."""
    place = 2
    for _ in range(MAX_PARTS):
        found = _MARKER.search(data, place)
        if found is None:
            return  # cut short: decoding shows whether it lacks pixels
        marker = data[found.end() - 1]
        if marker == _END:
            yield _Segment(marker, b"", found[0])
            return
        (length,) = struct.unpack_from(">H", data, found.end())
        place = found.end() + length
        content = data[found.end() + 2 : place]
        if length < 2 or len(content) < length - 2:
            raise unsupported()
        if marker == _SCAN:
            following = _MARKER.search(data, place)
            place = following.start() if following else len(data)
        yield _Segment(marker, content, data[found.start() : place])
    raise costly()


def _is_used(marker: int, content: bytes) -> bool:
    start, least = _USED.get(marker, (b"", len(content) + 1))
    return content.startswith(start) and len(content) >= least


def _frame(content: bytes, *, progressive: bool) -> _Frame:
    """Read a frame's header. Raises PictureError, struct.error."""
    _, height, width, count = struct.unpack_from(">BHHB", content)
    check_size(width, height)
    parts = [struct.unpack_from("BB", content, 6 + 3 * number) for number in range(count)]
    sizes = {name: (factors >> 4, factors & 15) for name, factors in parts}
    if not sizes or len(sizes) != count or not all(1 <= size <= 4 for pair in sizes.values() for size in pair):
        raise unsupported()
    across = -(-width // (8 * max(size[0] for size in sizes.values())))
    down = -(-height // (8 * max(size[1] for size in sizes.values())))
    blocks = {name: across * size[0] * down * size[1] for name, size in sizes.items()}
    return _Frame(width, height, blocks, progressive)


def _visits(frame: _Frame, content: bytes, *, first: bool) -> int:
    """How many blocks a scan goes through; the first shows what memory they take. Raises PictureError, IndexError."""
    names = content[1 : 1 + 2 * content[0] : 2]
    if not names or not set(names) <= frame.blocks.keys():
        raise unsupported()
    visits = sum(frame.blocks[name] for name in names)
    every = sum(frame.blocks.values())
    if first:
        held = every * _BLOCK_BYTES if frame.progressive or visits < every else 0  # until the last scan
        scale = min(frame.width // DRAFT[0], frame.height // DRAFT[1])
        shown = frame.width * frame.height // next(it for it in (8, 4, 2, 1) if scale >= it or it == 1) ** 2
        if held + 4 * shown > MAX_MEMORY:
            raise costly()
    return visits
