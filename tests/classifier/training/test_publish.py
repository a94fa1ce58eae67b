"""From a data folder to a model folder, and the comparison with the previous model."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from classifier.errors import ArtifactError
from classifier.models.folder import CONFUSION_NAME, read_info
from classifier.models.held_out import HELD_OUT_NAME, find_held_out
from classifier.models.mistakes import MISTAKES_NAME
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.training.config import TrainingConfig
from classifier.training.publish import TRAINING_NAME, publish
from classifier.training.result import TrainingResult
from classifier.values import Comparison, EpochReport, Progress, TrainedModel
from tests.classifier.conftest import QUICK
from tests.classifier.drawn import draw_channels

UNTRAINED = replace(QUICK, epochs=1, seed=3, batch_size=1000)
"""A single step, which is not enough to learn anything."""


def publish_to(
    out: Path, data: Path, config: TrainingConfig, *, against: Path | None = None, only: Sequence[str] = ()
) -> TrainedModel:
    return publish(
        Dataset.open(data, only=only), config, out, against=against, on_progress=lambda _: None, on_epoch=lambda _: None
    )


def test_the_folder_contains_the_model_and_its_plots(drawn: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    epochs: list[EpochReport] = []
    published = publish(
        Dataset.open(drawn), QUICK, tmp_path / "model", against=None, on_progress=steps.append, on_epoch=epochs.append
    )
    assert published.model == read_info(tmp_path / "model")
    assert published.history == tuple(epochs)
    assert (published.comparison, published.skipped) == (None, ())
    assert {step.stage for step in steps} == {"read", "train", "measure"}
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "model.json",
        "model.onnx",
        "model.safetensors",
        CONFUSION_NAME,
        TRAINING_NAME,
        HELD_OUT_NAME,
        MISTAKES_NAME,
    }
    labels = [channel.label for channel in published.model.channels]
    assert len(find_held_out(tmp_path / "model", labels, drawn)) == published.model.metrics.n
    for name in (CONFUSION_NAME, TRAINING_NAME):
        with Image.open(io.BytesIO((tmp_path / "model" / name).read_bytes())) as image:
            assert image.format == "PNG"


def test_a_worse_model_is_reported_as_worse(tmp_path: Path) -> None:
    many = draw_channels(tmp_path / "many", 48)  # with few thumbnails, nothing is significant
    publish_to(tmp_path / "good", many, QUICK)
    published = publish_to(tmp_path / "model", many, replace(UNTRAINED, seed=0), against=tmp_path / "good")
    comparison, metrics = published.comparison, published.model.metrics
    assert comparison is not None
    assert comparison.worse
    assert not comparison.better
    assert comparison.before.n == metrics.n
    assert comparison.before.accuracy > metrics.accuracy
    gain = (metrics.accuracy - comparison.before.accuracy) * metrics.n
    assert comparison.only_after - comparison.only_before == pytest.approx(gain)


def test_an_equal_model_is_not_worse(drawn: Path, model: Path, trained: TrainingResult, tmp_path: Path) -> None:
    published = publish_to(tmp_path / "model", drawn, QUICK, against=model)
    assert published.comparison == Comparison(trained.artifact.info.metrics, only_before=0, only_after=0, worse=False)


def test_a_better_model_is_not_worse(drawn: Path, tmp_path: Path) -> None:
    publish_to(tmp_path / "poor", drawn, UNTRAINED)
    published = publish_to(tmp_path / "model", drawn, QUICK, against=tmp_path / "poor")
    assert published.comparison is not None
    assert published.comparison.before.accuracy < published.model.metrics.accuracy
    assert published.comparison.only_before < published.comparison.only_after
    assert not published.comparison.worse


@pytest.mark.parametrize("missing", [True, False])
def test_without_a_readable_previous_model_there_is_no_comparison(missing: bool, drawn: Path, tmp_path: Path) -> None:
    if not missing:
        (tmp_path / "before").mkdir()
        (tmp_path / "before" / "model.json").write_text("{")
    published = publish_to(tmp_path / "model", drawn, UNTRAINED, against=tmp_path / "before")
    assert published.comparison is None


def test_models_of_different_channels_are_not_compared(drawn: Path, model: Path, tmp_path: Path) -> None:
    published = publish_to(tmp_path / "model", drawn, UNTRAINED, against=model, only=["amber", "fern"])
    assert [channel.label for channel in published.model.channels] == ["amber", "fern"]
    assert published.comparison is None


def test_a_model_can_replace_the_one_that_it_is_compared_with(drawn: Path, tmp_path: Path) -> None:
    publish_to(tmp_path / "model", drawn, UNTRAINED)
    before = read_info(tmp_path / "model").version
    published = publish_to(tmp_path / "model", drawn, replace(UNTRAINED, seed=4), against=tmp_path / "model")
    assert published.comparison is not None
    assert published.model.version >= before
    assert Predictor.load(tmp_path / "model").channels == published.model.channels


def test_a_folder_of_something_else_is_rejected_before_any_work(drawn: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("precious")
    steps: list[Progress] = []
    with pytest.raises(ArtifactError, match="Choose another folder"):
        publish(Dataset.open(drawn), QUICK, tmp_path, against=None, on_progress=steps.append, on_epoch=lambda _: None)
    assert steps == []
