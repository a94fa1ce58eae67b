"""A stripped image file, the limits of what is decoded, and the refusals of what is beyond them."""

from typing import Final, NamedTuple

from classifier.errors import PictureError

MAX_PIXELS: Final = 25_000_000
MAX_SIDE: Final = 65_535
"""Pixels of a side: what JPEG and GIF can hold. Decoders take time and memory for each row, however short it is."""
MAX_PARTS: Final = 50_000
"""Chunks, segments or blocks looked at per file: listing them takes 30 ms."""
MAX_MEMORY: Final = 139_000_000
"""Bytes that decoding may take; a picture of 25 megapixels takes 100 million."""


class Stripped(NamedTuple):
    """An image file of only what decides its pixels, and how it is to be turned (`orientation`, 1 to 8, as in EXIF)."""

    data: bytes
    kind: str
    width: int
    height: int
    orientation: int = 1


def unsupported() -> PictureError:
    """The refusal of bytes that are not an image, or a broken one."""
    return PictureError("That file isn't a supported image. Send a JPEG, PNG, WebP or GIF.")


def costly() -> PictureError:
    """The refusal of an image that takes too long, or too much memory."""
    return PictureError("That image takes too much work to open. Save it again as a smaller JPEG, and send that.")


def check_size(width: int, height: int) -> None:
    """Check a picture's declared size. Raises PictureError."""
    if width <= 0 or height <= 0:
        raise unsupported()
    if width * height > MAX_PIXELS:
        raise PictureError(
            "That image has more than {limit} megapixels. Send a smaller one.", limit=MAX_PIXELS // 1_000_000
        )
    if max(width, height) > MAX_SIDE:
        raise PictureError("That image is more than {limit} pixels wide or high. Send a smaller one.", limit=MAX_SIDE)
