"""Training of the default network on the drawn channels."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.errors import TooFewThumbnailsError, WeightsError
from classifier.models.eye_model import EyeModel
from classifier.models.folder import read_info
from classifier.models.head import MAX_STEPS, Groups, Head
from classifier.networks import pretrained
from classifier.networks.eye import Eye
from classifier.networks.features import FeatureStore, read_features
from classifier.pictures.dataset import Dataset
from classifier.pictures.unknown import unknown_thumbnails
from classifier.training.config import TrainingConfig
from classifier.training.publish import publish
from classifier.training.result import TrainingResult
from classifier.training.train_head import train_head
from classifier.values import Comparison, EpochReport, Progress
from tests.classifier.drawn import COLOURS, draw_channel, draw_series
from tests.classifier.stores import make_channel


@pytest.fixture
def known(drawn: Path) -> Dataset:
    return Dataset.open(drawn)


@pytest.fixture
def unknown(known: Dataset, drawn_unknown: Path) -> Dataset:
    dataset = unknown_thumbnails([drawn_unknown], known)
    assert dataset is not None
    return dataset


def model_of(result: TrainingResult) -> EyeModel:
    assert isinstance(result.artifact, EyeModel)
    return result.artifact


def assert_same_head(one: Head, other: Head) -> None:
    for field in fields(Head):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name))


class Fits:
    """Collects the arguments of Head.fit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[Any, ...]] = []
        fit = Head.fit

        def watched(*arguments: Any, **options: Any) -> Head:
            self.calls.append(arguments)
            return fit(*arguments, **options)

        monkeypatch.setattr(Head, "fit", watched)


def rows_of(features: NDArray[np.float16]) -> set[bytes]:
    return {row.tobytes() for row in features}


# The result


def test_drawn_channels_are_learned(eye_trained: TrainingResult) -> None:
    metrics = eye_trained.artifact.info.metrics
    assert metrics.accuracy > 0.8
    assert metrics.n == len(eye_trained.test.files) == len(eye_trained.test_right) >= 6
    assert eye_trained.test_right.mean() == metrics.accuracy
    for share in (metrics.auroc_unknown, metrics.unknown_rejected, metrics.known_rejected):
        assert share is not None
        assert 0 <= share <= 1


def test_an_artifact_describes_its_training(eye_trained: TrainingResult, eye: Eye) -> None:
    model = model_of(eye_trained)
    assert (model.info.network, model.eye, model.seed) == ("eye", eye.hash, 0)
    assert [channel.label for channel in model.info.channels] == sorted(COLOURS)
    assert model.info.metrics.labels == tuple(sorted(COLOURS))
    assert model.info.thumbnails == 72
    assert model.head.weight.shape == (4, eye.features)
    assert eye_trained.skipped == ()


def test_the_history_is_one_report(eye_trained: TrainingResult) -> None:
    metrics = eye_trained.artifact.info.metrics
    (report,) = eye_trained.history
    expected = (metrics.accuracy, metrics.precision, metrics.recall, metrics.f1)
    assert report == EpochReport(1, 1, metrics.log_loss, *expected)


def test_two_runs_give_the_same_head(
    known: Dataset, unknown: Dataset, features: Path, eye_trained: TrainingResult
) -> None:
    again = train_head(known, unknown=unknown, features=features)
    assert_same_head(model_of(again).head, model_of(eye_trained).head)
    assert again.artifact.info.metrics == eye_trained.artifact.info.metrics
    assert again.test == eye_trained.test


def test_another_seed_holds_out_others(known: Dataset, features: Path, eye_trained: TrainingResult) -> None:
    other = train_head(known, features=features, seed=1)
    assert model_of(other).seed == 1
    assert set(other.test.files) != set(eye_trained.test.files)


def test_progress_covers_reading_and_training(known: Dataset, unknown: Dataset, features: Path) -> None:
    steps: list[Progress] = []
    train_head(known, unknown=unknown, features=features, on_progress=steps.append)
    fitting = [step.done for step in steps if step.stage == "train"]
    assert fitting == sorted(fitting)
    assert (fitting[0], fitting[-1]) == (0, MAX_STEPS)
    assert len(fitting) > 10  # a fit that takes long is never silent for long
    reading = [step for step in steps if step.stage == "read"]
    assert steps[: len(reading)] == reading
    assert {step.total for step in reading} == {72, 36}
    assert reading[-1].done == reading[-1].total


# What is held out


