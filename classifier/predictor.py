"""Predictor: pictures → Predictions, calibrated, with "unknown"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self, cast

import numpy as np
from numpy.typing import NDArray

from classifier import artifact
from classifier.calibration import Calibration
from classifier.dataset import Dataset, pictures_under, read_features
from classifier.errors import DatasetError
from classifier.explanation import occlusion
from classifier.metrics import measure, with_unknown
from classifier.net import Network
from classifier.outputs import run
from classifier.thumbnail import Inputs, Thumbnail
from classifier.values import Channel, Explanation, Guess, Metrics, OnProgress, Prediction


class Predictor:
    """A network, its calibration, and the channels it can name."""

    def __init__(self, network: Network, calibration: Calibration, channels: tuple[Channel, ...]) -> None:
        self._network = network.fused()
        self._calibration = calibration
        self.channels = channels

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The predictor of an artifact. Raises ArtifactError."""
        model = artifact.load(folder)
        return cls(model.network, model.calibration, model.info.channels)

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One picture as the network reads it."""
        return self._network.prepare(thumbnail)

    def predict(self, thumbnails: Sequence[Thumbnail]) -> list[Prediction]:
        """Say whose each thumbnail is, in one batch."""
        if not thumbnails:
            return []
        probabilities, unknown = self._judge_thumbnails(thumbnails)
        return [
            self._prediction(row, unknown=bool(stranger)) for row, stranger in zip(probabilities, unknown, strict=True)
        ]

    def explain(self, thumbnail: Thumbnail) -> Explanation:
        """Say which parts of a thumbnail speak for its most probable channel, even where it is called unknown."""
        (prediction,) = self.predict([thumbnail])
        channel = self.channels.index(prediction.channel)
        heat = occlusion(thumbnail, channel, lambda thumbnails: self._judge_thumbnails(thumbnails)[0])
        return Explanation(prediction, heat)

    def judge(self, inputs: Inputs) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Probabilities [n, channels] and verdicts "unknown" [n] of prepared inputs [n, ...]."""
        outputs = run(self._network, inputs)
        return (
            self._calibration.probabilities(outputs),
            self._calibration.unknown_scores(outputs) > self._calibration.threshold,
        )

    def evaluate(self, dataset: Dataset, unknown: Path | None, on_progress: OnProgress = lambda _: None) -> Metrics:
        """Measure on labelled pictures and, where given, on a folder of other channels' pictures.

        Raises DatasetError where a folder's name is no channel of this model.
        """
        labels = tuple(channel.label for channel in self.channels)
        strangers = [channel.label for channel in dataset.channels if channel.label not in labels]
        if strangers:
            raise DatasetError(
                f"The model does not know {', '.join(strangers)}; it knows {', '.join(labels)}. "
                "Move other channels' pictures to a folder of their own and give it as --unknown."
            )
        features = read_features(dataset, self._network.prepare, on_progress)
        of_model = np.array([labels.index(channel.label) for channel in dataset.channels])
        outputs = run(self._network, features.inputs)
        metrics = measure(self._calibration.probabilities(outputs), of_model[features.targets], labels)
        if unknown is None:
            return metrics
        others = read_features(pictures_under(unknown), self._network.prepare, on_progress)
        return with_unknown(
            metrics,
            known_scores=self._calibration.unknown_scores(outputs),
            unknown_scores=self._calibration.unknown_scores(run(self._network, others.inputs)),
            threshold=self._calibration.threshold,
        )

    def _judge_thumbnails(self, thumbnails: Sequence[Thumbnail]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        prepared = np.stack([self._network.prepare(thumbnail) for thumbnail in thumbnails])
        return self.judge(cast("Inputs", prepared))

    def _prediction(self, probabilities: NDArray[np.float64], *, unknown: bool) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")
        return Prediction(
            guesses=tuple(Guess(self.channels[index], float(probabilities[index])) for index in order), unknown=unknown
        )
