"""Network: what all networks have in common."""

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor, nn

from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.pictures.thumbnail import Inputs, Preprocessing, Thumbnail


class Network(nn.Module, ABC):
    """A classifier of thumbnails: `prepare` makes its input, `embed` its features, `head` its logits.

    `epochs` is its default training length. Only the head of a `frozen` network is trained, unless fine-tuning is asked
    for; one of no epochs has nothing else to tune.
    """

    epochs: ClassVar[int]
    learning_rate: ClassVar[float]
    frozen: ClassVar[bool] = False
    head: nn.Linear

    @abstractmethod
    def prepare(self, thumbnail: Thumbnail) -> Inputs:
        """One thumbnail as this network reads it."""

    def preprocessing(self) -> Preprocessing:
        """How this network's inputs are made, to be stored beside its weights."""
        blank = Thumbnail(np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8))
        return Preprocessing(input_shape=self.prepare(blank).shape)

    @abstractmethod
    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, d] of prepared inputs [n, ...]."""

    def warm_start(self) -> None:
        """Load pretrained weights, if this network has any; only training asks for them.

        An artifact holds all weights: a trained model loads without this. Raises WeightsError.
        """

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Fit whatever takes no epochs to the training split, before the first epoch."""

    def fit_head(self, features: Tensor, targets: Tensor) -> float:
        """Fit the head to features [n, d], float64, of classes `targets` [n]; returns the log loss."""
        raise NotImplementedError

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Vary a batch without losing what distinguishes its channels."""
        del generator
        return inputs

    def fused(self) -> Self:
        """A network that gives the same answers, faster if it can, and can no longer be trained."""
        return self

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features [n, d], style [n, s] and logits [n, classes] of prepared inputs [n, ...].

        Style describes how a picture was made, whatever its channel; a network without one gives its features.
        """
        features = self.embed(inputs)
        return features, features, self.head(features)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits [n, classes] for training; the log-softmax is part of the loss."""
        logits: Tensor = self.head(self.embed(inputs))
        return logits
