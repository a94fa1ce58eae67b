"""The eye, compared with the same network written in PyTorch."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from classifier.networks import eye as module
from classifier.networks.eye import Eye, build_eye
from classifier.networks.pretrained import pretrained_weights
from tests.classifier.drawn import COLOURS, pixels

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1)
"""Of the blocks 0 to 10."""
POOLED, STYLED = (4, 7, 10), (7, 10)
COUNTS = {4: 40, 7: 80, 10: 112}
"""Channels of the maps that are described."""

Weights = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def whitened() -> Eye:
    """The eye as it is used."""
    return Eye()


@pytest.fixture(scope="module")
def eye() -> Eye:
    """The eye without its whitening: its features are the network's own."""
    return Eye(whitened=False)


@pytest.fixture(scope="module")
def weights() -> Weights:
    return pretrained_weights()


@pytest.fixture(scope="module")
def thumbnails() -> NDArray[np.uint8]:
    """Two drawn thumbnails, noise, and one of a single colour: [4, 180, 320, 3]."""
    noise = np.random.default_rng(0).integers(0, 256, (180, 320, 3), dtype=np.uint8)
    flat = np.full((180, 320, 3), 90, dtype=np.uint8)
    return np.stack([pixels(COLOURS["amber"], 1), pixels(COLOURS["fern"], 2), noise, flat])


