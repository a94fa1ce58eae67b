"""Near-duplicates: thumbnails that show the same picture, found by a hash of 64 bits, or by their details."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.pictures.thumbnail import Thumbnail

_MAX_DIFFERENT_BITS: Final = 4  # of 64; beyond, different thumbnails of one series would count as the same

_MAX_DIFFERENCE: Final = 40
"""Between the same cells of two pictures, in shades of 256. The same picture saved again by JPEG at quality 75 stays
below it in 99 of 100 cases; another number of a ninth of the picture's height is above it."""


def difference_hash(thumbnail: Thumbnail) -> int:
    """64 bits that near-duplicates share: whether each cell of a 9×8 grey grid is brighter than its left neighbour.

    Source: Neal Krawetz, "Kind of Like That" (2013).
    """
    grey = thumbnail.resized(9, 8).astype(np.int64).sum(axis=0)
    return int.from_bytes(np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes())


def are_near_duplicates(hashes: NDArray[np.uint64], own: np.uint64) -> NDArray[np.bool_]:
    """Which of the `hashes` [n] are near-duplicates of one hash: bool [n]."""
    alike: NDArray[np.bool_] = np.bitwise_count(hashes ^ own) <= _MAX_DIFFERENT_BITS
    return alike


def details(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    """The mean colour of each cell of an 80×45 grid: uint8 [3, 45, 80]."""
    return thumbnail.resized(80, 45)


def have_same_details(others: NDArray[np.uint8], own: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of the details [n, 3, 45, 80] are those of the same picture as `own` [3, 45, 80]: bool [n]."""
    differences = np.maximum(others, own) - np.minimum(others, own)
    alike: NDArray[np.bool_] = differences.max(axis=(1, 2, 3), initial=0) <= _MAX_DIFFERENCE
    return alike
