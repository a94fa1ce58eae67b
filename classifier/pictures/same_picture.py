"""Whether two pictures are the same one: recoded, resized or slightly cropped, but not another one of the same series.

The part of one that the other shows is found by Gauss-Newton steps, coarse to fine; then all cells of a grid must have
the same colours. Source: Lucas and Kanade, "An Iterative Image Registration Technique with an Application to Stereo
Vision" (1981).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.pictures.thumbnail import Thumbnail

NEARLY_EQUAL: Final = -1.0
"""A likeness that leaves no doubt: other pictures need not be compared."""

_CUT: Final = ((0.0, 0.0), (0.05, 0.05), (0.0, 0.12))
"""What a picture may lack of another one at the left and right, and above and below: nothing, a slight crop, or dark
edges that were removed with black bars."""
_ADDED: Final = ((0.0, 0.01), (0.0, 0.125), (1 / 6, 0.0), (0.055, 0.09))
"""What it may have around the other one: what JPEG left of bars, or whole bars or a frame that were not recognised as
such, beside dark edges."""
_COARSE: Final = (40, 22)
_FINE: Final = (80, 45)
_FINEST: Final = (160, 90)
"""Columns and rows."""
_STEPS: Final = 4
"""Per size, at most."""
_LONGEST_STEP: Final = 0.03
_SHORTEST_STEP: Final = 5e-4
"""No edge moves further: the part is found."""
_MOST_MISSING: Final = 0.2
"""Of the width or height, at one side."""
_LEAST_AT_FIRST: Final = 0.5
_LEAST_COARSE: Final = 0.75
_LEAST_FINE: Final = 0.9
"""Correlations of the greys of the same picture: after the first step of a size, and at the end of each size."""

_CELLS: Final = (32, 18)
"""Columns and rows; the outermost are left out, because bars and frames leave traces there."""
_MOST_DIFFERENCE: Final = 0.6
"""Between the same cells of the same picture, in units of the spread of its greys: little in a dark picture."""
_LEAST_DIFFERENCE: Final = 10.0
"""In shades of 256; coding makes such differences even in pictures of nearly one colour."""


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Parts of a picture: `edges` [n, 4] as shares of its width and height (left, right, top, bottom), and how well
    they fit another picture [n].
    """

    edges: NDArray[np.float64]
    correlations: NDArray[np.float64]

    def __getitem__(self, which: NDArray[np.bool_]) -> "_Parts":
        return _Parts(self.edges[which], self.correlations[which])

    @property
    def best(self) -> "_Parts":
        """The one that fits best."""
        return self[np.arange(len(self.edges)) == self.correlations.argmax()]


def likeness(picture: Thumbnail, known: Thumbnail) -> float | None:
    """How exactly a picture shows a known one, or most of it: at most 0, which equal ones have; None if it does not."""
    for shown, whole, starts in ((picture, known, _CUT), (known, picture, _ADDED)):
        box = _part_of(whole, shown, starts)
        alike = None if box is None else _compared(shown, whole, box)
        if alike is not None:
            return alike
    return None


def _part_of(
    whole: Thumbnail, picture: Thumbnail, starts: Sequence[tuple[float, float]]
) -> tuple[float, float, float, float] | None:
    """The part of `whole` that looks like a picture, in pixels: left, top, right, bottom; None if none does."""
    grey_whole, grey = (Image.fromarray(each.pixels).convert("L") for each in (whole, picture))
    edges = np.array([(across, 1 - across, down, 1 - down) for across, down in starts])
    coarse = _aligned(_greys(grey, _COARSE), _greys(grey_whole, _FINE), edges).best
    if coarse.correlations.max() < _LEAST_COARSE:
        return None
    fine = _aligned(_greys(grey, _FINE), _greys(grey_whole, _FINEST), coarse.edges)
    if fine.correlations.max() < _LEAST_FINE:
        return None
    left, right, top, bottom = fine.edges[0].tolist()
    return left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT


def _compared(picture: Thumbnail, whole: Thumbnail, box: tuple[float, float, float, float]) -> float | None:
    """How like a picture a part of another one is, cell by cell, as `likeness`."""
    differences = np.abs(_cells(picture, None) - _cells(whole, box))[1:-1, 1:-1]
    spread = float(np.asarray(Image.fromarray(picture.pixels).convert("L"), dtype=np.float32).std())
    allowed = max(_MOST_DIFFERENCE * spread, _LEAST_DIFFERENCE)
    return -float(differences.mean()) if differences.max() <= allowed else None


