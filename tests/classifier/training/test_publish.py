"""From a data folder to a model folder, compared with the model before it."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from classifier.errors import ArtifactError
from classifier.models import artifact
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.training.fit import TrainingConfig
from classifier.training.publish import CONFUSION_NAME, TRAINING_NAME, publish
from classifier.training.train import TrainingResult
from classifier.values import Comparison, EpochReport, Progress, TrainedModel
from tests.classifier.conftest import QUICK
from tests.classifier.drawn import draw_channels

UNTRAINED = replace(QUICK, epochs=1, seed=3, batch_size=1000)
"""One step is not enough to learn anything."""


def publish_to(
    out: Path, data: Path, config: TrainingConfig, *, against: Path | None = None, only: Sequence[str] = ()
) -> TrainedModel:
    return publish(
        Dataset.open(data, only=only), config, out, against=against, on_progress=lambda _: None, on_epoch=lambda _: None
    )


def test_the_folder_holds_the_model_and_its_plots(drawn: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    epochs: list[EpochReport] = []
    made = publish(
        Dataset.open(drawn), QUICK, tmp_path / "model", against=None, on_progress=steps.append, on_epoch=epochs.append
    )
    assert made.model == artifact.read_info(tmp_path / "model")
    assert made.history == tuple(epochs)
    assert (made.comparison, made.skipped) == (None, ())
    assert {step.stage for step in steps} == {"read", "train", "measure"}
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        "model.json",
        "model.safetensors",
        CONFUSION_NAME,
        TRAINING_NAME,
    }
    for name in (CONFUSION_NAME, TRAINING_NAME):
        with Image.open(io.BytesIO((tmp_path / "model" / name).read_bytes())) as image:
            assert image.format == "PNG"


def test_a_worse_model_is_told_so(tmp_path: Path) -> None:
    many = draw_channels(tmp_path / "many", 48)  # few pictures prove nothing
    publish_to(tmp_path / "good", many, QUICK)
    made = publish_to(tmp_path / "model", many, replace(UNTRAINED, seed=0), against=tmp_path / "good")
    compared, metrics = made.comparison, made.model.metrics
    assert compared is not None
    assert compared.worse
    assert not compared.better
    assert compared.before.n == metrics.n
    assert compared.before.accuracy > metrics.accuracy
    gained = (metrics.accuracy - compared.before.accuracy) * metrics.n
    assert compared.only_after - compared.only_before == pytest.approx(gained)


def test_an_equal_model_is_not_worse(drawn: Path, model: Path, trained: TrainingResult, tmp_path: Path) -> None:
    made = publish_to(tmp_path / "model", drawn, QUICK, against=model)
    assert made.comparison == Comparison(trained.artifact.info.metrics, only_before=0, only_after=0, worse=False)


def test_a_better_model_is_not_worse(drawn: Path, tmp_path: Path) -> None:
    publish_to(tmp_path / "poor", drawn, UNTRAINED)
    made = publish_to(tmp_path / "model", drawn, QUICK, against=tmp_path / "poor")
    assert made.comparison is not None
    assert made.comparison.before.accuracy < made.model.metrics.accuracy
    assert made.comparison.only_before < made.comparison.only_after
    assert not made.comparison.worse


@pytest.mark.parametrize("missing", [True, False])
def test_without_a_model_to_compare_with_there_is_nothing_before(missing: bool, drawn: Path, tmp_path: Path) -> None:
    if not missing:
        (tmp_path / "before").mkdir()
        (tmp_path / "before" / "model.json").write_text("{")
    made = publish_to(tmp_path / "model", drawn, UNTRAINED, against=tmp_path / "before")
    assert made.comparison is None


def test_a_model_of_other_channels_is_not_compared(drawn: Path, model: Path, tmp_path: Path) -> None:
    made = publish_to(tmp_path / "model", drawn, UNTRAINED, against=model, only=["amber", "fern"])
    assert [channel.label for channel in made.model.channels] == ["amber", "fern"]
    assert made.comparison is None


def test_a_model_is_compared_with_the_one_that_it_replaces(drawn: Path, tmp_path: Path) -> None:
    publish_to(tmp_path / "model", drawn, UNTRAINED)
    before = artifact.read_info(tmp_path / "model").version
    made = publish_to(tmp_path / "model", drawn, replace(UNTRAINED, seed=4), against=tmp_path / "model")
    assert made.comparison is not None
    assert made.model.version >= before
    assert Predictor.load(tmp_path / "model").channels == made.model.channels


def test_a_place_that_is_not_ours_is_refused_before_any_work(drawn: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("precious")
    steps: list[Progress] = []
    with pytest.raises(ArtifactError, match="choose another folder"):
        publish(Dataset.open(drawn), QUICK, tmp_path, against=None, on_progress=steps.append, on_epoch=lambda _: None)
    assert steps == []
