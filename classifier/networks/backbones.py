"""Backbone: torchvision's pretrained networks, whose weights are downloaded once."""

from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from pickle import UnpicklingError  # the error of torch.load(weights_only=True), and nothing else of pickle
from typing import Any
from urllib.parse import urlsplit

import torch
from torch import Tensor, hub, nn
from torchvision.models import get_model, get_model_weights

from classifier.disk import is_refusal, refused
from classifier.errors import WeightsError
from classifier.networks.augmentation import vary_pixels
from classifier.networks.network import Network
from classifier.networks.regression import Head, regress
from classifier.pictures.thumbnail import Preprocessing


class Backbone(Network):
    """One of torchvision's networks for ImageNet-1K, with a head of our own in place of its last layer.

    Size, resampling, mean and spread of its inputs are those of the weights' own transforms, except that it sees the
    whole 16:9 thumbnail where they crop a square. Mean and spread are stored with the weights.
    """

    epochs = 8
    learning_rate = 3e-4
    frozen = True
    head: Head
    mean: Tensor
    std: Tensor

    def __init__(self, name: str, classes: int) -> None:
        super().__init__()
        self._name = name
        self._weights = get_model_weights(name).DEFAULT
        transforms = self._weights.transforms()
        (self._width,) = transforms.crop_size
        self._height = round(self._width * 9 / 16 / 32) * 32  # these networks halve the picture five times
        self._resampling = transforms.interpolation.name
        self.register_buffer("mean", torch.tensor(transforms.mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(transforms.std).view(3, 1, 1))
        self.body = get_model(name, weights=None).to(memory_format=torch.channels_last)
        self.head = Head(self.body.classifier[-1].in_features, classes)
        self.body.classifier[-1] = nn.Identity()

    def preprocessing(self) -> Preprocessing:
        """It reads the thumbnail, reduced: uint8 [3, 128, 224]."""
        return Preprocessing((3, self._height, self._width), resampling=self._resampling)

    def warm_start(self) -> None:
        """Load the weights from torch hub's cache; if they are not there, download them first.

        Raises WeightsError if they are unavailable, or if the file holds something else.
        """
        url = self._weights.url
        file = Path(hub.get_dir()) / "checkpoints" / PurePosixPath(urlsplit(url).path).name
        if not file.exists():
            _download(url, file)
        last = f"classifier.{len(self.body.classifier) - 1}."
        try:
            weights = _tensors(file)
            self.body.load_state_dict({key: value for key, value in weights.items() if not key.startswith(last)})
        except (OSError, RuntimeError, UnpicklingError, EOFError, ValueError, LookupError, TypeError) as error:
            raise WeightsError(
                "{file} is broken or has the weights of a network other than {network}. Delete it to download it "
                "again, or replace it with {url}.",
                file=str(file),
                network=self._name,
                url=url,
            ) from error

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, d] of pixels, either uint8 or float in [0, 255]."""
        pixels = (inputs.float() / 255 - self.mean) / self.std
        features: Tensor = self.body(pixels.contiguous(memory_format=torch.channels_last))
        return features

    def fit_head(self, features: Tensor, targets: Tensor) -> float:
        """Fit the head to features [n, d], float64, of classes `targets` [n]; returns the log loss."""
        return regress(self.head, features, targets)

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels varied."""
        return vary_pixels(inputs, generator)


def _download(url: str, file: Path) -> None:
    """Like torchvision's `get_state_dict(check_hash=True)` does, which prints to standard output, where JSON goes."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        hub.download_url_to_file(url, str(file), hash_prefix=file.stem.rpartition("-")[2], progress=False)
    except (OSError, HTTPException, RuntimeError) as error:  # a RuntimeError where the hash differs
        if is_refusal(error):
            raise refused(file, error, WeightsError) from error
        raise WeightsError(
            "The pretrained weights can't be downloaded ({cause}). Download {url} on another machine and copy it to "
            "{file}, or choose a network that needs none.",
            cause=str(getattr(error, "reason", error)),
            url=url,
            file=str(file),
        ) from error


def _tensors(file: Path) -> Mapping[str, Any]:
    weights = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(weights, Mapping):
        raise TypeError(type(weights))
    return weights
