"""Torchvision's networks with weights from a local torch hub cache, without internet access."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.linear_model import LogisticRegression
from torch import nn
from torchvision.models import MobileNet_V3_Small_Weights, get_model, get_model_weights
from typer.testing import CliRunner

from classifier import __main__ as cli
from classifier.errors import WeightsError
from classifier.models import artifact
from classifier.models.predictor import Predictor
from classifier.networks.export import same_features
from classifier.networks.exported import ExportedNetwork
from classifier.networks.network import Network, run
from classifier.networks.registry import BACKBONES, NETWORKS, build
from classifier.networks.regression import DECAY
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_examples
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.config import TrainingConfig
from classifier.training.fit import fit_head
from classifier.training.result import TrainingResult
from classifier.training.train import train
from classifier.values import EpochReport, Progress
from tests.classifier.drawn import COLOURS, pixels

SMALL = "mobilenet_v3_small"
FILE = "mobilenet_v3_small-047dcff4.pth"
CONFIG = TrainingConfig(network=SMALL)


@pytest.fixture(scope="module")
def original() -> nn.Module:
    """One of torchvision's networks, as if it had been trained."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network: nn.Module = get_model(SMALL, weights=None)
        network(torch.randn(8, 3, 128, 224))  # sets batch normalisation's statistics
    return network.eval()


@pytest.fixture(scope="module")
def cache(original: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TORCH_HOME with its weights; tests must not change it."""
    folder = tmp_path_factory.mktemp("torch")
    (folder / "hub" / "checkpoints").mkdir(parents=True)
    torch.save(original.state_dict(), folder / "hub" / "checkpoints" / FILE)
    return folder


@pytest.fixture(scope="module")
def frozen(drawn: Path, cache: Path) -> TrainingResult:
    """The result of training with a frozen backbone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(cache))
        return train(Dataset.open(drawn), CONFIG)


