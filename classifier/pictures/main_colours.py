"""The main colours of pictures."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image

from classifier.pictures.thumbnail import Thumbnail
from classifier.values import MainColour

COLOURS: Final = 6
_SIZE: Final = 64, 36
_STEPS: Final = 8
"""Of k-means, which moves the colours of a median cut to the middle of what they stand for."""


def main_colours(thumbnails: Sequence[Thumbnail]) -> tuple[MainColour, ...]:
    """The six colours that together come closest to those of some thumbnails, the commonest first.

    There are fewer of very plain pictures, and none of no thumbnails.
    """
    if not thumbnails:
        return ()
    pixels = np.concatenate([thumbnail.resized(*_SIZE).transpose(1, 2, 0) for thumbnail in thumbnails])
    reduced = Image.fromarray(pixels).quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=_STEPS)
    palette = np.array(reduced.getpalette() or [], dtype=np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(reduced).ravel(), minlength=len(palette))
    found = zip(palette.tolist(), counts.tolist(), strict=True)
    common = sorted(((count, colour) for colour, count in found if count), reverse=True)
    total = sum(count for count, _ in common)
    return tuple(MainColour(red, green, blue, count / total) for count, (red, green, blue) in common)
