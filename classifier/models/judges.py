"""Judges: what a model answers with, the eye and a head or a network of its own. None needs PyTorch."""

from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from classifier.models.artifact import Artifact
from classifier.models.eye_model import EyeModel
from classifier.models.head import Head
from classifier.networks.exported import ExportedNetwork
from classifier.networks.eye import Eye
from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.pictures.thumbnail import Inputs, Thumbnail

BATCH_SIZE: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Calibrated `probabilities` [n, channels] and unknown scores [n]; above `threshold` a picture is unknown.

    What the probabilities of a picture lack to 1 is that of being unknown.
    """

    probabilities: NDArray[np.float64]
    unknown_scores: NDArray[np.float64]
    threshold: float

    @classmethod
    def of(cls, head: Head, logits: NDArray[np.float64]) -> Self:
        """A head's judgement, by its logits [n, channels + 1]."""
        return cls(head.probabilities(logits)[:, :-1], head.unknown_scores(logits), head.threshold)

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Which pictures are rejected as unknown [n]."""
        return self.unknown_scores > self.threshold


class Judge(Protocol):
    """What a model answers with."""

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One thumbnail as the judge reads it."""

    def judge(self, inputs: Inputs) -> Judgement:
        """Judge prepared inputs [n, ...]."""


class HeadJudge:
    """The eye, which all models share, and one model's head."""

    def __init__(self, model: EyeModel, eye: Eye) -> None:
        self._head = model.head
        self._eye = eye

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """The thumbnail's pixels: uint8 [180, 320, 3]."""
        return thumbnail.pixels

    def judge(self, inputs: Inputs) -> Judgement:
        """Judge pixels [n, 180, 320, 3]."""
        pixels = np.asarray(inputs, dtype=np.uint8)
        seen = [self._eye.see(pixels[start : start + BATCH_SIZE]) for start in range(0, len(pixels), BATCH_SIZE)]
        return self.judge_features(np.concatenate(seen))

    def see(self, thumbnail: Thumbnail) -> NDArray[np.float32]:
        """What the eye sees of a thumbnail: features [d]."""
        (features,) = self._eye.see(thumbnail.pixels[np.newaxis])
        return np.asarray(features)

    def typicality(self, features: NDArray[np.floating], channel: int) -> float:
        """How typical of a channel, by its index, a picture with features [d] is: log odds."""
        (score,) = self._head.typicality(self._head.logits(features[np.newaxis]), np.array([channel]))
        return float(score)

    def judge_features(self, features: NDArray[np.floating]) -> Judgement:
        """Judge what the eye has seen already: features [n, d]."""
        return Judgement.of(self._head, self._head.logits(features))


class NetworkJudge:
    """A network that PyTorch trained, run by ONNX Runtime, and its calibration."""

    def __init__(self, model: Artifact) -> None:
        """Load the network. Raises one of GRAPH_ERRORS if the parts of the model don't fit together."""
        self._network = ExportedNetwork(model.network)
        self._calibration = model.calibration
        blank = self.prepare(Thumbnail(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)))
        if self.judge(blank[np.newaxis]).probabilities.shape != (1, len(model.info.channels)):
            raise ValueError("the network has other channels than the model")

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One thumbnail as the network reads it."""
        return self._network.prepare(thumbnail)

    def judge(self, inputs: Inputs) -> Judgement:
        """Judge prepared inputs [n, ...]."""
        outputs = self._network.run(inputs)
        return Judgement(
            self._calibration.probabilities(outputs),
            self._calibration.unknown_scores(outputs),
            self._calibration.threshold,
        )
