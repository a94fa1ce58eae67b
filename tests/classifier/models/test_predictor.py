"""The predictor: its answers, and how it is measured."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import ArtifactError, DatasetError
from classifier.models.folder import read_info
from classifier.models.judges import HeadJudge, NetworkJudge
from classifier.models.predictor import Predictor
from classifier.networks.eye import Eye
from classifier.pictures.dataset import Dataset, unlabelled
from classifier.pictures.examples import read_thumbnail
from classifier.pictures.thumbnail import Thumbnail
from classifier.training.result import TrainingResult
from tests.classifier.drawn import COLOURS, UNKNOWN, draw_channel, pixels


def test_unseen_pictures_are_recognised(predictor: Predictor, unseen: Path) -> None:
    dataset = Dataset.open(unseen)
    predictions = predictor.predict([read_thumbnail(file) for file in dataset.files])
    predicted = [prediction.channel.label for prediction in predictions]
    expected = [dataset.channels[target].label for target in dataset.targets]
    assert np.mean([name == truth for name, truth in zip(predicted, expected, strict=True)]) > 0.9


def test_a_prediction_has_every_channel_once_in_order(predictor: Predictor) -> None:
    (prediction,) = predictor.predict([Thumbnail(pixels(COLOURS["fern"], 7))])
    assert {guess.channel.label for guess in prediction.guesses} == set(COLOURS)
    probabilities = [guess.probability for guess in prediction.guesses]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)
    assert prediction.confidence == probabilities[0]
    assert all(isinstance(probability, float) for probability in probabilities)


def test_a_batch_gives_the_same_answers_as_single_pictures(predictor: Predictor) -> None:
    thumbnails = [Thumbnail(pixels(COLOURS[name], index)) for index, name in enumerate([*COLOURS] * 3)]
    batch = predictor.predict(thumbnails)
    for thumbnail, answer in zip(thumbnails, batch, strict=True):
        (single,) = predictor.predict([thumbnail])
        assert single.channel == answer.channel
        assert single.unknown == answer.unknown
        assert single.confidence == pytest.approx(answer.confidence, abs=1e-4)


def test_a_prediction_names_the_version_of_its_model(trained: TrainingResult) -> None:
    made = trained.artifact
    newer = replace(made, info=replace(made.info, version="20990101-000000"))
    thumbnail = Thumbnail(pixels(COLOURS["fern"], 7))
    for each in (made, newer):
        predictor = Predictor(NetworkJudge(each), each.info)
        assert [prediction.version for prediction in predictor.predict([thumbnail] * 2)] == [each.info.version] * 2
        assert predictor.explain(thumbnail).prediction.version == each.info.version


def test_the_default_network_answers(eye: Eye, eye_model: Path, unseen: Path) -> None:
    predictor, dataset = Predictor.load(eye_model, eye), Dataset.open(unseen)
    predictions = predictor.predict([read_thumbnail(file) for file in dataset.files])
    expected = [dataset.channels[target].label for target in dataset.targets]
    right = [answer.channel.label == truth for answer, truth in zip(predictions, expected, strict=True)]
    assert np.mean(right) > 0.9
    for prediction in predictions:
        assert {guess.channel.label for guess in prediction.guesses} == set(COLOURS)
        total = sum(guess.probability for guess in prediction.guesses) + prediction.unknown_probability
        assert total == pytest.approx(1)
    (unknown,) = predictor.predict([Thumbnail(pixels(UNKNOWN, 3))])
    assert unknown.unknown_probability > np.mean([prediction.unknown_probability for prediction in predictions])


def test_features_that_were_seen_before_give_the_same_answers(eye: Eye, eye_model: Path) -> None:
    predictor = Predictor.load(eye_model, eye)
    assert isinstance(predictor.judge, HeadJudge)
    thumbnails = [Thumbnail(pixels(COLOURS[name], name)) for name in COLOURS]
    judged = predictor.judge.judge_features(eye.see(np.stack([thumbnail.pixels for thumbnail in thumbnails])))
    assert predictor.predictions(judged) == predictor.predict(thumbnails)


def test_more_pictures_than_a_batch_are_judged(eye: Eye, eye_model: Path) -> None:
    judge = Predictor.load(eye_model, eye).judge
    colours = [COLOURS[name] for name in COLOURS] * 6
    pictures = np.stack([pixels(colour, 5) for colour in colours])
    judged = judge.judge(pictures)
    assert judged.probabilities.shape == (18, 3)
    assert judged.unknown.shape == (18,)
    np.testing.assert_allclose(
        judged.probabilities, np.tile(judge.judge(pictures[:3]).probabilities, (6, 1)), atol=1e-3
    )


def test_without_an_eye_one_is_made(eye_model: Path, eye: Eye) -> None:
    thumbnail = Thumbnail(pixels(COLOURS["fern"], 7))
    assert Predictor.load(eye_model).predict([thumbnail]) == Predictor.load(eye_model, eye).predict([thumbnail])


@pytest.mark.parametrize("network", ["eye", "net"])
def test_a_model_of_any_network_answers_without_machine_learning(
    network: str, eye_model: Path, model: Path, unseen: Path
) -> None:
    folder = {"eye": eye_model, "net": model}[network]
    assert read_info(folder).network == network
    image = next((unseen / "fern").iterdir())
    code = f"""
