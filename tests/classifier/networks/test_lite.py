"""LiteNet: pretrained weights from a package, frozen first blocks, and broken files."""

import importlib.machinery
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from classifier.errors import WeightsError
from classifier.models import artifact
from classifier.models.predictor import Predictor
from classifier.models.unknown import RegressionScore
from classifier.networks import lite
from classifier.networks.lite import WEIGHTS_PACKAGE, LiteNet, _Convolution, _style, _style_size
from classifier.pictures.dataset import Dataset
from classifier.training.fit import TrainingConfig, fit
from classifier.training.train import train
from tests.classifier.drawn import UNKNOWN, draw_channel

BRIEF = TrainingConfig(network="lite", epochs=1, batch_size=8)


@pytest.fixture(scope="module")
def pretrained() -> LiteNet:
    network = LiteNet(3)
    network.warm_start()
    return network.eval()


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 3, 144, 256), dtype=np.uint8)


def place_package(monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> None:
    """Have the package of weights found in `folder`, or nowhere."""
    spec = None
    if folder is not None:
        spec = importlib.machinery.ModuleSpec(WEIGHTS_PACKAGE, None, origin=str(folder / "__init__.py"))
    monkeypatch.setattr(lite, "find_spec", lambda name: spec if name == WEIGHTS_PACKAGE else None)


def test_it_has_the_published_size() -> None:
    network = LiteNet(3)
    body = [part for name, part in network.named_parameters() if not name.startswith(("head.", "style_head."))]
    fused_biases = sum(
        part.bias.numel() for part in network.modules() if isinstance(part, nn.Conv2d) and part.bias is not None
    )
    assert sum(part.numel() for part in body) + fused_biases == 4_652_008 - (
        1280 * 1000 + 1000
    )  # without ImageNet's classes


def test_pretrained_weights_reach_every_part(pretrained: LiteNet) -> None:
    fresh = LiteNet(3).state_dict()
    same = [
        name
        for name, tensor in pretrained.state_dict().items()
        if tensor.dtype.is_floating_point
        and torch.equal(tensor, fresh[name])
        and not name.startswith(("scale.", "style_head."))
    ]
    assert same == []


def test_a_frozen_convolution_contains_its_normalisation() -> None:
    torch.manual_seed(0)
    layers = [_Convolution(3, 8, kernel=3, stride=2, frozen=frozen).eval() for frozen in (False, True)]
    tensors = [torch.randn(8, 3, 3, 3), *(torch.rand(8) + 0.5 for _ in range(4)), torch.tensor(7)]
    for layer in layers:
        layer.load(*tensors)
    pictures = torch.rand(2, 3, 16, 16)
    plain, fused = (layer(pictures) for layer in layers)
    torch.testing.assert_close(fused, plain)
    assert not any(part.requires_grad for part in layers[1].parameters())


def test_answers_do_not_depend_on_the_batch(pretrained: LiteNet) -> None:
    inputs = torch.from_numpy(pictures(6))
    with torch.inference_mode():
        batch, singles = pretrained.embed(inputs), torch.cat([pretrained.embed(one) for one in inputs.split(1)])
    torch.testing.assert_close(batch, singles, rtol=1e-3, atol=1e-3)


def test_a_fused_copy_gives_the_same_answers_and_the_original_can_still_be_trained(pretrained: LiteNet) -> None:
    network = LiteNet(3)
    network.load_state_dict(pretrained.state_dict())
    network.train()
    draws = torch.Generator().manual_seed(0)
    for name, part in network.named_buffers():  # as after training, not as pretrained
        if name.endswith(("running_mean", "running_var")):
            part.add_(torch.rand(part.shape, generator=draws) / 2)
    fused = network.fused()
    assert not any(isinstance(part, nn.BatchNorm2d) for part in fused.modules())
    assert not any(part.requires_grad for part in fused.parameters())
    assert network.training
    assert any(part.requires_grad for part in network.parameters())
    inputs = torch.from_numpy(pictures(4))
    with torch.inference_mode():
        for of_copy, of_original in zip(fused.answer(inputs), network.eval().answer(inputs), strict=True):
            torch.testing.assert_close(of_copy, of_original, rtol=1e-3, atol=1e-4)


def test_pretrained_features_distinguish_textures(pretrained: LiteNet) -> None:
    noise = torch.from_numpy(pictures(4))
    plain = torch.full_like(noise, 128)
    with torch.inference_mode():
        one, other = pretrained.embed(noise), pretrained.embed(plain)
    assert (one.std(dim=0).mean() < (one.mean(dim=0) - other.mean(dim=0)).abs().mean()).item()


def test_training_does_not_change_the_frozen_blocks(pretrained: LiteNet) -> None:
    network = LiteNet(3)
    network.load_state_dict(pretrained.state_dict())
    targets = np.arange(16) % 3
    scores = dict.fromkeys(("accuracy", "precision", "recall", "f1"), 0.0)
    after, history = fit(network, pictures(16), targets, BRIEF, validate=lambda _: scores)
    changed = {
        name.split(".")[0] + "." + name.split(".")[1]
        for (name, one), other in zip(after.state_dict().items(), pretrained.state_dict().values(), strict=True)
        if not torch.equal(one, other)
    }
    assert np.isfinite(history[0].loss)
    assert not any(name.startswith("stem.") for name in changed)
    assert {f"blocks.{place}" for place in range(10)}.isdisjoint(changed)
    assert {f"blocks.{place}" for place in range(10, 16)} <= changed
    assert not any(part.training for part in after.modules() if isinstance(part, nn.BatchNorm2d))


def test_style_has_statistics_means_by_cell_and_roots_of_covariances() -> None:
    maps = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 5, 6, 8)))
    means, spreads, maxima, cells, roots = (part.numpy() for part in _style(maps))
    flat = maps.flatten(2).numpy()
    np.testing.assert_allclose(means, flat.mean(axis=2))
    np.testing.assert_allclose(spreads, flat.std(axis=2, ddof=1), rtol=1e-3)
    np.testing.assert_allclose(maxima, flat.max(axis=2))
    first_cell = maps[:, :, :2, :2].mean((2, 3)).numpy()  # of 3 rows and 4 columns
    np.testing.assert_allclose(cells.reshape(2, 5, 12)[:, :, 0], first_cell)
    covariances = np.stack([np.cov(picture, ddof=0)[np.triu_indices(5)] for picture in flat])
    np.testing.assert_allclose(np.sign(roots) * roots**2, covariances, atol=1e-12)
    assert sum(part.shape[1] for part in (means, spreads, maxima, cells, roots)) == _style_size(5)


