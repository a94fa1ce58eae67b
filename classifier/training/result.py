"""What a training gives, whatever was trained."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from classifier.models.artifact import Artifact
from classifier.models.eye_model import EyeModel
from classifier.models.look_alikes import find_look_alikes
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import Examples
from classifier.values import EpochReport, LeftOut, Metrics, Mistake, ModelInfo


@dataclass(frozen=True, slots=True, eq=False)
class TrainingResult:
    """A model, how its training went, its test set with which of it is predicted right, and what was skipped: single
    thumbnails that can't be read, and whole channels that have too few. `mistakes` are for people to look at.
    """

    artifact: Artifact | EyeModel
    history: tuple[EpochReport, ...]
    test: Dataset
    test_right: NDArray[np.bool_]
    skipped: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


def describe(network: str, examples: Examples, metrics: Metrics) -> ModelInfo:
    """A new model, named by the time."""
    now = datetime.now(UTC)
    modified = [datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in examples.files]
    return ModelInfo(
        version=now.strftime("%Y%m%d-%H%M%S"),
        trained_at=now,
        network=network,
        channels=examples.channels,
        thumbnails=len(examples.files),
        metrics=metrics,
        fetched=(min(modified), max(modified)),
        look_alikes=find_look_alikes(metrics),
    )
