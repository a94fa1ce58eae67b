"""NetworkJudge: a network that PyTorch trained, and its calibration."""

import torch

from classifier.models.artifact import Artifact
from classifier.models.predictor import Judgement
from classifier.networks.outputs import run
from classifier.pictures.thumbnail import Inputs, Thumbnail


class NetworkJudge:
    """Judges with the network and the calibration of an artifact."""

    def __init__(self, model: Artifact) -> None:
        torch.set_num_threads(1)  # several answers side by side would wait for each other
        self._network = model.network.fused()
        self._calibration = model.calibration

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One thumbnail as the network reads it."""
        return self._network.prepare(thumbnail)

    def judge(self, inputs: Inputs) -> Judgement:
        """Judge prepared inputs [n, ...]."""
        outputs = run(self._network, inputs)
        return Judgement(
            self._calibration.probabilities(outputs),
            self._calibration.unknown_scores(outputs),
            self._calibration.threshold,
        )
