"""Strip a file of any supported format."""

from collections.abc import Callable
from typing import Final

from classifier.pictures.files import gif, jpeg, png, webp
from classifier.pictures.files.stripped import Stripped, unsupported

_FORMATS: Final[tuple[tuple[bytes, Callable[[bytes], Stripped]], ...]] = (
    (jpeg.SIGNATURE, jpeg.strip),
    (png.SIGNATURE, png.strip),
    *((signature, gif.strip) for signature in gif.SIGNATURES),
)


def strip(data: bytes) -> Stripped:
    """Strip a JPEG, PNG, WebP or GIF of all that does not decide its pixels, but its orientation.

    Raises PictureError for anything else, and for what would take too much time or memory to decode.
    """
    for signature, strip_format in _FORMATS:
        if data.startswith(signature):
            return strip_format(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp.strip(data)
    raise unsupported()
