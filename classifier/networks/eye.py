"""The eye: one frozen pretrained network for all models, run by ONNX Runtime.

EfficientNet-Lite0 (Tan & Le, "EfficientNet", 2019; Lite: Liu, 2020), up to its eleventh block. Maps are pooled at three
depths (mean, spread and maximum), and described at two by their style: how they vary together, and their means by cell.
Source of the style: Gatys et al., "Image Style Transfer Using Convolutional Neural Networks" (2016); of its signed
roots: Lin et al., "Bilinear CNN Models for Fine-Grained Visual Recognition" (2015).
"""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from classifier.networks.pretrained import pretrained_weights
from classifier.networks.session import open_session
from classifier.networks.whitening import Whitening
from classifier.pictures.decoding import HEIGHT, WIDTH

_STAGES: Final = (
    # expansion, channels, blocks, stride
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 40, 2, 2),
    (6, 80, 3, 2),
    (6, 112, 3, 1),
)
_POOLED: Final = (4, 7, 10)
"""Blocks whose maps are pooled."""
_STYLE: Final = (7, 10)
"""Blocks whose maps are described by style."""
_CELLS: Final = (3, 4)
"""Rows and columns of cells: logos and frames have their places."""
_EPSILON: Final = 1e-3


class Eye:
    """Turns thumbnails into features, many at a time."""

    def __init__(self, threads: int = 1, *, whitened: bool = True) -> None:
        """Build the graph and load it, in about a quarter of a second. Raises WeightsError."""
        graph = build_eye(pretrained_weights())
        self._whitening = Whitening.load() if whitened else None
        self._session = open_session(graph.onnx, threads)
        self.hash = f"{graph.hash[:8]}{self._whitening.hash[:8]}" if self._whitening else graph.hash
        self.features = int(self._session.get_outputs()[0].shape[1])

    def see(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features [n, features] of thumbnails' pixels [n, 180, 320, 3].

        One goes through after the other: their maps are large, and several take memory but no less time each.
        """
        alone = (pixels[place : place + 1] for place in range(len(pixels)))
        seen = np.concatenate([np.asarray(self._session.run(None, {"pixels": one})[0]) for one in alone])
        return self._whitening.apply(seen) if self._whitening else seen


@dataclass(frozen=True, slots=True)
class EyeGraph:
    """An ONNX model, and a hash of its operations and weights, which no release of ONNX changes."""

    onnx: bytes
    hash: str


def build_eye(weights: dict[str, NDArray[Any]]) -> EyeGraph:
    """Build the eye, with batch normalisation fused into the convolutions."""
    graph = _Graph(weights)
    maps = graph.add("Transpose", graph.add("Cast", "pixels", to=TensorProto.FLOAT), perm=[0, 3, 1, 2])
    maps = graph.add("Div", graph.add("Sub", maps, graph.constant(np.float32(127))), graph.constant(np.float32(128)))
    maps = graph.convolution(maps, "_conv_stem.weight", "_bn0", stride=2)
    rows, columns, channels, block = HEIGHT // 2, WIDTH // 2, 32, 0
    parts: list[str] = []
    for expansion, out, count, first_stride in _STAGES:
        for number in range(count):
            stride = 1 if number else first_stride
            maps = graph.block(maps, block, channels, out, expansion, stride)
            rows, columns, channels = -(-rows // stride), -(-columns // stride), out
            parts += graph.pooled(maps) if block in _POOLED else []
            parts += graph.style(maps, channels, rows, columns) if block in _STYLE else []
            block += 1
    return graph.model(graph.add("Concat", *parts, axis=1))


class _Graph:
    """An ONNX graph under construction."""

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._hash = hashlib.sha256()
        self._zero, self._six = self.constant(np.float32(0)), self.constant(np.float32(6))
        self._space = self.constant(np.array([2, 3]))

    def constant(self, value: Any) -> str:  # noqa: ANN401 - an array or a number
        name = f"constant{len(self._constants)}"
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        self._constants.append(numpy_helper.from_array(array, name))
        self._hash.update(f"{array.dtype} {array.shape}\n".encode() + array.tobytes())
        return name

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401 - ONNX's attributes
        name = f"{kind}{len(self._nodes)}"
        self._hash.update(f"{name} {inputs} {sorted(attributes.items())}\n".encode())
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def convolution(
        self, maps: str, kernels: str, normalisation: str, *, stride: int = 1, groups: int = 1, activation: bool = True
    ) -> str:
        """A convolution with its batch normalisation, and ReLU6."""
        scale, shift, mean, variance = (
            self._weights[f"{normalisation}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        gain = scale / np.sqrt(variance + _EPSILON)
        kernel = (self._weights[kernels] * gain[:, None, None, None]).astype(np.float32)
        bias = (shift - mean * gain).astype(np.float32)
        size = kernel.shape[2]
        convolved = self.add(
            "Conv",
            maps,
            self.constant(kernel),
            self.constant(bias),
            kernel_shape=[size, size],
            strides=[stride, stride],
            auto_pad="SAME_UPPER",  # as in TensorFlow, where the weights come from
            group=groups,
        )
        return self.add("Clip", convolved, self._zero, self._six) if activation else convolved

    def block(self, maps: str, number: int, channels: int, out: int, expansion: int, stride: int) -> str:
        """An inverted residual block: widen, filter each map by itself, narrow again; with a shortcut if it fits."""
        prefix, wide, inner = f"_blocks.{number}.", channels * expansion, maps
        if expansion > 1:
            inner = self.convolution(inner, f"{prefix}_expand_conv.weight", f"{prefix}_bn0")
        inner = self.convolution(inner, f"{prefix}_depthwise_conv.weight", f"{prefix}_bn1", stride=stride, groups=wide)
        inner = self.convolution(inner, f"{prefix}_project_conv.weight", f"{prefix}_bn2", activation=False)
        return self.add("Add", maps, inner) if stride == 1 and channels == out else inner

    def pooled(self, maps: str) -> list[str]:
        """Mean, spread and maximum of each map."""
        mean = self.add("ReduceMean", maps, self._space, keepdims=1)
        difference = self.add("Sub", maps, mean)
        variance = self.add("ReduceMean", self.add("Mul", difference, difference), self._space, keepdims=0)
        spread = self.add("Sqrt", self.add("Add", variance, self.constant(np.float32(1e-4))))
        return [
            self.add("Squeeze", mean, self._space),
            spread,
            self.add("ReduceMax", maps, self._space, keepdims=0),
        ]

    def style(self, maps: str, channels: int, rows: int, columns: int) -> list[str]:
        """Means by cell, and the signed roots of all covariances."""
        flat = self.add("Reshape", maps, self.constant(np.array([0, channels, -1])))
        centred = self.add("Sub", flat, self.add("ReduceMean", flat, self.constant(np.array([2])), keepdims=1))
        products = self.add("MatMul", centred, self.add("Transpose", centred, perm=[0, 2, 1]))
        covariances = self.add("Div", products, self.constant(np.float32(rows * columns)))
        one, other = np.triu_indices(channels)
        as_row = self.constant(np.array([0, -1]))
        pairs = self.add(
            "Gather", self.add("Reshape", covariances, as_row), self.constant(one * channels + other), axis=1
        )
        roots = self.add("Mul", self.add("Sign", pairs), self.add("Sqrt", self.add("Abs", pairs)))
        cell = [rows // _CELLS[0], columns // _CELLS[1]]
        cells = self.add("AveragePool", maps, kernel_shape=cell, strides=cell)
        return [self.add("Reshape", cells, as_row), roots]

    def model(self, output: str) -> EyeGraph:
        """The finished graph, with the inferred shape of its output."""
        pixels = helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", HEIGHT, WIDTH, 3])
        features = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["n", None])
        graph = helper.make_graph(self._nodes, "eye", [pixels], [features], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        inferred = onnx.shape_inference.infer_shapes(model)
        del model.graph.output[:]
        model.graph.output.extend(inferred.graph.output)
        return EyeGraph(model.SerializeToString(), self._hash.hexdigest()[:16])
