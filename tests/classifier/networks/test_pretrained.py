"""The pretrained weights, as PyTorch would read them."""

import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.errors import WeightsError
from classifier.networks import pretrained
from classifier.networks.pretrained import PACKAGE, SHA256, pretrained_weights

NAME = f"efficientnet-lite0-{SHA256[:8]}.pth"


def weights_file() -> Path:
    spec = find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "models" / NAME


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a package that can't be imported, without any weights yet."""
    folder = tmp_path / "other_weights"
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('it is never imported')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(pretrained, "PACKAGE", folder.name)
    return folder


def test_the_weights_are_those_that_torch_reads() -> None:
    expected = torch.load(weights_file(), map_location="cpu", weights_only=True)
    weights = pretrained_weights()
    assert list(weights) == list(expected)
    for name, tensor in expected.items():
        assert weights[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(weights[name], tensor.numpy())


def test_views_are_read_as_torch_reads_them() -> None:
    whole = torch.arange(24, dtype=torch.float32).view(2, 3, 4)
    tensors = {
        "whole": whole,
        "transposed": whole.permute(2, 0, 1),
        "part": whole[1, 1:],
        "number": torch.tensor(7),
        "others": torch.arange(5) - 2,
    }
    file = io.BytesIO()
    torch.save(tensors, file, _use_new_zipfile_serialization=False)
    read = pretrained._read(io.BytesIO(file.getvalue()))
    assert set(read) == set(tensors)
    for name, tensor in tensors.items():
        assert read[name].dtype == tensor.numpy().dtype
        np.testing.assert_array_equal(read[name], tensor.numpy())


def test_the_package_is_not_imported(package: Path) -> None:
    (package / "models" / NAME).write_bytes(weights_file().read_bytes())
    assert "_conv_stem.weight" in pretrained_weights()


def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "PACKAGE", "no_such_weights")
    with pytest.raises(WeightsError, match=r"The package no_such_weights is missing\. Install it, or choose another"):
        pretrained_weights()


def test_a_package_without_the_file_is_an_error(package: Path) -> None:
    with pytest.raises(WeightsError, match=rf"{NAME} can't be read\. Install other_weights again"):
        pretrained_weights()
    (package / "__init__.py").unlink()  # then it is a namespace, which has no file of its own
    with pytest.raises(WeightsError):
        pretrained_weights()


@pytest.mark.parametrize("kind", ["empty", "half", "one bit"])
def test_another_file_is_an_error(kind: str, package: Path) -> None:
    content = bytearray(weights_file().read_bytes())
    if kind == "one bit":
        content[len(content) // 2] ^= 1
    kept = {"empty": 0, "half": len(content) // 2, "one bit": len(content)}[kind]
    (package / "models" / NAME).write_bytes(content[:kept])
    with pytest.raises(WeightsError, match=rf"{NAME} is not the expected file\. Install other_weights again"):
        pretrained_weights()