def _aligned(picture: NDArray[np.float32], whole: NDArray[np.float32], edges: NDArray[np.float64]) -> _Parts:
    """The parts of `whole` that look most like a picture, near the given edges [n, 4]; bad ones may be left out."""
    rows, columns = picture.shape
    wanted = _standard(picture[np.newaxis])
    across = ((np.arange(columns, dtype=np.float32) + 0.5) / columns)[np.newaxis, np.newaxis, :]
    down = ((np.arange(rows, dtype=np.float32) + 0.5) / rows)[np.newaxis, :, np.newaxis]
    best = _Parts(edges, np.full(len(edges), -1.0))
    for number in range(_STEPS + 1):
        seen = _standard(_sampled(whole, edges, rows, columns))
        correlations = (seen * wanted).mean(axis=(1, 2), dtype=np.float64)
        better = correlations > best.correlations
        best = _Parts(np.where(better[:, np.newaxis], edges, best.edges), np.maximum(correlations, best.correlations))
        hopeful = best.correlations >= (_LEAST_AT_FIRST if number else -1.0)
        if number == _STEPS or not hopeful.any():
            break
        best, edges, seen = best[hopeful], edges[hopeful], seen[hopeful]
        moved = edges + _step(seen, wanted, across, down, edges)
        moved = moved.clip([0, 1 - _MOST_MISSING] * 2, [_MOST_MISSING, 1] * 2)
        if np.abs(moved - edges).max() < _SHORTEST_STEP:
            break
        edges = moved
    return best


def _step(
    seen: NDArray[np.float32],
    wanted: NDArray[np.float32],
    across: NDArray[np.float32],
    down: NDArray[np.float32],
    edges: NDArray[np.float64],
) -> NDArray[np.float64]:
    """How far the edges [n, 4] should move so that what is seen [n, rows, columns] becomes what is wanted."""
    by_row, by_column = np.gradient(seen, axis=(1, 2))
    by_column *= (seen.shape[2] / (edges[:, 1] - edges[:, 0])).astype(np.float32)[:, np.newaxis, np.newaxis]
    by_row *= (seen.shape[1] / (edges[:, 3] - edges[:, 2])).astype(np.float32)[:, np.newaxis, np.newaxis]
    slopes = np.stack([by_column * (1 - across), by_column * across, by_row * (1 - down), by_row * down, seen], axis=1)
    slopes = slopes.reshape(len(seen), 5, -1)
    normal = slopes @ slopes.transpose(0, 2, 1) + 1e-3 * np.eye(5, dtype=np.float32)
    step = np.linalg.solve(normal, slopes @ (wanted - seen).reshape(len(seen), -1, 1))[:, :4, 0].astype(np.float64)
    return step.clip(-_LONGEST_STEP, _LONGEST_STEP)


def _greys(image: Image.Image, size: tuple[int, int]) -> NDArray[np.float32]:
    """A grey picture in few columns and rows: [rows, columns]."""
    return np.asarray(image.resize(size, Image.Resampling.BOX), dtype=np.float32)


def _sampled(whole: NDArray[np.float32], edges: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float32]:
    """Parts of a picture, each in as many rows and columns: [n, rows, columns]."""
    height, width = whole.shape
    down = _weights(edges[:, 2] * height, edges[:, 3] * height, rows, height)
    across = _weights(edges[:, 0] * width, edges[:, 1] * width, columns, width)
    sampled: NDArray[np.float32] = np.matmul(np.matmul(down, whole), across.transpose(0, 2, 1))
    return sampled


def _weights(start: NDArray[np.float64], end: NDArray[np.float64], count: int, pixels: int) -> NDArray[np.float32]:
    """The shares [n, count, pixels] that a line's pixels have in the `count` cells between `start` [n] and `end` [n].

    They fall off from a cell's centre in proportion to the distance, as in bilinear resampling.
    """
    size = ((end - start) / count)[:, np.newaxis]
    centres = start[:, np.newaxis] + (np.arange(count) + 0.5) * size
    distances = np.abs(np.arange(pixels) + 0.5 - centres[:, :, np.newaxis]) / np.maximum(size, 1.0)[:, :, np.newaxis]
    weights = (1 - distances).clip(0).astype(np.float32)
    shares: NDArray[np.float32] = weights / weights.sum(axis=2, keepdims=True)
    return shares


def _standard(greys: NDArray[np.float32]) -> NDArray[np.float32]:
    """Greys [n, rows, columns] with mean 0 and spread 1 in each; an even picture stays even."""
    centred = greys - greys.mean(axis=(1, 2), keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=(1, 2), keepdims=True))
    standard: NDArray[np.float32] = centred / np.maximum(spread, np.float32(1e-3))
    return standard


def _cells(picture: Thumbnail, box: tuple[float, float, float, float] | None) -> NDArray[np.float32]:
    """The mean colours of the cells of a part of a picture: [18, 32, 3]."""
    image = Image.fromarray(picture.pixels).resize(_CELLS, Image.Resampling.BOX, box)
    return np.asarray(image, dtype=np.float32)