@pytest.fixture
def pretrained(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    """The network before any training."""
    monkeypatch.setenv("TORCH_HOME", str(cache))
    network = build(SMALL, 3)
    network.warm_start()
    return network


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an empty cache, without internet access."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    set_url(monkeypatch, f"http://127.0.0.1:9/{FILE}")  # the discard port: nothing listens there
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture
def web_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A web server's address, and the folder that it serves."""
    folder = tmp_path_factory.mktemp("served")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


def set_url(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Change the address of the weights."""
    monkeypatch.setattr(MobileNet_V3_Small_Weights.DEFAULT.value, "url", url)


def drawn_thumbnails() -> list[Thumbnail]:
    return [Thumbnail(pixels(colour, name)) for name, colour in COLOURS.items()]


def has_the_features_of(network: Network, trained: TrainingResult) -> bool:
    inputs = prepared(network).numpy()
    return same_features(network, run(network, inputs), ExportedNetwork(trained.artifact.network).run(inputs))


def head_weights(trained: TrainingResult) -> NDArray[np.float32]:
    graph = onnx.load_model_from_string(trained.artifact.network.onnx).graph
    (weights,) = (it for it in graph.initializer if it.name.endswith("head.weight"))
    return onnx.numpy_helper.to_array(weights)


def prepared(network: Network) -> torch.Tensor:
    return torch.from_numpy(np.stack([network.prepare(thumbnail) for thumbnail in drawn_thumbnails()]))


# The network


@pytest.mark.parametrize("name", BACKBONES)
def test_inputs_match_the_weights_own_transforms_without_the_crop(name: str) -> None:
    network: Any = build(name, 2)
    transforms = get_model_weights(name).DEFAULT.transforms()
    transforms.resize_size = transforms.crop_size = [128, 224]
    expected = torch.stack([transforms(Image.fromarray(thumbnail.pixels)) for thumbnail in drawn_thumbnails()])
    inputs: list[torch.Tensor] = []
    network.body.register_forward_pre_hook(lambda _, arguments: inputs.extend(arguments))
    network.eval().embed(prepared(network))
    torch.testing.assert_close(inputs[0].contiguous(), expected, atol=1e-5, rtol=0)


def test_preprocessing_has_size_and_resampling() -> None:
    assert build("efficientnet_b0", 2).preprocessing().resampling == "BICUBIC"
    assert build(SMALL, 2).preprocessing().resampling == "BILINEAR"
    assert build("net", 2).preprocessing().resampling == "BOX"
    assert build(SMALL, 2).preprocessing().input_shape == (3, 128, 224)


def test_a_warm_start_gives_the_answers_of_the_original(
    original: Any, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(cache))
    network: Any = build(SMALL, 1000)
    cold = network.eval().embed(prepared(network))
    network.warm_start()
    warm = network.embed(prepared(network))
    assert not torch.allclose(cold, warm)
    network.head.load_state_dict(original.classifier[-1].state_dict(), strict=False)  # it standardises by 0 and 1
    standard = (prepared(network) / 255 - network.mean) / network.std
    torch.testing.assert_close(network(prepared(network)), original(standard), atol=1e-4, rtol=1e-4)


def test_the_other_networks_need_no_weights(checkpoints: Path) -> None:
    for name in set(NETWORKS) - set(BACKBONES):
        build(name, 2).warm_start()
    assert not checkpoints.exists()


def test_torchvision_is_imported_only_if_it_is_used() -> None:
    code = "import sys, classifier.training.train; assert 'torchvision' not in sys.modules; " + (
        "from classifier.networks.registry import build; build('mobilenet_v3_small', 2); "
        "assert 'torchvision' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


# Training


def test_only_the_head_of_a_frozen_backbone_is_trained(frozen: TrainingResult, pretrained: Network) -> None:
    assert frozen.artifact.info.metrics.accuracy > 0.9
    assert frozen.artifact.info.network == SMALL
    assert has_the_features_of(pretrained, frozen)
    (report,) = frozen.history
    assert (report.epoch, report.epochs) == (1, 1)
    assert 0 < report.loss < 0.5


def test_an_artifact_does_not_need_the_pretrained_weights(
    frozen: TrainingResult, unseen: Path, checkpoints: Path, tmp_path: Path
) -> None:
    artifact.save(frozen.artifact, tmp_path / "model")
    metrics = Predictor.load(tmp_path / "model").evaluate(Dataset.open(unseen), None)
    assert metrics.accuracy > 0.9
    assert not checkpoints.exists()


def test_fine_tuning_starts_from_the_fitted_head(
    frozen: TrainingResult, pretrained: Network, drawn: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(cache))
    epochs: list[EpochReport] = []
    steps: list[Progress] = []
    tuned = train(
        Dataset.open(drawn),
        replace(CONFIG, fine_tune=True, epochs=1),
        on_epoch=epochs.append,
        on_progress=steps.append,
    )
    assert epochs == [*frozen.history, *tuned.history]
    assert len(tuned.history) == 1
    notes = [step.note for step in steps if step.stage == "train"]
    assert notes == ["features"] * 2 + ["preparing", "epoch 1/1"]
    assert not has_the_features_of(pretrained, tuned)
    after, before = head_weights(tuned), head_weights(frozen)
    assert 0 < np.linalg.norm(after - before) < np.linalg.norm(before)


def test_the_head_is_penalised_logistic_regression(drawn: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As scikit-learn solves it."""
    monkeypatch.setenv("TORCH_HOME", str(cache))
    network = build(SMALL, 3)
    network.warm_start()
    examples = read_examples(Dataset.open(drawn), network.prepare, lambda _: None)
    scores = {"accuracy": 0.0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    outputs, _ = fit_head(
        network, examples.inputs, examples.targets, validate=lambda _: scores, batch_size=48
    )  # in the same parts as below
    again = run(network, examples.inputs)
    np.testing.assert_allclose(outputs.features, again.features, atol=1e-5)
    np.testing.assert_allclose(outputs.logits, again.logits, atol=1e-3)
    standard = (outputs.features - outputs.features.mean(axis=0)) / outputs.features.std(axis=0)
    peer = LogisticRegression(C=1 / (DECAY * len(standard)), tol=1e-8, max_iter=1000)
    expected = peer.fit(standard, examples.targets).predict_proba(standard)
    probabilities = torch.from_numpy(outputs.logits).softmax(dim=1).numpy()
    np.testing.assert_allclose(probabilities, expected, atol=2e-3)


# Downloading the weights


def test_weights_are_downloaded_once(
    cache: Path, checkpoints: Path, web_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    address, served = web_server
    content = (cache / "hub" / "checkpoints" / FILE).read_bytes()
    name = f"weights-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (served / name).write_bytes(content)
    set_url(monkeypatch, f"{address}/{name}")
    build(SMALL, 2).warm_start()
    assert [file.name for file in checkpoints.iterdir()] == [name]
    (served / name).unlink()
    build(SMALL, 2).warm_start()
    assert capfd.readouterr() == ("", "")  # where --json prints its result


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere.pth", "File not found"), ("weights-00000000.pth", "invalid hash value")]
)
def test_a_failed_download_is_not_kept(
    name: str, reason: str, checkpoints: Path, web_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, served = web_server
    (served / "weights-00000000.pth").write_bytes(b"half of i")
    set_url(monkeypatch, f"{address}/{name}")
    with pytest.raises(WeightsError, match=reason) as caught:
        build(SMALL, 2).warm_start()
    assert f"Download {address}/{name} " in str(caught.value)
    assert list(checkpoints.iterdir()) == []
    if isinstance(caught.value.__cause__, HTTPError):
        caught.value.__cause__.close()  # it keeps the response's socket open


def test_the_error_of_unreachable_weights_says_where_to_put_them(drawn: Path, checkpoints: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        train(Dataset.open(drawn), CONFIG)
    before, _, after = str(caught.value).partition("Connection refused")
    assert before.startswith("The pretrained weights can't be downloaded (")
    assert after == (
        f"). Download http://127.0.0.1:9/{FILE} on another machine and copy it to {checkpoints / FILE}, or choose a "
        "network that needs none."
    )


@pytest.mark.parametrize("name", BACKBONES)
def test_the_weights_of_every_backbone_have_an_address(
    name: str, checkpoints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = get_model_weights(name).DEFAULT
    monkeypatch.undo()
    assert weights.url.startswith(f"https://download.pytorch.org/models/{name}")
    monkeypatch.setenv("TORCH_HOME", str(checkpoints.parents[1]))
    monkeypatch.setattr(torch.hub, "urlopen", fail)
    with pytest.raises(WeightsError, match=weights.url) as caught:
        build(name, 2).warm_start()
    assert str(checkpoints / Path(weights.url).name) in str(caught.value)


def fail(_: object) -> None:
    raise ConnectionResetError("Connection reset by peer")


def test_a_cache_that_cannot_be_written_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hub").write_bytes(b"")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(WeightsError, match=r"can't be downloaded .*Not a directory"):
        build(SMALL, 2).warm_start()


class Malicious:
    def __reduce__(self) -> Any:
        return print, ("executed",)


@pytest.mark.parametrize("kind", ["empty", "text", "half", "another network's", "a list", "no tensors", "malicious"])
def test_a_broken_file_is_an_error_that_names_it(kind: str, cache: Path, checkpoints: Path, capfd: Any) -> None:
    checkpoints.mkdir(parents=True)
    file = checkpoints / FILE
    content = (cache / "hub" / "checkpoints" / FILE).read_bytes()
    raw = {"empty": b"", "text": b"<html>Not today</html>", "half": content[: len(content) // 2]}
    objects: dict[str, object] = {
        "another network's": nn.Linear(2, 2).state_dict(),
        "a list": [torch.zeros(2)],
        "no tensors": dict.fromkeys(torch.load(cache / "hub" / "checkpoints" / FILE, weights_only=True), 1),
        "malicious": Malicious(),
    }
    if kind in raw:
        file.write_bytes(raw[kind])
    else:
        torch.save(objects[kind], file)
    with pytest.raises(WeightsError) as caught:
        build(SMALL, 2).warm_start()
    assert str(caught.value).startswith(
        f"{file} is broken or has the weights of a network other than {SMALL}. Delete it"
    )
    assert capfd.readouterr().out == ""


def test_the_command_line_reports_it_in_one_line(drawn: Path, checkpoints: Path, tmp_path: Path) -> None:
    arguments = ["train", "--data", str(drawn), "--out", str(tmp_path / "model"), "--network", SMALL, "--fine-tune"]
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 1
    assert str(checkpoints / FILE) in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "model").exists()


def test_the_help_of_train_names_every_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    words = CliRunner().invoke(cli.app, ["train", "--help"]).stdout
    assert all(name in words for name in [*NETWORKS, "--fine-tune"])
