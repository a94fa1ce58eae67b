"""Predictor: thumbnails → Predictions, calibrated, with "unknown"."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from classifier.errors import DatasetError, NoIndexError
from classifier.models import artifact
from classifier.models.explanation import occlusion
from classifier.models.eye_model import load_eye_model
from classifier.models.folder import read_info, unreadable
from classifier.models.judges import HeadJudge, Judge, Judgement, NetworkJudge
from classifier.models.thumbnail_index import Near, ThumbnailIndex
from classifier.networks.eye import Eye
from classifier.networks.session import GRAPH_ERRORS
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.pictures.thumbnail import Inputs, Thumbnail
from classifier.settings import EYE
from classifier.values import Channel, Guess, Heatmap, Metrics, ModelInfo, OnProgress, Prediction

NEAREST: Final = 8
SAMPLE: Final = 24
"""Thumbnails of a channel whose colours are looked at."""
SURE: Final = 0.75
"""A confidence from which on an answer is not doubtful."""


@dataclass(frozen=True, slots=True)
class Typicality:
    """How typical of a channel a thumbnail is: the share of its `held_out` thumbnails that are less typical.

    `nearest` are the channel's thumbnails that are most like it, `sample` some of all.
    """

    channel: Channel
    percentile: float
    held_out: int
    nearest: tuple[Near, ...]
    sample: tuple[Near, ...]


class Predictor:
    """Answers with one model: its judge, the channels that it can name, and the index of its thumbnails."""

    def __init__(self, judge: Judge, info: ModelInfo, index: ThumbnailIndex | None = None) -> None:
        self.judge = judge
        self.channels = info.channels
        self.index = index or ThumbnailIndex.empty()
        self._version = info.version

    @classmethod
    def load(cls, folder: Path, eye: Eye | None = None) -> Self:
        """The predictor of a model folder; without an `eye`, one is made if it is needed. Raises ArtifactError."""
        if read_info(folder).network == EYE:
            eye = eye or Eye()
            model = load_eye_model(folder, eye.hash, eye.features)
            return cls(HeadJudge(model, eye), model.info, model.index)
        trained = artifact.load(folder)
        try:
            return cls(NetworkJudge(trained), trained.info)
        except GRAPH_ERRORS as error:
            raise unreadable(folder) from error

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the channels, in the order of the probabilities."""
        return tuple(channel.label for channel in self.channels)

    def predict(self, thumbnails: Sequence[Thumbnail]) -> list[Prediction]:
        """Predict the channel of each thumbnail, in one batch."""
        if not thumbnails:
            return []
        return self.predictions(self._judge(thumbnails))

    def predictions(self, judged: Judgement) -> list[Prediction]:
        """What a judgement says about each picture."""
        return [
            self._prediction(row, unknown=bool(rejected))
            for row, rejected in zip(judged.probabilities, judged.unknown, strict=True)
        ]

    def nearest(self, thumbnail: Thumbnail, prediction: Prediction) -> tuple[tuple[Near, ...], ...]:
        """The thumbnails most like one, of its most probable channel and, if the answer is doubtful, of the next one.

        There are a few more than are shown, because some may be gone; none if the model has no index.
        """
        if not isinstance(self.judge, HeadJudge):
            return ()
        features = self.judge.see(thumbnail)
        asked = prediction.guesses[: 1 if _is_sure(prediction) else 2]
        places = [self.channels.index(guess.channel) for guess in asked]
        return tuple(self.index.nearest(features, self.channels, place, NEAREST) for place in places)

    def compare(self, thumbnail: Thumbnail, label: str) -> Typicality:
        """How typical a thumbnail is of a channel. Raises NoIndexError."""
        if label not in self.labels:
            raise NoIndexError("The model does not know that channel. Choose one that it knows, or train it again.")
        channel = self.labels.index(label)
        if not isinstance(self.judge, HeadJudge) or not (self.index.channels == channel).any():
            raise NoIndexError("The model can't compare pictures with its channels yet. Train it again.")
        features = self.judge.see(thumbnail)
        percentile, held_out = self.index.percentile(self.judge.typicality(features, channel), channel)
        return Typicality(
            self.channels[channel],
            percentile,
            held_out,
            nearest=self.index.nearest(features, self.channels, channel, NEAREST),
            sample=self.index.sample(self.channels, channel, SAMPLE),
        )

    def explain(self, thumbnail: Thumbnail) -> Heatmap:
        """Show which parts of a thumbnail are evidence for its most probable channel, even if it is unknown."""
        (prediction,) = self.predict([thumbnail])
        channel = self.channels.index(prediction.channel)
        heat = occlusion(thumbnail, channel, lambda thumbnails: self._judge(thumbnails).probabilities)
        return Heatmap(prediction, heat)

    def evaluate(self, dataset: Dataset, unknown: Dataset | None, on_progress: OnProgress = lambda _: None) -> Metrics:
        """Measure on labelled thumbnails and, if given, on those of unknown channels.

        Raises DatasetError if a folder's name is not a channel of this model.
        """
        from classifier.models.metrics import measure, with_unknown  # noqa: PLC0415 - scikit-learn: never for answers

        foreign = [channel.label for channel in dataset.channels if channel.label not in self.labels]
        if foreign:
            raise DatasetError(
                "The model does not know {foreign}; it knows {known}. Move the unknown channels to a folder of their "
                "own and pass it as --unknown.",
                foreign=", ".join(foreign),
                known=", ".join(self.labels),
            )
        examples = read_examples(dataset, self.judge.prepare, on_progress)
        of_model = np.array([self.labels.index(channel.label) for channel in dataset.channels])
        known = self.judge.judge(examples.inputs)
        targets = of_model[examples.targets]
        metrics = measure(known.probabilities, targets, self.labels)
        if unknown is None:
            return metrics
        others = self.judge.judge(read_examples(unknown, self.judge.prepare, on_progress).inputs)
        return with_unknown(metrics, known, targets, others)

    def _judge(self, thumbnails: Sequence[Thumbnail]) -> Judgement:
        prepared = np.stack([self.judge.prepare(thumbnail) for thumbnail in thumbnails])
        return self.judge.judge(cast("Inputs", prepared))

    def _prediction(self, probabilities: NDArray[np.float64], *, unknown: bool) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")
        return Prediction(
            guesses=tuple(Guess(self.channels[index], float(probabilities[index])) for index in order),
            unknown=unknown,
            version=self._version,
            unknown_probability=max(0.0, 1 - float(probabilities.sum())),
        )


def _is_sure(prediction: Prediction) -> bool:
    return not prediction.unknown and prediction.confidence >= SURE
