"""Predictor: thumbnails → Predictions, calibrated, with "unknown"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from classifier.errors import DatasetError
from classifier.models import artifact
from classifier.models.artifact import Artifact
from classifier.models.explanation import occlusion
from classifier.models.metrics import measure, with_unknown
from classifier.networks.outputs import run
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.examples import read_examples
from classifier.pictures.thumbnail import Inputs, Thumbnail
from classifier.values import Guess, Heatmap, Metrics, OnProgress, Prediction


class Predictor:
    """Answers with one model: its network, its calibration, and the channels that it can name."""

    def __init__(self, model: Artifact) -> None:
        self._network = model.network.fused()
        self._calibration = model.calibration
        self._version = model.info.version
        self.channels = model.info.channels

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The predictor of an artifact. Raises ArtifactError."""
        return cls(artifact.load(folder))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the channels, in the order of the probabilities."""
        return tuple(channel.label for channel in self.channels)

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One thumbnail as the network reads it."""
        return self._network.prepare(thumbnail)

    def predict(self, thumbnails: Sequence[Thumbnail]) -> list[Prediction]:
        """Predict the channel of each thumbnail, in one batch."""
        if not thumbnails:
            return []
        probabilities, unknown = self._judge_thumbnails(thumbnails)
        return [
            self._prediction(row, unknown=bool(rejected)) for row, rejected in zip(probabilities, unknown, strict=True)
        ]

    def explain(self, thumbnail: Thumbnail) -> Heatmap:
        """Show which parts of a thumbnail are evidence for its most probable channel, even if it is unknown."""
        (prediction,) = self.predict([thumbnail])
        channel = self.channels.index(prediction.channel)
        heat = occlusion(thumbnail, channel, lambda thumbnails: self._judge_thumbnails(thumbnails)[0])
        return Heatmap(prediction, heat)

    def judge(self, inputs: Inputs) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Probabilities [n, channels] of prepared inputs [n, ...], and which are rejected as unknown [n]."""
        outputs = run(self._network, inputs)
        return (
            self._calibration.probabilities(outputs),
            self._calibration.unknown_scores(outputs) > self._calibration.threshold,
        )

    def evaluate(self, dataset: Dataset, unknown: Path | None, on_progress: OnProgress = lambda _: None) -> Metrics:
        """Measure on labelled thumbnails and, if given, on a folder of unknown channels' thumbnails.

        Raises DatasetError if a folder's name is not a channel of this model.
        """
        foreign = [channel.label for channel in dataset.channels if channel.label not in self.labels]
        if foreign:
            raise DatasetError(
                f"The model does not know {', '.join(foreign)}; it knows {', '.join(self.labels)}. "
                "Move the unknown channels to a folder of their own and pass it as --unknown."
            )
        examples = read_examples(dataset, self._network.prepare, on_progress)
        of_model = np.array([self.labels.index(channel.label) for channel in dataset.channels])
        outputs = run(self._network, examples.inputs)
        metrics = measure(self._calibration.probabilities(outputs), of_model[examples.targets], self.labels)
        if unknown is None:
            return metrics
        unknown_examples = read_examples(unlabelled(unknown), self._network.prepare, on_progress)
        return with_unknown(
            metrics,
            known_scores=self._calibration.unknown_scores(outputs),
            unknown_scores=self._calibration.unknown_scores(run(self._network, unknown_examples.inputs)),
            threshold=self._calibration.threshold,
        )

    def _judge_thumbnails(self, thumbnails: Sequence[Thumbnail]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        prepared = np.stack([self._network.prepare(thumbnail) for thumbnail in thumbnails])
        return self.judge(cast("Inputs", prepared))

    def _prediction(self, probabilities: NDArray[np.float64], *, unknown: bool) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")
        return Prediction(
            guesses=tuple(Guess(self.channels[index], float(probabilities[index])) for index in order),
            unknown=unknown,
            version=self._version,
        )
