"""The predictor: right answers, honest ones, and measurement."""

from pathlib import Path

import numpy as np
import pytest

from classifier.errors import ArtifactError, DatasetError
from classifier.models.predictor import Predictor
from classifier.pictures.dataset import Dataset
from classifier.pictures.examples import read_thumbnail
from classifier.pictures.thumbnail import Thumbnail
from tests.classifier.drawn import COLOURS, STRANGE, draw_channel, pixels


def test_pictures_never_seen_are_told_apart(predictor: Predictor, unseen: Path) -> None:
    dataset = Dataset.open(unseen)
    predictions = predictor.predict([read_thumbnail(file) for file in dataset.files])
    named = [prediction.channel.label for prediction in predictions]
    expected = [dataset.channels[target].label for target in dataset.targets]
    assert np.mean([name == truth for name, truth in zip(named, expected, strict=True)]) > 0.9


def test_a_prediction_names_every_channel_once_in_order(predictor: Predictor) -> None:
    (prediction,) = predictor.predict([Thumbnail(pixels(COLOURS["fern"], 7))])
    assert {guess.channel.label for guess in prediction.guesses} == set(COLOURS)
    probabilities = [guess.probability for guess in prediction.guesses]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)
    assert prediction.confidence == probabilities[0]
    assert all(isinstance(probability, float) for probability in probabilities)


def test_each_answer_belongs_to_its_picture(predictor: Predictor) -> None:
    thumbnails = [Thumbnail(pixels(COLOURS[name], index)) for index, name in enumerate([*COLOURS] * 3)]
    together = predictor.predict(thumbnails)
    for thumbnail, answer in zip(thumbnails, together, strict=True):
        (alone,) = predictor.predict([thumbnail])
        assert alone.channel == answer.channel
        assert alone.unknown == answer.unknown
        assert alone.confidence == pytest.approx(answer.confidence, abs=1e-4)


def test_nothing_asked_nothing_said(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_no_model_to_load(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="train one first"):
        Predictor.load(tmp_path)


def test_evaluating_counts_every_picture(predictor: Predictor, unseen: Path) -> None:
    metrics = predictor.evaluate(Dataset.open(unseen), None)
    assert metrics.n == 24
    assert metrics.labels == ("amber", "cobalt", "fern")
    assert [sum(row) for row in metrics.confusion] == [8, 8, 8]
    assert metrics.accuracy > 0.9
    assert metrics.auroc_unknown is None


def test_evaluating_some_of_the_channels_keeps_their_places(predictor: Predictor, unseen: Path) -> None:
    metrics = predictor.evaluate(Dataset.open(unseen, only=["fern"]), None)
    assert metrics.labels == ("amber", "cobalt", "fern")
    assert [sum(row) for row in metrics.confusion] == [0, 0, 8]
    assert metrics.accuracy > 0.9


def test_evaluating_on_strangers_too(predictor: Predictor, unseen: Path, tmp_path: Path) -> None:
    draw_channel(tmp_path / "deep" / "strange", 10, STRANGE)
    metrics = predictor.evaluate(Dataset.open(unseen), tmp_path)
    assert metrics.n == 24
    for share in (metrics.auroc_unknown, metrics.unknown_rejected, metrics.known_rejected):
        assert share is not None
        assert 0 <= share <= 1
    predictions = predictor.predict([read_thumbnail(file) for file in sorted(tmp_path.rglob("*.jpg"))])
    assert metrics.unknown_rejected == np.mean([prediction.unknown for prediction in predictions])


def test_a_channel_that_the_model_does_not_know_is_named(predictor: Predictor, tmp_path: Path) -> None:
    draw_channel(tmp_path / "strange", 2, STRANGE)
    with pytest.raises(DatasetError, match=r"does not know strange; it knows amber, cobalt, fern\. .*--unknown"):
        predictor.evaluate(Dataset.open(tmp_path), None)


def test_evaluating_on_no_strangers_is_an_error(predictor: Predictor, unseen: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds no pictures"):
        predictor.evaluate(Dataset.open(unseen), tmp_path)
