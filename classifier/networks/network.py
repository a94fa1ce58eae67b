"""Network: what all networks have in common."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from classifier.networks.outputs import Outputs, joined
from classifier.networks.regression import Head
from classifier.pictures.thumbnail import Inputs, Preprocessing, Thumbnail


class Network(nn.Module, ABC):
    """A classifier of thumbnails: `prepare` makes its input, `embed` its features, `head` its logits.

    `epochs` is its default training length. Only the head of a `frozen` network is trained, unless fine-tuning is asked
    for; one of no epochs has nothing else to tune.
    """

    epochs: ClassVar[int]
    learning_rate: ClassVar[float]
    frozen: ClassVar[bool] = False
    head: Head

    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """How this network's inputs are made."""

    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One thumbnail as this network reads it."""
        return self.preprocessing().prepare(thumbnail)

    @abstractmethod
    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, d] of prepared inputs [n, ...]."""

    def warm_start(self) -> None:
        """Load pretrained weights, if this network has any. Raises WeightsError."""

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Fit whatever takes no epochs to the training split, before the first epoch."""

    def fit_head(self, features: Tensor, targets: Tensor) -> float:
        """Fit the head to features [n, d], float64, of classes `targets` [n]; returns the log loss."""
        raise NotImplementedError

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Vary a batch without losing what distinguishes its channels."""
        del generator
        return inputs

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Features [n, d] and logits [n, classes] of prepared inputs [n, ...]."""
        features = self.embed(inputs)
        return features, self.head(features)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits [n, classes] for training; the log-softmax is part of the loss."""
        return self.answer(inputs)[1]


def run(network: Network, inputs: Inputs, batch_size: int = 16) -> Outputs:
    """Run prepared `inputs` [n, ...] through a network in evaluation mode, n ≥ 1."""
    device = next(network.parameters()).device
    network.eval()
    parts = []
    with torch.inference_mode():
        for start in range(0, len(inputs), batch_size):
            answer = network.answer(torch.from_numpy(inputs[start : start + batch_size]).to(device))
            features, logits = (part.cpu().numpy().astype(np.float64) for part in answer)
            parts.append(Outputs(features, logits))
    return joined(parts)