import sys
from pathlib import Path
for name in ("torch", "torchvision", "sklearn", "scipy", "matplotlib"):
    sys.modules[name] = None  # as if it were not installed
from classifier.models.predictor import Predictor
from classifier.pictures.examples import read_thumbnail
predictor = Predictor.load(Path({str(folder)!r}))
thumbnail = read_thumbnail(Path({str(image)!r}))
(prediction,) = predictor.predict([thumbnail])
print(prediction.channel.label, prediction.unknown, predictor.explain(thumbnail).heat.max())
"""
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603
    assert printed.startswith("fern False ")


def test_no_pictures_give_no_predictions(predictor: Predictor) -> None:
    assert predictor.predict([]) == []


def test_loading_a_missing_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="Train one first"):
        Predictor.load(tmp_path)


def test_evaluate_counts_every_picture(predictor: Predictor, unseen: Path) -> None:
    metrics = predictor.evaluate(Dataset.open(unseen), None)
    assert metrics.n == 24
    assert metrics.labels == ("amber", "cobalt", "fern")
    assert [sum(row) for row in metrics.confusion] == [8, 8, 8]
    assert metrics.accuracy > 0.9
    assert metrics.auroc_unknown is None


def test_evaluate_keeps_the_order_of_labels_if_channels_are_missing(predictor: Predictor, unseen: Path) -> None:
    metrics = predictor.evaluate(Dataset.open(unseen, only=["fern"]), None)
    assert metrics.labels == ("amber", "cobalt", "fern")
    assert [sum(row) for row in metrics.confusion] == [0, 0, 8]
    assert metrics.accuracy > 0.9


def test_evaluate_with_unknown_channels(predictor: Predictor, unseen: Path, tmp_path: Path) -> None:
    draw_channel(tmp_path / "deep" / "unknown", 10, UNKNOWN)
    metrics = predictor.evaluate(Dataset.open(unseen), unlabelled(tmp_path))
    assert metrics.n == 24
    for share in (metrics.auroc_unknown, metrics.unknown_rejected, metrics.known_rejected):
        assert share is not None
        assert 0 <= share <= 1
    predictions = predictor.predict([read_thumbnail(file) for file in sorted(tmp_path.rglob("*.jpg"))])
    assert metrics.unknown_rejected == np.mean([prediction.unknown for prediction in predictions])


def test_evaluate_names_a_channel_that_the_model_does_not_know(predictor: Predictor, tmp_path: Path) -> None:
    draw_channel(tmp_path / "new", 2, UNKNOWN)
    with pytest.raises(DatasetError, match=r"does not know new; it knows amber, cobalt, fern\. .*--unknown"):
        predictor.evaluate(Dataset.open(tmp_path), None)
