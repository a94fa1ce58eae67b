"""WebP: its canvas and first frame (https://developers.google.com/speed/webp/docs/riff_container)."""

import struct
from collections.abc import Iterable, Iterator
from typing import Final

from classifier.pictures.files.orientation import orientation
from classifier.pictures.files.stripped import MAX_MEMORY, MAX_PARTS, Stripped, check_size, costly, unsupported

_Bytes = bytes | memoryview
_Chunk = tuple[bytes, _Bytes]

_CANVAS: Final = struct.Struct("<BxxxHBHB")
_ANIMATED, _WITH_ALPHA = 0x02, 0x10
_FRAME_HEADER: Final = 16
_USED: Final = frozenset({b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L", b"EXIF"})
_BYTES_PER_PIXEL, _BYTES_PER_LOSSLESS_PIXEL, _COPIES = 16, 20, 3
"""What libwebp's decoder of animations and Pillow take: three canvases and the picture, and copies of the file."""


def strip(data: bytes) -> Stripped:
    """Strip a WebP; of an animated one, the first frame is left. Raises PictureError."""
    size = int.from_bytes(data[4:8], "little")
    chunks = _first(memoryview(data)[12 : 8 + size])
    try:
        if b"VP8X" in chunks:
            return _strip_extended(chunks)
        if b"VP8 " in chunks:
            return _checked([(b"VP8 ", chunks[b"VP8 "])], *_lossy_size(chunks[b"VP8 "]), lossless=False)
        return _checked([(b"VP8L", chunks[b"VP8L"])], *_lossless_size(chunks[b"VP8L"]), lossless=True)
    except (struct.error, LookupError) as error:  # cut short, or without an image
        raise unsupported() from error


def _strip_extended(chunks: dict[bytes, memoryview]) -> Stripped:
    """Strip a WebP of more than an image."""
    canvas = chunks[b"VP8X"]
    shown: list[_Chunk]
    flags, width, width_high, height, height_high = _CANVAS.unpack_from(canvas)
    head = b"VP8X", bytes([flags & (_ANIMATED | _WITH_ALPHA)]) + bytes(canvas[1 : _CANVAS.size])
    if flags & _ANIMATED:
        frame = chunks[b"ANMF"]
        image = _image(_first(frame[_FRAME_HEADER:]))
        shown = [(b"ANIM", chunks[b"ANIM"]), (b"ANMF", bytes(frame[:_FRAME_HEADER]) + _join(image))]
    else:
        shown = image = _image(chunks)
    turn = orientation(bytes(chunks.get(b"EXIF", b"")).removeprefix(b"Exif\0\0"))
    size = 1 + width + (width_high << 16), 1 + height + (height_high << 16)
    return _checked([head, *shown], *size, lossless=image[-1][0] == b"VP8L", turn=turn)


def _checked(chunks: list[_Chunk], width: int, height: int, *, lossless: bool, turn: int = 1) -> Stripped:
    """A file of some chunks. Raises PictureError."""
    check_size(width, height)
    body = b"WEBP" + _join(chunks)
    per_pixel = _BYTES_PER_LOSSLESS_PIXEL if lossless else _BYTES_PER_PIXEL
    if width * height * per_pixel + len(body) * _COPIES > MAX_MEMORY:
        raise costly()
    return Stripped(b"RIFF" + len(body).to_bytes(4, "little") + body, "WEBP", width, height, turn)


def _image(chunks: dict[bytes, memoryview]) -> list[_Chunk]:
    """The chunks of one image. Raises LookupError if there is none."""
    if b"VP8 " in chunks:
        return [(name, chunks[name]) for name in (b"ALPH", b"VP8 ") if name in chunks]
    return [(b"VP8L", chunks[b"VP8L"])]


def _lossy_size(content: bytes | memoryview) -> tuple[int, int]:
    width, height = struct.unpack_from("<2H", content, 6)
    return width & 0x3FFF, height & 0x3FFF


def _lossless_size(content: bytes | memoryview) -> tuple[int, int]:
    (bits,) = struct.unpack_from("<I", content, 1)
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _first(data: memoryview) -> dict[bytes, memoryview]:
    """The first chunk of each name that is used."""
    chunks: dict[bytes, memoryview] = {}
    for name, content in _chunks(data):
        if name in _USED:
            chunks.setdefault(name, content)
    return chunks


def _chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """The names and contents of whole chunks; of those beyond the limit, nothing is looked at."""
    place = 0
    for _ in range(MAX_PARTS):
        if place + 8 > len(data):
            return
        name, size = struct.unpack_from("<4sI", data, place)
        if place + 8 + size > len(data):
            return  # cut short
        yield name, data[place + 8 : place + 8 + size]
        place += 8 + size + size % 2


def _join(chunks: Iterable[_Chunk]) -> bytes:
    return b"".join(
        part
        for name, content in chunks
        for part in (name, len(content).to_bytes(4, "little"), content, b"\0" * (len(content) % 2))
    )
