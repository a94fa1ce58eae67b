"""Training, on channels drawn small."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.errors import ArtifactError, TooFewThumbnailsError
from classifier.networks.net import Net
from classifier.networks.network import Network
from classifier.networks.registry import DEFAULT_NETWORK, build
from classifier.pictures.dataset import Dataset
from classifier.training.fit import TrainingConfig, fit
from classifier.training.train import TrainingResult, train
from classifier.values import EpochReport, Progress
from tests.classifier.conftest import QUICK
from tests.classifier.drawn import COLOURS, draw_channel, draw_channels

BRIEF = replace(QUICK, epochs=2)
SCORES = {"accuracy": 0.5, "precision": 0.4, "recall": 0.3, "f1": 0.2}


def weights(trained: TrainingResult) -> list[torch.Tensor]:
    return list(trained.artifact.network.state_dict().values())


def equal(one: TrainingResult, other: TrainingResult) -> bool:
    return all(torch.equal(mine, theirs) for mine, theirs in zip(weights(one), weights(other), strict=True))


def test_drawn_channels_are_learned(trained: TrainingResult) -> None:
    metrics = trained.artifact.info.metrics
    assert metrics.accuracy > 0.9
    assert metrics.n == len(trained.test.files) == len(trained.test_right) >= 6
    assert trained.test_right.mean() == metrics.accuracy


def test_an_artifact_says_how_it_was_made(trained: TrainingResult) -> None:
    made = trained.artifact
    assert made.info.network == "net"
    assert [channel.label for channel in made.info.channels] == sorted(COLOURS)
    assert made.info.metrics.labels == tuple(sorted(COLOURS))
    assert made.info.pictures == 72
    assert made.seed == 0
    assert trained.skipped == ()
    assert not made.network.training


def test_the_history_has_one_report_an_epoch(drawn: Path, trained: TrainingResult) -> None:
    history = trained.artifact.history
    assert [(report.epoch, report.epochs) for report in history] == [(epoch, 12) for epoch in range(1, 13)]
    assert history[-1].loss < history[0].loss
    assert history[-1].accuracy > 0.9
    heard: list[EpochReport] = []
    again = train(Dataset.open(drawn), BRIEF, on_epoch=heard.append)
    assert tuple(heard) == again.artifact.history
    assert len(heard) == 2


def test_progress_reads_then_trains_to_the_end(drawn: Path) -> None:
    steps: list[Progress] = []
    train(Dataset.open(drawn), BRIEF, on_progress=steps.append)
    reading = [step for step in steps if step.stage == "read"]
    training = [step for step in steps if step.stage == "train"]
    assert steps[: len(reading)] == reading
    assert [step.done for step in training] == list(range(training[-1].total + 1))
    assert training[-1].note == "epoch 2/2"


@pytest.mark.parametrize("network", ["net", DEFAULT_NETWORK])
def test_same_seed_same_weights_another_seed_others(network: str, drawn: Path) -> None:
    config = replace(BRIEF, network=network, epochs=1)
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    one, same, other = (train(dataset, replace(config, seed=seed)) for seed in (5, 5, 6))
    assert equal(one, same)
    assert not equal(one, other)
    assert one.artifact.info.metrics == same.artifact.info.metrics
    assert one.artifact.calibration.temperature == same.artifact.calibration.temperature
    assert (one.artifact.seed, other.artifact.seed) == (5, 6)
    times = sorted(file.stat().st_mtime for file in dataset.files)
    assert one.artifact.info.fetched is not None
    assert [each.timestamp() for each in one.artifact.info.fetched] == pytest.approx([times[0], times[-1]], abs=1e-3)


def test_torchs_own_randomness_neither_matters_nor_suffers(drawn: Path) -> None:
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    torch.manual_seed(1)
    one = train(dataset, BRIEF)
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    two = train(dataset, BRIEF)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert equal(one, two)


@pytest.mark.parametrize("changes", [{"mixup": 0.0}, {"mixup": 1.0}, {"label_smoothing": 0.0}, {"averaging": 0.1}])
def test_every_setting_matters_and_works(changes: dict[str, float], drawn: Path) -> None:
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    usual, changed = train(dataset, BRIEF), train(dataset, replace(BRIEF, **changes))
    assert not equal(usual, changed)
    assert all(np.isfinite(report.loss) for report in changed.artifact.history)


def test_one_channel_is_too_few(drawn: Path) -> None:
    with pytest.raises(TooFewThumbnailsError, match=r"There is 1 channel with pictures; .* takes two\. Crawl another"):
        train(Dataset.open(drawn, only=["amber"]), QUICK)


def test_too_few_pictures_are_said_with_numbers(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 12)
    draw_channel(tmp_path / "fern", 5)
    with pytest.raises(TooFewThumbnailsError, match="fern has 5 readable pictures"):
        train(Dataset.open(tmp_path), QUICK)


def test_the_fewest_pictures_are_enough(tmp_path: Path) -> None:
    made = train(Dataset.open(draw_channels(tmp_path, 8)), BRIEF).artifact
    assert made.info.pictures == 24
    assert np.isfinite(made.calibration.threshold)
    assert set(np.sum(made.info.metrics.confusion, axis=1)) >= {1}


def test_an_unreadable_picture_is_named_and_the_rest_trains(tmp_path: Path) -> None:
    draw_channels(tmp_path, 10)
    (tmp_path / "fern" / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    trained = train(Dataset.open(tmp_path), BRIEF)
    assert len(trained.skipped) == 1
    assert trained.skipped[0].startswith("fern/broken.jpg: ")
    assert trained.artifact.info.pictures == 30


def test_a_channel_of_unreadable_pictures_is_an_error(tmp_path: Path) -> None:
    draw_channels(tmp_path, 10)
    (tmp_path / "grey").mkdir()
    for index in range(10):
        (tmp_path / "grey" / f"{index}.jpg").write_bytes(b"no picture")
    with pytest.raises(TooFewThumbnailsError, match="grey has 0 readable pictures"):
        train(Dataset.open(tmp_path), BRIEF)


def test_the_data_hash_follows_names_and_bytes(drawn: Path, tmp_path: Path) -> None:
    draw_channels(tmp_path, 24)
    hashes = {train(Dataset.open(folder), BRIEF).artifact.data_hash for folder in (drawn, tmp_path)}
    assert len(hashes) == 1
    draw_channel(tmp_path / "amber", 1, start=24)
    hashes.add(train(Dataset.open(tmp_path), BRIEF).artifact.data_hash)
    assert len(hashes) == 2


def test_a_network_nobody_knows_is_an_error(drawn: Path) -> None:
    with pytest.raises(ArtifactError, match="no network called 'vgg'"):
        train(Dataset.open(drawn), TrainingConfig(network="vgg"))


def test_fit_stops_where_its_callback_fails(drawn: Path) -> None:
    """The command line stops a training from its callbacks."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Dataset.open(drawn), QUICK, on_progress=interrupt)


def test_fit_validates_the_network_that_it_returns() -> None:
    random = np.random.default_rng(0)
    inputs, targets = random.random((16, 4, 25), dtype=np.float32), np.arange(16) % 2
    seen: list[Network] = []

    def validate(network: Network) -> dict[str, float]:
        seen.append(network)
        return SCORES

    fresh = build("net", 2)
    network, history = fit(fresh, inputs, targets, BRIEF, validate=validate)
    assert isinstance(network, Net)
    assert seen == [network, network]
    assert network is not fresh
    assert (history[0].accuracy, history[0].precision, history[0].recall, history[0].f1) == (0.5, 0.4, 0.3, 0.2)
