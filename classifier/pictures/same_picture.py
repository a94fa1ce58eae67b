"""Whether two pictures are the same one: recoded, resized or slightly cropped, but not another one of the same series.

The part of one that the other shows is found by Gauss-Newton steps, coarse to fine; then all cells of a grid must have
the same colours. Source: Lucas and Kanade, "An Iterative Image Registration Technique with an Application to Stereo
Vision" (1981).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
"""Columns and rows."""
_STEPS: Final = 4
"""Per size, at most."""
_LONGEST_STEP: Final = 0.03
_SHORTEST_STEP: Final = 5e-4
"""No edge moves further: the part is found."""
_MOST_MISSING: Final = 0.2
"""Of the width or height, at one side."""
_LEAST_AT_FIRST: Final = 0.5
"""After one step; copies have more."""
_LEAST_COARSE: Final = 0.75
_LEAST_CORRELATION: Final = 0.9
"""Of the greys of the same picture; when a part fits so well, no better one is looked for."""

_CELLS: Final = (32, 18)
"""Columns and rows; the outermost are left out, because bars and frames leave traces there."""
_MOST_DIFFERENCE: Final = 0.6
"""Between the same cells of the same picture, in units of the spread of its greys: little in a dark picture."""
_LEAST_DIFFERENCE: Final = 10.0
"""In shades of 256; coding makes such differences even in pictures of nearly one colour."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A part of a picture, as shares of its width and height (left, right, top, bottom), and how well it fits."""

    edges: NDArray[np.float64]
    correlation: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The part in pixels, as Pillow has it."""
        left, right, top, bottom = self.edges
        return float(left * WIDTH), float(top * HEIGHT), float(right * WIDTH), float(bottom * HEIGHT)


def likeness(picture: Thumbnail, known: Thumbnail) -> float | None:
    """How exactly a picture shows a known one, or most of it: at most 0, which equal ones have; None if it does not."""
    for shown, whole, starts in ((picture, known, _CUT), (known, picture, _ADDED)):
        part = _part_of(whole, shown, starts)
        alike = None if part is None else _compared(shown, whole, part)
        if alike is not None:
            return alike
    return None


def _part_of(whole: Thumbnail, picture: Thumbnail, starts: Sequence[tuple[float, float]]) -> _Part | None:
    """The part of `whole` that looks like a picture; None if none does."""
    grey_whole, grey = (Image.fromarray(each.pixels).convert("L") for each in (whole, picture))
    best = _Part(np.zeros(4), -1.0)
    for across, down in starts:
        start = np.array([across, 1 - across, down, 1 - down])
        best = max(best, _align(grey, grey_whole, start, _COARSE), key=lambda part: part.correlation)
        if best.correlation >= _LEAST_CORRELATION:
            break
    if best.correlation < _LEAST_COARSE:
        return None
    part = _align(grey, grey_whole, best.edges, _FINE)
    return part if part.correlation >= _LEAST_CORRELATION else None


def _compared(picture: Thumbnail, whole: Thumbnail, part: _Part) -> float | None:
    """How like a picture a part of another one is, cell by cell, as `likeness`."""
    differences = np.abs(_cells(picture, None) - _cells(whole, part.box))[1:-1, 1:-1]
    spread = float(np.asarray(Image.fromarray(picture.pixels).convert("L"), dtype=np.float32).std())
    allowed = max(_MOST_DIFFERENCE * spread, _LEAST_DIFFERENCE)
    return -float(differences.mean()) if differences.max() <= allowed else None


def _align(picture: Image.Image, whole: Image.Image, edges: NDArray[np.float64], size: tuple[int, int]) -> _Part:
    """The part of `whole` that looks most like a picture, near the given edges."""
    columns, rows = size
    wanted = _standard(np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=np.float32))
    across = ((np.arange(columns) + 0.5) / columns)[np.newaxis]
    down = ((np.arange(rows) + 0.5) / rows)[:, np.newaxis]
    best = _Part(edges, -1.0)
    for number in range(_STEPS + 1):
        tried = _Part(edges, 0.0)
        seen = _standard(np.asarray(whole.resize(size, Image.Resampling.BILINEAR, tried.box), dtype=np.float32))
        tried = replace(tried, correlation=float((seen * wanted).mean()))
        best = max(best, tried, key=lambda part: part.correlation)
        if number == _STEPS or (number == 1 and best.correlation < _LEAST_AT_FIRST):
            break
        by_row, by_column = np.gradient(seen)
        by_column *= columns / (edges[1] - edges[0])
        by_row *= rows / (edges[3] - edges[2])
        slopes = (by_column * (1 - across), by_column * across, by_row * (1 - down), by_row * down, seen)
        slope = np.stack([each.ravel() for each in slopes], axis=1)
        normal = slope.T @ slope + 1e-3 * np.eye(len(slopes))
        step = np.linalg.solve(normal, slope.T @ (wanted - seen).ravel())[:4]
        moved = edges + step.clip(-_LONGEST_STEP, _LONGEST_STEP)
        moved = moved.clip([0, 1 - _MOST_MISSING] * 2, [_MOST_MISSING, 1] * 2)
        if np.abs(moved - edges).max() < _SHORTEST_STEP:
            break
        edges = moved
    return best


def _standard(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Greys with mean 0 and spread 1; an even picture stays even."""
    grey = grey - grey.mean()
    return grey / max(float(grey.std()), 1e-3)


def _cells(picture: Thumbnail, box: tuple[float, float, float, float] | None) -> NDArray[np.float32]:
    """The mean colours of the cells of a part of a picture: [18, 32, 3]."""
    image = Image.fromarray(picture.pixels).resize(_CELLS, Image.Resampling.BOX, box)
    return np.asarray(image, dtype=np.float32)
