"""Decoding: untrusted bytes in, a 320×180 RGB picture out: upright, without transparency, frame or bars.

Without NumPy, which would double the memory of the processes that decode.
"""

import io
import struct
from typing import Final, NamedTuple

from PIL import Image, ImageChops, WebPImagePlugin  # noqa: F401 - else Pillow imports all its formats for WebP

from classifier.pictures.files.jpeg import DRAFT
from classifier.pictures.files.strip import strip
from classifier.pictures.files.stripped import Stripped, costly, unsupported

WIDTH: Final = 320
HEIGHT: Final = 180
BLACK: Final = 24  # JPEG leaves black bars a little above 0
FLAT: Final = 24  # and a frame's colour a little uneven
SMALLER: Final = Image.Resampling.BOX
LARGER: Final = Image.Resampling.BILINEAR
"""BOX would turn a small picture's pixels into squares, whose edges no network was trained on."""

_UNREADABLE: Final = (
    OSError,
    SyntaxError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    EOFError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises on bytes that are not an image."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a picture upright, by its orientation."""
_ON_THEIR_SIDE: Final = range(5, 9)

_LARGE: Final = 4_000_000
_ENOUGH: Final = 4 * WIDTH, 4 * HEIGHT
"""Pictures of more than 4 megapixels are reduced to no less than this before anything is looked for in them."""
_STRIP: Final = 250_000  # pixels flattened and reduced at once
_FEW: Final = 0.01  # of a line; so many pixels may differ from the rest
_UNEVEN: Final = 2  # pixels by which the sides of a frame may differ
_BACKDROP: Final = (255, 255, 255)


class _Reduced(NamedTuple):
    """An upright picture, and how many of the original's pixels one of its pixels stands for, across and down."""

    image: Image.Image
    across: int
    down: int


def decode(data: bytes) -> Image.Image:
    """Decode a JPEG, PNG, WebP or GIF file (its first frame) of at most 25 megapixels: 320×180, RGB.

    Notes in the file (EXIF but its orientation, colour profiles, texts) make no difference. Raises PictureError for
    anything else, and for what would take too much time or memory.
    """
    return decode_stripped(strip(data))


def decode_stripped(file: Stripped) -> Image.Image:
    """Decode a stripped file, as `decode` does. Raises PictureError."""
    return _resized(_without_margins(_open(file)))


def decode_wide(file: Stripped) -> Image.Image | None:
    """Decode a stripped file, as `decode` does; None if it is vertical. Raises PictureError.

    Vertical: narrower than high, once frame and bars are cropped.
    """
    picture = _open(file)
    whole = _without_margins(picture)
    return None if _narrow(whole, picture) else _resized(whole)


def open_upright(data: bytes) -> Image.Image:
    """Decode a file as `decode` does, but not yet cropped or resized.

    Large pictures are reduced: JPEGs to no less than 640×360, others to no less than 1280×720. Raises PictureError.
    """
    return _open(strip(data)).image


def is_vertical(image: Image.Image) -> bool:
    """Whether an upright picture is that of a Short: narrower than high, once frame and bars are cropped."""
    picture = _Reduced(image, 1, 1)
    return _narrow(_without_margins(picture), picture)


def _narrow(whole: Image.Image, picture: _Reduced) -> bool:
    return whole.width * picture.across < whole.height * picture.down


def _resized(whole: Image.Image) -> Image.Image:
    large = whole.width >= WIDTH and whole.height >= HEIGHT
    return whole.resize((WIDTH, HEIGHT), SMALLER if large else LARGER)


def _without_margins(picture: _Reduced) -> Image.Image:
    return _without_bars(_without_frame(picture))


def _open(file: Stripped) -> _Reduced:
    try:
        with Image.open(io.BytesIO(file.data), formats=(file.kind,)) as image:
            image.draft("RGB", DRAFT)
            return _upright(image, file)
    except MemoryError as error:
        raise costly() from error
    except _UNREADABLE as error:
        raise unsupported() from error


def _upright(image: Image.Image, file: Stripped) -> _Reduced:
    """Reduce a picture, flatten it, and turn it upright."""
    across = down = 1
    if image.width * image.height > _LARGE:
        width, height = reversed(_ENOUGH) if file.orientation in _ON_THEIR_SIDE else _ENOUGH
        across, down = max(1, image.width // width), max(1, image.height // height)
    flat = _flatten(image) if across == down == 1 else _reduce(image, across, down)
    if file.orientation in _TURNS:
        flat = flat.transpose(_TURNS[file.orientation])
    return _Reduced(flat, down, across) if file.orientation in _ON_THEIR_SIDE else _Reduced(flat, across, down)


def _reduce(image: Image.Image, across: int, down: int) -> Image.Image:
    """Flatten and reduce a picture strip by strip: no second copy of all its pixels."""
    small = Image.new("RGB", (-(-image.width // across), -(-image.height // down)))
    lines = down * max(1, _STRIP // (image.width * down))
    for top in range(0, image.height, lines):
        strip_of_it = image.crop((0, top, image.width, min(top + lines, image.height)))
        small.paste(_flatten(strip_of_it).reduce((across, down)), (0, top // down))
    return small


def _flatten(image: Image.Image) -> Image.Image:
    """RGB, with transparent parts on white."""
    if image.mode == "I;16":  # Pillow would clip 16 bits instead of scaling them
        return Image.frombytes("L", image.size, image.tobytes()[1::2]).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    flat = Image.new("RGB", layer.size, _BACKDROP)
    flat.paste(layer, mask=layer.getchannel("A"))
    return flat


def _without_frame(picture: _Reduced) -> Image.Image:
    """Crop a frame of one colour that is equally thick on all four sides, as in screenshots."""
    image, (width, height) = picture.image, picture.image.size
    edges = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    colour = image.getpixel((0, 0))
    if any(_share(_unlike(image.crop(edge), colour)) > _FEW for edge in edges):
        return image  # as usual: decided without looking at all pixels
    inside = _unlike(image, colour)
    rows, columns = _rows(inside), _columns(inside)
    if True not in rows or True not in columns:
        return image
    top, bottom, left, right = rows.index(True), rows[::-1].index(True), columns.index(True), columns[::-1].index(True)
    sides = top * picture.down, bottom * picture.down, left * picture.across, right * picture.across
    if max(sides) - min(sides) > _UNEVEN * max(picture.across, picture.down):
        return image
    return image.crop((left, top, width - right, height - bottom))


def _without_bars(image: Image.Image) -> Image.Image:
    """Crop black bars at top and bottom or left and right, if both are equally thick (4:3 and vertical frames)."""
    bright = _above(image.convert("L"), BLACK)
    top, bottom = _margins(_rows(bright))
    left, right = _margins(_columns(bright))
    return image.crop((left, top, image.width - right, image.height - bottom))


def _margins(lit: list[bool]) -> tuple[int, int]:
    """How many lines to cut before and after: equally thick bars that leave a quarter of the picture or more."""
    if True not in lit:
        return 0, 0
    before, after = lit.index(True), lit[::-1].index(True)
    alike = abs(before - after) <= max(2, len(lit) // 50)
    return (before, after) if alike and before + after <= len(lit) * 3 // 4 else (0, 0)


def _unlike(image: Image.Image, colour: float | tuple[int, ...] | None) -> Image.Image:
    """Which pixels do not have a colour: 1, else 0."""
    red, green, blue = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    return _above(ImageChops.lighter(ImageChops.lighter(red, green), blue), FLAT)


def _above(image: Image.Image, limit: int) -> Image.Image:
    return image.point([0] * (limit + 1) + [1] * (255 - limit))


def _share(marked: Image.Image) -> float:
    return marked.histogram()[1] / (marked.width * marked.height)


def _rows(marked: Image.Image) -> list[bool]:
    """Which rows have more than a few marked pixels."""
    return _many(marked, (1, marked.height))


def _columns(marked: Image.Image) -> list[bool]:
    return _many(marked, (marked.width, 1))


def _many(marked: Image.Image, size: tuple[int, int]) -> list[bool]:
    means = marked.convert("F").resize(size, Image.Resampling.BOX)
    return [mean > _FEW for mean in struct.unpack(f"{max(size)}f", means.tobytes())]
