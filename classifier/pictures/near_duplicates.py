"""Near-duplicates: thumbnails that show the same picture, found by a hash of 64 bits."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.pictures.thumbnail import Thumbnail

_MAX_DIFFERENT_BITS: Final = 4  # of 64; beyond, different thumbnails of one series would count as the same


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
