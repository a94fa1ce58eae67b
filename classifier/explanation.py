"""Why a picture is taken for a channel's: which parts of it the answer rests on, by occlusion.

Part by part is blanked and the network asked again. That holds for any network, and is truer than Grad-CAM:
scripts/benchmarks/explanations.py measures both. Net reads colour histograms, which know no place: there a part is hot
where losing its colours costs the channel, and the same colours elsewhere would be as hot.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.thumbnail import HEIGHT, WIDTH, Thumbnail

ROWS: Final = 6
COLUMNS: Final = 10
"""The parts: cells of 32×30 pixels."""

_MARGIN: Final = 10  # pixels around a cell that are blanked with it, so that what lies across cells is seen by each
_ROUNDING: Final = 1e-3  # log-odds; a smaller fall is none

Judge = Callable[[Sequence[Thumbnail]], NDArray[np.float64]]
"""Calibrated probabilities [n, channels] of n thumbnails."""


def occlusion(thumbnail: Thumbnail, channel: int, judge: Judge) -> NDArray[np.float32]:
    """How much each cell speaks for a channel (an index into the probabilities): float32 [6, 10] in [0, 1].

    A cell's heat is how far the channel's log-odds fall where the cell takes the picture's mean colour, as a share of
    the deepest fall; 0 where they do not fall. Where no cell matters, all are 0. Source: Zeiler and Fergus,
    "Visualizing and Understanding Convolutional Networks" (2014).
    """
    whole = _log_odds(judge([thumbnail]), channel)
    falls = np.stack([whole - _log_odds(judge(row), channel) for row in _blanked(thumbnail)]).clip(min=0)
    deepest = falls.max()
    heat: NDArray[np.float32] = (falls / deepest if deepest > _ROUNDING else np.zeros_like(falls)).astype(np.float32)
    return heat


def _blanked(thumbnail: Thumbnail) -> Iterator[list[Thumbnail]]:
    """The thumbnail with one cell blanked, a row of cells after the other: little memory, batches that pay."""
    mean = thumbnail.pixels.mean(axis=(0, 1)).round().astype(np.uint8)
    height, width = HEIGHT // ROWS, WIDTH // COLUMNS
    for top in range(0, HEIGHT, height):
        row = []
        for left in range(0, WIDTH, width):
            pixels = thumbnail.pixels.copy()
            rows = slice(max(0, top - _MARGIN), top + height + _MARGIN)
            pixels[rows, max(0, left - _MARGIN) : left + width + _MARGIN] = mean
            row.append(Thumbnail(pixels))
        yield row


def _log_odds(probabilities: NDArray[np.float64], channel: int) -> NDArray[np.float64]:
    """A channel's log-odds [n], which still move where its probability is all but 1."""
    others = np.delete(probabilities, channel, axis=1).sum(axis=1)
    least = np.finfo(np.float64).tiny
    odds: NDArray[np.float64] = np.log(np.maximum(probabilities[:, channel], least)) - np.log(np.maximum(others, least))
    return odds
