"""PNG: its header, palette, transparency and pixels (https://www.w3.org/TR/png-3/)."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from classifier.pictures.files.orientation import orientation
from classifier.pictures.files.stripped import MAX_PARTS, Stripped, check_size, costly, unsupported

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
MAX_UNPACKED: Final = 130_000_000
"""Bytes of unpacked pixels: 25 megapixels with 8 bits each for red, green, blue and transparency are 100 million."""

_HEADER: Final = struct.Struct(">IIBBBBB")
_USED: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"eXIf"})
_GREY, _COLOURS, _PALETTE, _GREY_ALPHA, _COLOURS_ALPHA = 0, 2, 3, 4, 6
_SAMPLES: Final = {_GREY: 1, _COLOURS: 3, _PALETTE: 1, _GREY_ALPHA: 2, _COLOURS_ALPHA: 4}
_TRANSPARENCY_BYTES: Final = {_GREY: (2,), _COLOURS: (6,), _PALETTE: range(1, 257)}


def strip(data: bytes) -> Stripped:
    """Strip a PNG; of an animated one, the default image is left. Raises PictureError."""
    kept: dict[bytes, memoryview] = {}
    pixels: list[memoryview] = []
    for name, content, checksum in _chunks(memoryview(data)):
        if not kept and name != b"IHDR":
            raise unsupported()
        if name == b"IDAT":
            pixels.append(content)
        elif name in _USED and name not in kept and checksum == _checksum(name, content):
            kept[name] = content
    if not pixels:
        raise unsupported()
    width, height, colour = _check(kept[b"IHDR"])
    parts: list[bytes | memoryview] = [SIGNATURE, *_chunk(b"IHDR", kept[b"IHDR"])]
    if colour == _PALETTE:
        if b"PLTE" not in kept:
            raise unsupported()
        parts += _chunk(b"PLTE", kept[b"PLTE"])
    if len(kept.get(b"tRNS", b"")) in _TRANSPARENCY_BYTES.get(colour, ()):
        parts += _chunk(b"tRNS", kept[b"tRNS"])
    parts += [*_chunk(b"IDAT", *pixels), *_chunk(b"IEND")]
    return Stripped(b"".join(parts), "PNG", width, height, orientation(bytes(kept.get(b"eXIf", b""))))


def _chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview, memoryview]]:
    """The name, content and checksum of each chunk before the end. Raises PictureError if there are too many."""
    place = len(SIGNATURE)
    for _ in range(MAX_PARTS):
        if place + 8 > len(data):
            return  # cut short: decoding shows whether it lacks pixels
        length, name = struct.unpack_from(">I4s", data, place)
        end = place + 8 + length
        if name == b"IEND":
            return
        yield name, data[place + 8 : end], data[end : end + 4]
        place = end + 4
    raise costly()


def _check(header: memoryview) -> tuple[int, int, int]:
    """Width, height and kind of colour, within the limits. Raises PictureError."""
    if len(header) != _HEADER.size:
        raise unsupported()
    width, height, depth, colour, *_ = _HEADER.unpack(header)
    check_size(width, height)
    if colour not in _SAMPLES or depth > 16:
        raise unsupported()
    if height * (1 + (width * _SAMPLES[colour] * depth + 7) // 8) > MAX_UNPACKED:
        raise costly()
    return width, height, colour


def _chunk(name: bytes, *contents: memoryview) -> list[bytes | memoryview]:
    """A chunk, in parts."""
    return [sum(map(len, contents)).to_bytes(4), name, *contents, _checksum(name, *contents)]


def _checksum(*parts: bytes | memoryview) -> bytes:
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return checksum.to_bytes(4)
