"""Training on the drawn channels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from classifier.errors import ArtifactError, TooFewThumbnailsError
from classifier.models.artifact import Artifact
from classifier.pictures.dataset import Dataset
from classifier.training.config import TrainingConfig
from classifier.training.result import TrainingResult
from classifier.training.train import train
from classifier.values import EpochReport, Progress
from tests.classifier.conftest import QUICK
from tests.classifier.drawn import COLOURS, draw_channel, draw_channels

BRIEF = replace(QUICK, epochs=2)


def equal(one: TrainingResult, other: TrainingResult) -> bool:
    assert isinstance(one.artifact, Artifact)
    assert isinstance(other.artifact, Artifact)
    return one.artifact.network.onnx == other.artifact.network.onnx


def test_drawn_channels_are_learned(trained: TrainingResult) -> None:
    metrics = trained.artifact.info.metrics
    assert metrics.accuracy > 0.9
    assert metrics.n == len(trained.test.files) == len(trained.test_right) >= 6
    assert trained.test_right.mean() == metrics.accuracy


def test_an_artifact_describes_its_training(trained: TrainingResult) -> None:
    artifact = trained.artifact
    assert artifact.info.network == "net"
    assert [channel.label for channel in artifact.info.channels] == sorted(COLOURS)
    assert artifact.info.metrics.labels == tuple(sorted(COLOURS))
    assert artifact.info.thumbnails == 72
    assert artifact.seed == 0
    assert trained.skipped == ()


def test_the_history_has_one_report_per_epoch(drawn: Path, trained: TrainingResult) -> None:
    history = trained.history
    assert [(report.epoch, report.epochs) for report in history] == [(epoch, 12) for epoch in range(1, 13)]
    assert history[-1].loss < history[0].loss
    assert history[-1].accuracy > 0.9
    reports: list[EpochReport] = []
    again = train(Dataset.open(drawn), BRIEF, on_epoch=reports.append)
    assert tuple(reports) == again.history
    assert len(reports) == 2


def test_progress_covers_reading_and_training(drawn: Path) -> None:
    steps: list[Progress] = []
    train(Dataset.open(drawn), BRIEF, on_progress=steps.append)
    reading = [step for step in steps if step.stage == "read"]
    training = [step for step in steps if step.stage == "train"]
    assert steps[: len(reading)] == reading
    assert [step.done for step in training] == list(range(training[-1].total + 1))
    assert training[-1].note == "epoch 2/2"


def test_the_same_seed_gives_the_same_weights(drawn: Path) -> None:
    config = replace(BRIEF, epochs=1)
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


def test_torchs_global_generator_neither_matters_nor_changes(drawn: Path) -> None:
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    torch.manual_seed(1)
    one = train(dataset, BRIEF)
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    two = train(dataset, BRIEF)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert equal(one, two)


@pytest.mark.parametrize("changes", [{"mixup": 0.0}, {"mixup": 1.0}, {"label_smoothing": 0.0}, {"averaging": 0.1}])
def test_every_setting_has_an_effect(changes: dict[str, float], drawn: Path) -> None:
    dataset = Dataset.open(drawn, only=["amber", "fern"])
    usual, changed = train(dataset, BRIEF), train(dataset, replace(BRIEF, **changes))
    assert not equal(usual, changed)
    assert all(np.isfinite(report.loss) for report in changed.history)


def test_one_channel_is_too_few(drawn: Path) -> None:
    with pytest.raises(TooFewThumbnailsError, match="Only 1 channel has enough thumbnails; training needs at least 2"):
        train(Dataset.open(drawn, only=["amber"]), QUICK)


def test_the_error_of_too_few_thumbnails_counts_them(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 12)
    draw_channel(tmp_path / "fern", 5)
    with pytest.raises(TooFewThumbnailsError, match=r"fern was left out\. It has 5 readable thumbnails;"):
        train(Dataset.open(tmp_path), QUICK)


def test_the_minimum_of_thumbnails_is_enough(tmp_path: Path) -> None:
    artifact = train(Dataset.open(draw_channels(tmp_path, 8)), BRIEF).artifact
    assert artifact.info.thumbnails == 24
    assert np.isfinite(artifact.calibration.threshold)
    assert set(np.sum(artifact.info.metrics.confusion, axis=1)) >= {1}


def test_an_unreadable_thumbnail_is_skipped_and_named(tmp_path: Path) -> None:
    draw_channels(tmp_path, 10)
    (tmp_path / "fern" / "broken.jpg").write_bytes(b"\xff\xd8 truncated")
    trained = train(Dataset.open(tmp_path), BRIEF)
    assert len(trained.skipped) == 1
    assert trained.skipped[0].startswith("fern/broken.jpg: ")
    assert trained.artifact.info.thumbnails == 30


def test_weak_channels_are_left_out(tmp_path: Path) -> None:
    draw_channels(tmp_path, 10)
    (tmp_path / "grey").mkdir()
    for index in range(10):
        (tmp_path / "grey" / f"{index}.jpg").write_bytes(b"not an image")
    trained = train(Dataset.open(tmp_path), BRIEF)
    assert [(it.channel.label, it.reason[:29]) for it in trained.left_out] == [
        ("grey", "It has 0 readable thumbnails;")
    ]
    assert len(trained.skipped) == 10
    assert len(trained.artifact.info.channels) == 3
    strong = train(Dataset.open(tmp_path, only=["amber", "cobalt", "fern"]), BRIEF)
    assert strong.artifact.info.channels == trained.artifact.info.channels
    assert equal(strong, trained)


def test_an_unknown_network_is_an_error(drawn: Path) -> None:
    with pytest.raises(ArtifactError, match="no network called 'vgg'"):
        train(Dataset.open(drawn), TrainingConfig(network="vgg"))


def test_an_error_in_a_callback_stops_the_training(drawn: Path) -> None:
    """The command line stops a training from its callbacks."""

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Dataset.open(drawn), QUICK, on_progress=interrupt)