def test_metrics_are_of_thumbnails_that_took_no_part(
    known: Dataset, unknown: Dataset, features: Path, eye: Eye, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = Fits(monkeypatch)
    result = train_head(known, unknown=unknown, features=features)
    (learned, targets, learned_unknown, groups), head = fits.calls[0], model_of(result).head
    store = FeatureStore(features, eye)
    tested = read_features(result.test, eye, store, lambda _: None)
    assert len(learned) + len(tested.files) == 72
    assert not rows_of(learned) & rows_of(np.asarray(tested.inputs))
    logits = head.logits(np.asarray(tested.inputs))
    right = head.probabilities(logits)[:, :-1].argmax(axis=1) == tested.targets
    metrics = result.artifact.info.metrics
    np.testing.assert_array_equal(result.test_right, right)
    assert metrics.known_rejected == (head.unknown_scores(logits) > head.threshold).mean()
    assert sorted(np.unique(targets).tolist()) == [0, 1, 2]

    both = read_features(unknown, eye, store, lambda _: None)
    taken = np.array([row.tobytes() in rows_of(learned_unknown) for row in np.asarray(both.inputs)])
    channels = [file.parent.name for file in both.files]
    for_training = {name for name, there in zip(channels, taken, strict=True) if there}
    for_test = {name for name, there in zip(channels, taken, strict=True) if not there}
    assert for_training
    assert for_test
    assert not for_training & for_test
    assert len(groups.numbers) == len(learned) + len(learned_unknown)
    scores = head.unknown_scores(head.logits(np.asarray(both.inputs)[~taken]))
    assert metrics.unknown_rejected == (scores > head.threshold).mean()


def test_near_duplicates_and_an_unknown_channels_thumbnails_are_groups(
    known: Dataset, unknown: Dataset, features: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = Fits(monkeypatch)
    train_head(known, unknown=unknown, features=features)
    learned, _, others, groups = fits.calls[0]
    assert isinstance(groups, Groups)
    of_known, of_unknown = groups.numbers[: len(learned)], groups.numbers[len(learned) :]
    assert not set(of_known) & set(of_unknown)
    assert np.bincount(of_unknown)[np.unique(of_unknown)].tolist() == [3] * (len(others) // 3)
    copies = Dataset(known.channels, (*known.files, *known.files), (*known.targets, *known.targets))
    train_head(copies, features=features)
    numbers = fits.calls[1][3].numbers
    assert (np.bincount(numbers)[np.unique(numbers)] % 2 == 0).all()


def test_unknown_channels_are_told_by_the_names_of_files(
    known: Dataset, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are crawled: all in one folder."""
    fits = Fits(monkeypatch)
    for channel in range(15):
        draw_channel(tmp_path / f"{channel:02}un", 2, (channel * 17, 90, 200))
        for number, file in enumerate(sorted((tmp_path / f"{channel:02}un").iterdir())):
            file.rename(tmp_path / f"UC{channel:022}_{number:011}.jpg")
        (tmp_path / f"{channel:02}un").rmdir()
    train_head(known, unknown=unknown_thumbnails([tmp_path], known), features=features)
    learned, _, others, groups = fits.calls[0]
    numbers = groups.numbers[len(learned) :]
    assert 2 <= len(others) < 30
    assert np.bincount(numbers)[np.unique(numbers)].tolist() == [2] * (len(others) // 2)


def test_an_unknown_channels_folders_are_held_out_together(
    known: Dataset, features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder per year: all are of the channel whose record lies above."""
    fits = Fits(monkeypatch)
    for channel in range(15):
        home = make_channel(tmp_path / f"{channel:02}un", f"UC{channel:022}", [])
        for year in (2023, 2024):
            draw_channel(home / f"{channel:02}-{year}", 1, (channel * 17, 90, 200))
    train_head(known, unknown=unknown_thumbnails([tmp_path], known), features=features)
    learned, _, others, groups = fits.calls[0]
    numbers = groups.numbers[len(learned) :]
    assert 2 <= len(others) < 30
    assert np.bincount(numbers)[np.unique(numbers)].tolist() == [2] * (len(others) // 2)


def test_reviewed_thumbnails_are_never_tested(known: Dataset, features: Path, eye_trained: TrainingResult) -> None:
    reviewed = frozenset(eye_trained.test.files[:2])
    result = train_head(Dataset(known.channels, known.files, known.targets, reviewed=reviewed), features=features)
    assert not reviewed & set(result.test.files)


# Features


def test_features_are_computed_once(known: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    see = Eye.see

    def counted(self: Eye, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen.append(len(pixels))
        return see(self, pixels)

    monkeypatch.setattr(Eye, "see", counted)
    few = Dataset.open(known.files[0].parents[1], only=["amber", "fern"])
    first = train_head(few, features=tmp_path)
    assert sum(seen) == 48
    again = train_head(few, features=tmp_path)
    assert sum(seen) == 48
    assert_same_head(model_of(first).head, model_of(again).head)
    without = train_head(few)
    assert sum(seen) == 96
    assert without.artifact.info.metrics == first.artifact.info.metrics


def test_training_needs_no_torch(drawn: Path, features: Path, eye_trained: TrainingResult, tmp_path: Path) -> None:
    assert eye_trained  # so that the features are there
    code = f"""
import sys
from pathlib import Path
from classifier.pictures.dataset import Dataset
from classifier.training.config import TrainingConfig
from classifier.training.publish import publish
publish(
    Dataset.open(Path({str(drawn)!r})), TrainingConfig(), Path({str(tmp_path / "model")!r}),
    features=Path({str(features)!r}), against=None, on_progress=lambda _: None, on_epoch=lambda _: None,
)
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603
    assert read_info(tmp_path / "model").network == "eye"


# Publishing


def test_a_model_is_compared_with_one_of_the_same_network(
    known: Dataset, unknown: Dataset, features: Path, eye_model: Path, eye_trained: TrainingResult, tmp_path: Path
) -> None:
    published = publish(
        known,
        TrainingConfig(),
        tmp_path / "model",
        unknown=unknown,
        features=features,
        against=eye_model,
        on_progress=lambda _: None,
        on_epoch=lambda _: None,
    )
    comparison, before = published.comparison, eye_trained.artifact.info.metrics
    assert isinstance(comparison, Comparison)
    assert (comparison.only_before, comparison.only_after, comparison.worse) == (0, 0, False)
    assert comparison.before.confusion == before.confusion
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "model.json",
        "model.safetensors",
        "index.safetensors",
        "confusion.png",
        "held-out.json",
        "mistakes.json",
    }


def test_a_model_is_compared_with_one_of_another_network(
    known: Dataset, features: Path, model: Path, tmp_path: Path
) -> None:
    published = publish(
        known,
        TrainingConfig(),
        tmp_path / "model",
        features=features,
        against=model,
        on_progress=lambda _: None,
        on_epoch=lambda _: None,
    )
    assert published.comparison is not None
    assert published.comparison.before.n == published.model.metrics.n


# Errors


def test_one_channel_is_too_few(drawn: Path) -> None:
    with pytest.raises(TooFewThumbnailsError, match="Only 1 channel has enough thumbnails; training needs at least 2"):
        train_head(Dataset.open(drawn, only=["amber"]))


def test_the_error_of_too_few_thumbnails_counts_them(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 8)
    draw_channel(tmp_path / "fern", 5)
    with pytest.raises(TooFewThumbnailsError, match=r"fern was left out\. It has 5 readable thumbnails;"):
        train_head(Dataset.open(tmp_path))


def test_the_minimum_of_thumbnails_is_enough_and_unreadable_ones_are_named(tmp_path: Path) -> None:
    draw_channel(tmp_path / "amber", 8)
    draw_channel(tmp_path / "fern", 8)
    (tmp_path / "fern" / "broken.jpg").write_bytes(b"\xff\xd8 truncated")
    result = train_head(Dataset.open(tmp_path))
    assert result.artifact.info.thumbnails == 16
    assert [line.split(":")[0] for line in result.skipped] == ["fern/broken.jpg"]
    assert result.artifact.info.metrics.auroc_unknown is None


def test_weak_channels_are_left_out(known: Dataset, drawn: Path, features: Path, tmp_path: Path) -> None:
    for channel in drawn.iterdir():
        (tmp_path / channel.name).symlink_to(channel)
    draw_channel(tmp_path / "grey", 7, (90, 90, 90))
    result = train_head(Dataset.open(tmp_path), features=features)
    assert [it.channel.label for it in result.left_out] == ["grey"]
    assert result.artifact.info.metrics.labels == tuple(sorted(COLOURS))
    assert_same_head(model_of(result).head, model_of(train_head(known, features=features)).head)


@pytest.mark.parametrize("portrait", [False, True], ids=["number", "number and portrait"])
def test_a_channel_of_one_template_is_learned(portrait: bool, drawn: Path, features: Path, tmp_path: Path) -> None:
    (tmp_path / "amber").symlink_to(drawn / "amber")
    draw_series(tmp_path / "series", 30, portrait=portrait)
    result = train_head(Dataset.open(tmp_path), features=features)
    assert result.left_out == ()
    assert result.artifact.info.metrics.accuracy == 1


def test_missing_weights_are_an_error(known: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "PACKAGE", "no_such_weights")
    with pytest.raises(WeightsError, match="is missing"):
        train_head(known)


def test_an_error_in_a_callback_stops_the_training(known: Dataset, features: Path) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_head(known, features=features, on_progress=interrupt)
