"""ThumbnailIndex: what a model keeps of each thumbnail that it was made from, to find those most like a picture."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from classifier.values import Channel

SIZE: Final = 128
"""Numbers per thumbnail."""
CANDIDATES: Final = 2
LEAST_COSINE: Final = 0.4
"""Of a candidate: a copy, even a cropped and small one, is hardly ever below it or behind two other thumbnails."""
_SCALE: Final = 127 * np.sqrt(SIZE) / 4
"""Of vectors of length 1, whose numbers are hardly ever beyond four times their spread."""
_KINDS: Final[Mapping[str, type[np.generic]]] = {
    "vectors": np.int8,
    "digests": np.uint64,
    "channels": np.uint16,
    "learned": np.bool_,
    "typicality": np.float32,
}
_SEED: Final = b"thumbprint: random projection of features"


@dataclass(frozen=True, slots=True)
class Near:
    """A thumbnail like a picture: its channel, the first 64 bits of its file's sha256, and the cosine of the two."""

    channel: Channel
    digest: int
    cosine: float


@dataclass(frozen=True, slots=True, eq=False)
class ThumbnailIndex:
    """One row per thumbnail; numbers only, which do not say what the thumbnails show.

    `vectors` int8 [n, SIZE] are the projected features, `digests` uint64 [n] the first 64 bits of the files' sha256,
    `channels` uint16 [n] indices into the model's channels; `learned` [n] are those that the model learned from.
    `typicality` float32 [n] says how typical of its channel each one of the test split is, NaN for the others.
    """

    vectors: NDArray[np.int8]
    digests: NDArray[np.uint64]
    channels: NDArray[np.uint16]
    learned: NDArray[np.bool_]
    typicality: NDArray[np.float32]

    @classmethod
    def empty(cls) -> Self:
        """No thumbnails."""
        return cls(**{name: np.zeros((0, SIZE) if name == "vectors" else 0, kind) for name, kind in _KINDS.items()})

    @classmethod
    def read(cls, data: bytes) -> Self:
        """Read what `bytes` gave. Raises SafetensorError, KeyError, ValueError."""
        arrays = load(data)
        index = cls(**{field.name: arrays[field.name] for field in fields(cls)})
        count = len(index.digests)
        for name, kind in _KINDS.items():
            shape = (count, SIZE) if name == "vectors" else (count,)
            if arrays[name].dtype != kind or arrays[name].shape != shape:
                raise ValueError(f"the index has other {name}")
        return index

    def __bytes__(self) -> bytes:
        return save({field.name: np.ascontiguousarray(getattr(self, field.name)) for field in fields(self)})

    def candidates(
        self, features: NDArray[np.floating], channels: Sequence[Channel], count: int = CANDIDATES
    ) -> tuple[Near, ...]:
        """The few thumbnails, the likeliest first, that a picture with these features [d] could be a copy of."""
        cosines = self._cosines(features)
        return tuple(self._nearest(np.where(cosines >= LEAST_COSINE, cosines, -np.inf), channels, count))

    def nearest(
        self, features: NDArray[np.floating], channels: Sequence[Channel], channel: int, count: int
    ) -> tuple[Near, ...]:
        """The `count` thumbnails of a channel, by its index, that the model learned from and that are most like
        features [d]; the likeliest first.
        """
        own = self.learned & (self.channels == channel)
        return tuple(self._nearest(np.where(own, self._cosines(features), -np.inf), channels, count))

    def sample(self, channels: Sequence[Channel], channel: int, count: int) -> tuple[Near, ...]:
        """Up to `count` thumbnails of a channel, by its index, spread evenly over all of them."""
        rows = np.flatnonzero(self.channels == channel)
        chosen = rows[np.linspace(0, len(rows) - 1, min(count, len(rows))).round().astype(int)]
        return tuple(Near(channels[channel], int(self.digests[row]), 0.0) for row in chosen)

    def percentile(self, typicality: float, channel: int) -> tuple[float, int]:
        """The share of a channel's test thumbnails that are less typical of it, those as typical by half, and their
        number.
        """
        held_out = self.typicality[(self.channels == channel) & np.isfinite(self.typicality)]
        if not len(held_out):
            return 0.0, 0
        return float((held_out < typicality).mean() + (held_out == typicality).mean() / 2), len(held_out)

    def _nearest(self, cosines: NDArray[np.float32], channels: Sequence[Channel], count: int) -> Iterator[Near]:
        for row in np.argsort(-cosines, kind="stable")[:count]:
            if np.isfinite(cosines[row]):
                yield Near(channels[self.channels[row]], int(self.digests[row]), float(cosines[row]))

    def _cosines(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """How like each thumbnail features [d] are, by their projection: [n], in [-1, 1]."""
        own = _directions(project(features[np.newaxis]).astype(np.float32))[0]
        cosines: NDArray[np.float32] = _directions(self.vectors.astype(np.float32)) @ own
        return cosines


def project(features: NDArray[np.floating]) -> NDArray[np.int8]:
    """A random projection of features [n, d]: int8 [n, SIZE], whose cosines are roughly those of the features.

    Source: Achlioptas, "Database-friendly random projections" (2003).
    """
    projected = _directions(features.astype(np.float32) @ _signs(features.shape[1]))
    rounded: NDArray[np.int8] = (projected * _SCALE).round().clip(-127, 127).astype(np.int8)
    return rounded


@cache
def _signs(features: int) -> NDArray[np.float32]:
    """Random signs [d, SIZE], the same in every process and version."""
    drawn = hashlib.shake_256(_SEED).digest(features * SIZE // 8)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8)).reshape(features, SIZE)
    return bits.astype(np.float32) * 2 - 1


def _directions(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors scaled to length 1."""
    lengths: Any = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
    return directions
