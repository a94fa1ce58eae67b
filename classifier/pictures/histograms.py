"""RGB histograms of a dataset as plain arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import OnProgress


@dataclass(frozen=True, slots=True, eq=False)
class Histograms:
    """RGB histograms of n thumbnails: `X` float32 [n, 4, 25], `y` int64 [n], and each one's video id and channel."""

    X: NDArray[np.float32]
    y: NDArray[np.int64]
    video: NDArray[np.str_]
    channel: NDArray[np.str_]

    def save(self, file: Path) -> None:
        """Write plain arrays as `.npz`."""
        with file.open("wb") as handle:
            np.savez_compressed(handle, X=self.X, y=self.y, video=self.video, channel=self.channel)


def histograms(dataset: Dataset, on_progress: OnProgress) -> Histograms:
    """The histograms of every readable thumbnail of a dataset. Raises DatasetError."""
    examples = read_examples(dataset, Thumbnail.histograms, on_progress)
    return Histograms(
        X=np.asarray(examples.inputs, dtype=np.float32),
        y=examples.targets,
        video=np.array([file.stem for file in examples.files]),
        channel=np.array([dataset.channels[target].label for target in examples.targets]),
    )
