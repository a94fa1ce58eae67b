"""Thumbnail: a decoded picture, the same for training and for answers."""

import io
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from classifier.pictures.decoding import BLACK, FLAT, HEIGHT, LARGER, SMALLER, WIDTH, decode

BINS: Final = 25
HISTOGRAMS: Final = (4, BINS)
"""The shape of a picture's histograms."""

Inputs = NDArray[np.uint8] | NDArray[np.float32] | NDArray[np.float16]
"""Pictures as a network reads them: pixels or histograms, one picture per row."""

_GREATEST: Final = 1024  # pixels on one side of a network's input


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How pictures become a network's inputs: a model works only with the preprocessing it was trained with.

    `input_shape` is HISTOGRAMS, or that of pixels: [3, height, width].
    """

    input_shape: tuple[int, ...]
    width: int = WIDTH
    height: int = HEIGHT
    bins: int = BINS
    black: int = BLACK
    flat: int = FLAT
    resampling: str = SMALLER.name
    enlarging: str = LARGER.name

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
        """Decode a JPEG, PNG, WebP or GIF file (its first frame) of at most 25 megapixels, in this process.

        Raises PictureError for anything else, and for what would take too much time or memory.
        """
        return cls(np.asarray(decode(data), dtype=np.uint8))

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

    def png(self) -> bytes:
        """The picture as a PNG without any metadata."""
        file = io.BytesIO()
        Image.fromarray(self.pixels).save(file, "PNG")
        return file.getvalue()

    def histograms(self) -> NDArray[np.float32]:
        """The tutorial's features: float32 [4, 25].

        Rows: red, green, blue over 25 bins between the plane's own least and greatest value, each summing to 1, and
        the sum of the three. A plane of a single value has all its weight in the middle bin.
        """
        rows = [np.histogram(plane, bins=BINS)[0] / plane.size for plane in self.planes]
        return np.stack([*rows, np.sum(rows, axis=0)]).astype(np.float32)
