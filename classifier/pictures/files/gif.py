"""GIF: its screen, palettes and first frame (https://www.w3.org/Graphics/GIF/spec-gif89a.txt)."""

import struct
from typing import Final

from classifier.pictures.files.stripped import MAX_PARTS, Stripped, check_size, costly, unsupported

SIGNATURES: Final = (b"GIF87a", b"GIF89a")

_SCREEN: Final = struct.Struct("<HHBBB")
_FRAME: Final = struct.Struct("<HHHHB")
_EXTENSION, _IMAGE, _END = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL: Final = 0xF9


def strip(data: bytes) -> Stripped:
    """Strip a GIF of everything before its first frame but how that one is shown. Raises PictureError."""
    try:
        return _strip(data)
    except (struct.error, IndexError) as error:  # cut short
        raise unsupported() from error


def _strip(data: bytes) -> Stripped:
    width, height, flags, _, _ = _SCREEN.unpack_from(data, 6)
    place = start = 6 + _SCREEN.size + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    control = b""
    for _ in range(MAX_PARTS):
        kind = data[place]
        if kind == _IMAGE:
            left, top, across, down, _ = _FRAME.unpack_from(data, place + 1)
            width, height = max(width, left + across), max(height, top + down)
            check_size(width, height)
            return Stripped(data[:start] + control + data[place:], "GIF", width, height)
        if kind == _END:
            break
        if kind == _EXTENSION:
            end = _end_of_blocks(data, place + 2)
            if data[place + 1] == _GRAPHIC_CONTROL and end == place + 8:
                control = data[place:end]
            place = end
        else:
            place += 1  # as other decoders do
    else:
        raise costly()
    raise unsupported()


def _end_of_blocks(data: bytes, place: int) -> int:
    """Where a row of blocks that starts at `place` ends. Raises PictureError, IndexError."""
    for _ in range(MAX_PARTS):
        size = data[place]
        place += 1 + size
        if not size:
            return place
    raise costly()
