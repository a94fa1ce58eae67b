"""Explanation by occlusion: which parts of a picture the answer rests on.

One part at a time is hidden, and the model predicts again. That works for any model; scripts/benchmarks/explanations.py
measures how faithful it is. Net uses colour histograms, which have no positions: for it, a part is hot if the channel's
probability drops without its colours, and the same colours elsewhere would be as hot.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.pictures.thumbnail import Thumbnail

ROWS: Final = 6
COLUMNS: Final = 10
"""The parts: cells of 32×30 pixels."""

_MARGIN: Final = 10  # pixels around a cell that are hidden with it, so that what spans two cells counts in both
_ROUNDING: Final = 1e-3  # log-odds; a smaller drop counts as none

Judge = Callable[[Sequence[Thumbnail]], NDArray[np.float64]]
"""Calibrated probabilities [n, channels] of n thumbnails."""


def occlusion(thumbnail: Thumbnail, channel: int, judge: Judge) -> NDArray[np.float32]:
    """How strong evidence each cell is for a channel (an index into the probabilities): float32 [6, 10] in [0, 1].

    A cell's heat is the drop of the channel's log-odds when the cell is filled with the picture's mean colour, as a
    share of the largest drop; 0 if they do not drop. If no cell matters, all are 0. Source: Zeiler and Fergus,
    "Visualizing and Understanding Convolutional Networks" (2014).
    """
    whole = _log_odds(judge([thumbnail]), channel)
    drops = np.stack([whole - _log_odds(judge(row), channel) for row in _hidden(thumbnail)]).clip(min=0)
    largest = drops.max()
    heat: NDArray[np.float32] = (drops / largest if largest > _ROUNDING else np.zeros_like(drops)).astype(np.float32)
    return heat


def _hidden(thumbnail: Thumbnail) -> Iterator[list[Thumbnail]]:
    """The thumbnail with one cell hidden, one row of cells at a time: little memory, batches of a good size."""
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
    """A channel's log-odds [n], which still change when its probability is close to 1."""
    rest = np.delete(probabilities, channel, axis=1).sum(axis=1)
    least = np.finfo(np.float64).tiny
    odds: NDArray[np.float64] = np.log(np.maximum(probabilities[:, channel], least)) - np.log(np.maximum(rest, least))
    return odds