def test_the_style_head_is_fitted_without_epochs_and_adds_to_the_logits(pretrained: LiteNet) -> None:
    network = LiteNet(3)
    network.load_state_dict(pretrained.state_dict())
    network.eval()
    shades = np.array([30, 120, 220], dtype=np.uint8)[np.arange(48) % 3]
    inputs = torch.from_numpy(pictures(48) // 8 + shades[:, None, None, None])
    targets = torch.arange(48) % 3
    with torch.inference_mode():
        features, style, before = network.answer(inputs)
        torch.testing.assert_close(before, network.head(features))
        assert style.shape == (48, _style_size(80))
    network.adapt(inputs, targets, torch.Generator().manual_seed(0))
    with torch.inference_mode():
        *_, after = network.answer(inputs)
        torch.testing.assert_close(network(inputs), before)  # the training loss ignores the style head
    assert torch.equal((after - before).argmax(dim=1), targets)


def test_a_trained_model_loads_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("amber", "fern"):
        draw_channel(tmp_path / "data" / name, 10)
    draw_channel(tmp_path / "unknown", 6, UNKNOWN)
    dataset = Dataset.open(tmp_path / "data")
    trained = train(dataset, BRIEF, unknown=Dataset.open(tmp_path, only=["unknown"]))
    artifact.save(trained.artifact, tmp_path / "model")
    place_package(monkeypatch, None)
    predictor = Predictor.load(tmp_path / "model")
    inputs = pictures(2)
    before = Predictor(trained.artifact).judge(inputs)
    np.testing.assert_allclose(predictor.judge(inputs)[0], before[0])
    assert isinstance(artifact.load(tmp_path / "model").calibration.unknown, RegressionScore)


def test_a_missing_package_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    place_package(monkeypatch, None)
    with pytest.raises(
        WeightsError, match=rf"{WEIGHTS_PACKAGE} is missing\. Install it, or choose the network `kernel`"
    ):
        LiteNet(2).warm_start()


@pytest.mark.parametrize(("content", "message"), [(None, "can't be read"), (b"other", "is not the expected file")])
def test_a_wrong_file_is_an_error(
    content: bytes | None, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place_package(monkeypatch, tmp_path)
    if content is not None:
        (tmp_path / "models").mkdir()
        (tmp_path / "models" / "efficientnet-lite0-57934424.pth").write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        LiteNet(2).warm_start()
