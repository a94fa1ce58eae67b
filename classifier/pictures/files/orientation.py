"""The orientation in a picture's EXIF data: the one note that pictures are shown by. Nothing else of it is read."""

import struct
from typing import Final

_TAG: Final = 0x0112
_SHORT: Final = 3
_MAX_TAGS: Final = 1000
_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}


def orientation(exif: bytes) -> int:
    """The orientation, 1 to 8, that EXIF data (a TIFF header and its tags) gives; 1 if it gives none or is broken."""
    order = _ORDERS.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for place in range(start + 2, start + 2 + 12 * min(count, _MAX_TAGS), 12):
            tag, kind, values, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if tag == _TAG:
                return value if (kind, values) == (_SHORT, 1) and 1 <= value <= 8 else 1
    except struct.error:
        pass  # cut short
    return 1
