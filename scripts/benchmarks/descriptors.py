"""Thumbnails as vectors, for methods of scikit-learn."""

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2gray, rgb2hsv
from skimage.feature import hog

from classifier.pictures.thumbnail import Thumbnail

_GRID = (4, 4)


def rgb_histograms(thumbnail: Thumbnail) -> NDArray[np.float64]:
    """Square roots of the red, green and blue histograms: [75]."""
    roots: NDArray[np.float64] = np.sqrt(thumbnail.histograms()[:3].astype(np.float64)).ravel()
    return roots


def colour_and_hog(thumbnail: Thumbnail) -> NDArray[np.float64]:
    """Which colours are where, and the directions of edges: [d].

    The square roots of the HSV histograms (8 bins per plane) of each cell in a 4×4 grid, and histograms of oriented
    gradients (Dalal and Triggs, 2005) of the picture at 128×72, with 9 directions in cells of 8×8 pixels.
    """
    small = thumbnail.resized(128, 72).transpose(1, 2, 0) / 255
    cells = [
        np.histogram(cell[..., plane], bins=8, range=(0, 1))[0] / cell[..., plane].size
        for rows in np.array_split(rgb2hsv(small), _GRID[0], axis=0)
        for cell in np.array_split(rows, _GRID[1], axis=1)
        for plane in range(3)
    ]
    edges = hog(rgb2gray(small), orientations=9, pixels_per_cell=(8, 8), cells_per_block=(2, 2))
    return np.concatenate([np.sqrt(np.concatenate(cells)), edges])
