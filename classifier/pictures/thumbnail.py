"""Thumbnail: all preprocessing, the same for training and for answers.

Untrusted bytes in, a 320×180 RGB picture out: decoded within limits, upright, without transparency, frame or bars.
"""

import io
import struct
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from classifier.errors import PictureError

WIDTH: Final = 320
HEIGHT: Final = 180
BINS: Final = 25
HISTOGRAMS: Final = (4, BINS)
"""The shape of a picture's histograms."""
MAX_PIXELS: Final = 25_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")

Inputs = NDArray[np.uint8] | NDArray[np.float32] | NDArray[np.float16]
"""Pictures as a network reads them: pixels or histograms, one picture per row."""

_UNREADABLE: Final = (
    OSError,
    SyntaxError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    EOFError,
    MemoryError,
    struct.error,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
"""What Pillow raises on bytes that are not an image, too large, or have metadata that it can't read."""

_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a picture upright, by its orientation tag; ImageOps.exif_transpose fails on other broken tags."""

_GREATEST: Final = 1024  # pixels on one side of a network's input
_BLACK: Final = 24  # JPEG leaves black bars a little above 0
_FLAT: Final = 24  # and a frame's colour a little uneven
_UNEVEN: Final = 2  # pixels by which the sides of a frame may differ
_BACKDROP: Final = (255, 255, 255)
_SMALLER: Final = Image.Resampling.BOX
_LARGER: Final = Image.Resampling.BILINEAR
"""BOX would turn a small picture's pixels into squares, whose edges no network was trained on."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pictures become a network's inputs: a model works only with the preprocessing it was trained with.

    `input_shape` is HISTOGRAMS, or that of pixels: [3, height, width].
    """

    input_shape: tuple[int, ...]
    width: int = WIDTH
    height: int = HEIGHT
    bins: int = BINS
    black: int = _BLACK
    flat: int = _FLAT
    resampling: str = _SMALLER.name
    enlarging: str = _LARGER.name

    def __post_init__(self) -> None:
        pixels = len(self.input_shape) == 3 and self.input_shape[0] == 3
        if self.input_shape != HISTOGRAMS and not (pixels and all(1 <= size <= _GREATEST for size in self.input_shape)):
            raise ValueError(f"inputs can't have the shape {self.input_shape}")
        if self.resampling not in Image.Resampling.__members__:
            raise ValueError(f"there is no resampling {self.resampling!r}")

    def prepare(self, thumbnail: "Thumbnail") -> Inputs:
        """One thumbnail as the network reads it: histograms, or else pixels [3, height, width]."""
        if self.input_shape == HISTOGRAMS:
            return thumbnail.histograms()
        _, height, width = self.input_shape
        return thumbnail.resized(width, height, Image.Resampling[self.resampling])


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """One picture: `pixels` is uint8 [180, 320, 3], RGB."""

    pixels: NDArray[np.uint8]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Decode a JPEG, PNG, WebP or GIF file (its first frame) of at most 25 megapixels.

        Raises PictureError for anything else.
        """
        whole = _without_bars(_without_frame(open_upright(data)))
        large = whole.width >= WIDTH and whole.height >= HEIGHT
        return cls(np.asarray(whole.resize((WIDTH, HEIGHT), _SMALLER if large else _LARGER), dtype=np.uint8))

    @property
    def planes(self) -> NDArray[np.uint8]:
        """The red, green and blue vectors: uint8 [3, 57600]."""
        return self.pixels.reshape(-1, 3).T

    def resized(
        self, width: int, height: int, resampling: Image.Resampling = Image.Resampling.BOX
    ) -> NDArray[np.uint8]:
        """The picture, channels first: uint8 [3, height, width]."""
        image = Image.fromarray(self.pixels).resize((width, height), resampling)
        return np.asarray(image, dtype=np.uint8).transpose(2, 0, 1)

    def histograms(self) -> NDArray[np.float32]:
        """The tutorial's features: float32 [4, 25].

        Rows: red, green, blue over 25 bins between the plane's own least and greatest value, each summing to 1, and
        the sum of the three. A plane of a single value has all its weight in the middle bin.
        """
        rows = [np.histogram(plane, bins=BINS)[0] / plane.size for plane in self.planes]
        return np.stack([*rows, np.sum(rows, axis=0)]).astype(np.float32)


def open_upright(data: bytes) -> Image.Image:
    """Decode a JPEG, PNG, WebP or GIF file (its first frame) of at most 25 megapixels: upright, RGB, not yet cropped.

    Much larger JPEGs are decoded reduced, never below 640×360. Raises PictureError.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise PictureError(
                    f"That image has more than {MAX_PIXELS // 1_000_000} megapixels. Send a smaller one."
                )
            image.draft("RGB", (WIDTH * 2, HEIGHT * 2))
            flat = _flatten(image)
            turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
            return flat if turn is None else flat.transpose(turn)
    except _UNREADABLE as error:
        raise PictureError("That file isn't a supported image. Send a JPEG, PNG, WebP or GIF.") from error


def _flatten(image: Image.Image) -> Image.Image:
    """RGB, with transparent parts on white."""
    if image.mode == "I;16":  # Pillow would clip 16 bits instead of scaling them
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    flat = Image.new("RGB", layer.size, _BACKDROP)
    flat.paste(layer, mask=layer.getchannel("A"))
    return flat


def _without_frame(image: Image.Image) -> Image.Image:
    """Crop a frame of one colour that is equally thick on all four sides, as in screenshots."""
    pixels = np.asarray(image)
    edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    if any(_unlike(edge, pixels[0, 0]).mean() > 0.01 for edge in edges):
        return image  # as usual: decided without looking at all pixels
    inside = _unlike(pixels, pixels[0, 0])
    rows, columns = inside.mean(axis=1) > 0.01, inside.mean(axis=0) > 0.01
    if not rows.any() or not columns.any():
        return image
    sides = [int(line.argmax()) for line in (rows, rows[::-1], columns, columns[::-1])]
    if max(sides) - min(sides) > _UNEVEN:
        return image
    top, bottom, left, right = sides
    return image.crop((left, top, image.width - right, image.height - bottom))


def _unlike(pixels: NDArray[np.uint8], colour: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which pixels [..., 3] do not have a colour."""
    unlike: NDArray[np.bool_] = np.abs(pixels.astype(np.int16) - colour).max(axis=-1) > _FLAT
    return unlike


def _without_bars(image: Image.Image) -> Image.Image:
    """Crop black bars at top and bottom or left and right, if both are equally thick (4:3 and vertical frames)."""
    bright = np.asarray(image.convert("L")) > _BLACK
    top, bottom = _margins(bright.mean(axis=1) > 0.01)
    left, right = _margins(bright.mean(axis=0) > 0.01)
    return image.crop((left, top, image.width - right, image.height - bottom))


def _margins(lit: NDArray[np.bool_]) -> tuple[int, int]:
    """How many lines to cut before and after: equally thick bars that leave a quarter of the picture or more."""
    if not lit.any():
        return 0, 0
    before, after = int(lit.argmax()), int(lit[::-1].argmax())
    alike = abs(before - after) <= max(2, len(lit) // 50)
    return (before, after) if alike and before + after <= len(lit) * 3 // 4 else (0, 0)
