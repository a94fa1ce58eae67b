"""Whitening: makes small what varies within channels, so that what distinguishes channels counts for more."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from classifier.errors import WeightsError

FILE: Final = Path(__file__).with_name("whitening.safetensors")
"""Fitted to channels of many genres, by `python -m scripts.whitening`."""

_PARTS: Final = ("mean", "spread", "axes", "kept")


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """Features less `mean` [d], in units of `spread` [d]; `kept` [k] is what is left of them along `axes` [k, d]."""

    mean: NDArray[np.float32]
    spread: NDArray[np.float32]
    axes: NDArray[np.float32]
    kept: NDArray[np.float32]

    @classmethod
    def load(cls, file: Path = FILE) -> Self:
        """Read a whitening. Raises WeightsError if it is missing or broken."""
        try:
            arrays = load(file.read_bytes())
            return cls(**{name: arrays[name].astype(np.float32) for name in _PARTS})
        except (OSError, SafetensorError, KeyError) as error:
            raise WeightsError("{file} can't be read. Install Thumbprint again.", file=str(file)) from error

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
