"""Fits a whitening to thumbnails of many channels.

Source: Hatch et al., "Within-Class Covariance Normalization for SVM-based Speaker Recognition" (2006), here limited to
the axes of greatest variance.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import eigsh

from classifier.models.head import LEAST_SPREAD
from classifier.networks.whitening import Whitening

AXES: Final = 256


def fit_whitening(features: NDArray[np.floating], channels: NDArray[np.int64], axes: int = AXES) -> Whitening:
    """Fit to features [n, d] of thumbnails of `channels` [n], on `axes` axes, at most n / 4 and d / 4.

    The axes are those along which thumbnails differ most from their channel's mean. Their variance is reduced to that
    of the next axis.
    """
    rows = features.astype(np.float32)
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread += np.float32(LEAST_SPREAD * spread.mean() + 1e-12)
    rows -= mean
    rows /= spread
    for channel in np.unique(channels):
        own = channels == channel
        rows[own] -= rows[own].mean(axis=0)
    axes = min(axes, len(rows) // 4, rows.shape[1] // 4)
    variances, vectors = eigsh(rows @ rows.T, k=axes + 1, v0=np.ones(len(rows), dtype=np.float32))
    greatest, vectors = variances[:0:-1], vectors[:, :0:-1]
    return Whitening(
        mean=mean,
        spread=spread,
        axes=np.ascontiguousarray((rows.T @ vectors / np.sqrt(greatest)).T, dtype=np.float32),
        kept=np.sqrt(variances[0] / greatest).astype(np.float32),
    )