class Reference:
    """EfficientNet-Lite0 up to block 10, with batch normalisation as it was trained."""

    def __init__(self, weights: Weights) -> None:
        self._weights = {name: torch.from_numpy(value) for name, value in weights.items()}

    def see(self, thumbnails: NDArray[np.uint8]) -> list[Tensor]:
        """The parts of the features; roots are not yet taken of covariances."""
        maps = (torch.from_numpy(thumbnails).permute(0, 3, 1, 2).float() - 127) / 128
        maps = self._layer(maps, "_conv_stem.weight", "_bn0", stride=2)
        parts: list[Tensor] = []
        for number, stride in enumerate(STRIDES):
            maps = self._block(maps, f"_blocks.{number}.", stride)
            if number in POOLED:
                parts += [
                    maps.mean((2, 3)),
                    (maps.var((2, 3), correction=0) + 1e-4).sqrt(),
                    maps.amax((2, 3)),
                ]
            if number in STYLED:
                cells = functional.avg_pool2d(maps, (4, 5))
                covariances = torch.stack([torch.cov(each, correction=0) for each in maps.flatten(2)])
                one, other = torch.triu_indices(maps.shape[1], maps.shape[1])
                parts += [cells.flatten(1), covariances[:, one, other]]
        return parts

    def _block(self, maps: Tensor, prefix: str, stride: int) -> Tensor:
        inner = maps
        if prefix + "_expand_conv.weight" in self._weights:
            inner = self._layer(inner, prefix + "_expand_conv.weight", prefix + "_bn0")
        inner = self._layer(
            inner, prefix + "_depthwise_conv.weight", prefix + "_bn1", stride=stride, groups=inner.shape[1]
        )
        inner = self._normalised(
            functional.conv2d(inner, self._weights[prefix + "_project_conv.weight"]), prefix + "_bn2"
        )
        return maps + inner if inner.shape == maps.shape else inner

    def _layer(self, maps: Tensor, kernels: str, normalisation: str, *, stride: int = 1, groups: int = 1) -> Tensor:
        kernel = self._weights[kernels]
        height, width = (max((-(-n // stride) - 1) * stride + kernel.shape[-1] - n, 0) for n in maps.shape[2:])
        padded = functional.pad(maps, (width // 2, width - width // 2, height // 2, height - height // 2))
        convolved = functional.conv2d(padded, kernel, stride=stride, groups=groups)
        return functional.relu6(self._normalised(convolved, normalisation))

    def _normalised(self, maps: Tensor, name: str) -> Tensor:
        mean, variance, scale, shift = (
            self._weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
        )
        return functional.batch_norm(maps, mean, variance, scale, shift, eps=1e-3)


def parts_of(features: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The features by kind: of each described block mean, spread, maximum, and of two also cells and covariances."""
    widths: list[int] = []
    roots: list[int] = []
    for block in POOLED:
        count = COUNTS[block]
        widths += [count] * 3
        if block in STYLED:
            widths += [12 * count, count * (count + 1) // 2]
            roots.append(len(widths) - 1)
    assert features.shape[1] == sum(widths)
    parts = np.split(features, np.cumsum(widths)[:-1], axis=1)
    for place in roots:  # a root magnifies the least difference near 0
        parts[place] = np.sign(parts[place]) * parts[place] ** 2
    return parts


def assert_alike(features: NDArray[np.float32], expected: Sequence[NDArray[np.float32]]) -> None:
    """Assert that features are alike to a thousandth of the greatest of their kind."""
    parts = parts_of(features)
    assert len(parts) == len(expected)
    for part, wanted in zip(parts, expected, strict=True):
        np.testing.assert_allclose(part, wanted, rtol=0, atol=1e-3 * np.abs(wanted).max())


def test_the_eye_sees_what_the_network_in_pytorch_sees(
    eye: Eye, weights: Weights, thumbnails: NDArray[np.uint8]
) -> None:
    seen = eye.see(thumbnails)
    assert (seen.shape, seen.dtype) == ((4, eye.features), np.float32)
    with torch.inference_mode():
        expected = [part.numpy() for part in Reference(weights).see(thumbnails)]
    assert_alike(seen, expected)


def test_features_are_finite_and_fit_in_half_precision(eye: Eye, whitened: Eye) -> None:
    extremes = np.zeros((3, 180, 320, 3), dtype=np.uint8)
    extremes[1] = 255
    extremes[2, ::2, ::2] = 255
    for seen in (eye.see(extremes), whitened.see(extremes)):
        assert np.isfinite(seen).all()
        assert np.abs(seen).max() < 1000


@pytest.mark.parametrize("count", [1, 3, 16])
def test_a_batch_of_any_size_gives_what_single_thumbnails_give(
    count: int, eye: Eye, thumbnails: NDArray[np.uint8]
) -> None:
    which = np.arange(count) % len(thumbnails)
    seen = eye.see(thumbnails[which])
    assert seen.shape == (count, eye.features)
    singles = np.concatenate([eye.see(thumbnails[index : index + 1]) for index in range(len(thumbnails))])
    assert_alike(seen, parts_of(singles[which]))


def test_more_threads_see_the_same(eye: Eye, thumbnails: NDArray[np.uint8]) -> None:
    other = Eye(threads=2, whitened=False)
    assert other.hash == eye.hash
    assert_alike(other.see(thumbnails), parts_of(eye.see(thumbnails)))


def test_the_same_thumbnails_always_give_the_same_features(eye: Eye, thumbnails: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(eye.see(thumbnails), eye.see(thumbnails))


def test_the_hash_is_the_same_in_every_process(whitened: Eye) -> None:
    code = "from classifier.networks.eye import Eye; print(Eye().hash)"
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603
    assert printed == whitened.hash + "\n"


def test_the_graph_follows_from_the_weights(whitened: Eye, weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_eye(weights) == build_eye(dict(weights))
    changed = {**weights, "_bn0.bias": weights["_bn0.bias"] + np.float32(0.01)}
    assert build_eye(changed) != build_eye(weights)
    monkeypatch.setattr(module, "pretrained_weights", lambda: changed)
    assert Eye().hash != whitened.hash


def test_unused_weights_are_not_in_the_graph(weights: Weights) -> None:
    last = [name for name in weights if name.startswith(("_blocks.11.", "_blocks.15.", "_conv_head", "_fc"))]
    assert last
    changed = {**weights, **{name: weights[name] + 1 for name in last}}
    assert build_eye(changed) == build_eye(weights)


def test_no_part_of_the_eye_needs_torch() -> None:
    code = (
        "import sys, numpy; from classifier.networks.eye import Eye; "
        "Eye().see(numpy.zeros((1, 180, 320, 3), numpy.uint8)); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
