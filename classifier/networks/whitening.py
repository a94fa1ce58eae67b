"""Whitening: makes small what varies within channels, so that what distinguishes channels counts for more.

Source: Hatch et al., "Within-Class Covariance Normalization for SVM-based Speaker Recognition" (2006), here limited to
the axes of greatest variance.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from classifier.errors import WeightsError

AXES: Final = 256
FILE: Final = Path(__file__).with_name("whitening.safetensors")
"""Fitted to channels of many genres, by `python -m scripts.whitening`."""

_LEAST_SPREAD: Final = 1e-3
"""As a share of the mean spread: a feature that hardly varies says nothing."""
_PARTS: Final = ("mean", "spread", "axes", "kept")


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Features less `mean` [d], in units of `spread` [d]; `kept` [k] is what is left of them along `axes` [k, d]."""

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    axes: NDArray[np.float32]
    kept: NDArray[np.float32]

    @classmethod
    def fit(cls, features: NDArray[np.floating], channels: NDArray[np.int64], axes: int = AXES) -> Self:
        """Fit to features [n, d] of thumbnails of `channels` [n], on `axes` axes, at most n / 4 and d / 4.

        The axes are those along which thumbnails differ most from their channel's mean. Their variance is reduced to
        that of the next axis.
        """
        from scipy.sparse.linalg import eigsh  # noqa: PLC0415 - answers need no scipy

        rows = features.astype(np.float32)
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        spread += np.float32(_LEAST_SPREAD * spread.mean() + 1e-12)
        rows -= mean
        rows /= spread
        for channel in np.unique(channels):
            own = channels == channel
            rows[own] -= rows[own].mean(axis=0)
        count, axes = len(rows), min(axes, len(rows) // 4, rows.shape[1] // 4)
        variances, vectors = eigsh(rows @ rows.T, k=axes + 1, v0=np.ones(count, dtype=np.float32))
        greatest, vectors = variances[:0:-1], vectors[:, :0:-1]
        return cls(
            mean=mean,
            spread=spread,
            axes=np.ascontiguousarray((rows.T @ vectors / np.sqrt(greatest)).T, dtype=np.float32),
            kept=np.sqrt(variances[0] / greatest).astype(np.float32),
        )

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        """Read a whitening. Raises WeightsError if it is missing or broken."""
        try:
            arrays = load(file.read_bytes())
            return cls(**{name: arrays[name].astype(np.float32) for name in _PARTS})
        except (OSError, SafetensorError, KeyError) as error:
            raise WeightsError(f"{file} can't be read. Install Thumbprint again.") from error

    def save(self, file: Path = FILE) -> None:
        """Write it, with the axes as float16. Raises OSError."""
        file.write_bytes(save({name: getattr(self, name) for name in _PARTS} | {"axes": self.axes.astype(np.float16)}))

    @property
    def hash(self) -> str:
        """A hash of its numbers."""
        return hashlib.sha256(b"".join(getattr(self, name).tobytes() for name in _PARTS)).hexdigest()[:16]

    def apply(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """Whiten features [n, d]."""
        rows = (features.astype(np.float32) - self.mean) / self.spread
        rows -= (rows @ self.axes.T * (1 - self.kept)) @ self.axes
        return rows
