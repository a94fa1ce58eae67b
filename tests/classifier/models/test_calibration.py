"""Calibrated probabilities, and the verdict "unknown"."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from classifier.models.calibration import Calibration
from classifier.models.unknown import NeighbourScore, RegressionScore
from classifier.networks.outputs import Outputs

CLASSES, WIDTH = 4, 6


def outputs(count: int, seed: int, overconfidence: float = 1.0) -> tuple[Outputs, NDArray[np.int64]]:
    """Outputs whose logits, divided by `overconfidence`, are exactly right; one cluster of features per class."""
    random = np.random.default_rng(seed)
    exact = random.normal(0, 2, (count, CLASSES))
    targets = np.array([random.choice(CLASSES, p=row) for row in softmax(exact, axis=1)])
    centres = np.random.default_rng(99).normal(0, 8, (CLASSES, WIDTH))
    return Outputs(centres[targets] + random.normal(0, 1, (count, WIDTH)), exact * overconfidence), targets


def fitted(overconfidence: float = 1.0) -> Calibration:
    training, training_targets = outputs(800, seed=1, overconfidence=overconfidence)
    held_out, targets = outputs(1500, seed=2, overconfidence=overconfidence)
    return Calibration.fit(training, training_targets, calibration=held_out, calibration_targets=targets)


def log_loss(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    return float(-np.log(probabilities[np.arange(len(targets)), targets]).mean())


@pytest.mark.parametrize("overconfidence", [0.25, 1.0, 4.0])
def test_probabilities_become_calibrated(overconfidence: float) -> None:
    fresh, targets = outputs(1500, seed=3, overconfidence=overconfidence)
    probabilities = fitted(overconfidence).probabilities(fresh)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    best = float(-log_softmax(fresh.logits / overconfidence, axis=1)[np.arange(len(targets)), targets].mean())
    assert log_loss(probabilities, targets) == pytest.approx(best, abs=0.01)


def test_calibration_does_not_change_the_most_probable_channel() -> None:
    fresh, _ = outputs(300, seed=3, overconfidence=4.0)
    assert (fitted(4.0).probabilities(fresh).argmax(axis=1) == fresh.logits.argmax(axis=1)).all()


def test_one_known_picture_in_twenty_is_rejected() -> None:
    calibration = fitted()
    held_out, _ = outputs(1500, seed=2)
    fresh, _ = outputs(1500, seed=4)
    assert 0.03 < (calibration.unknown_scores(held_out) > calibration.threshold).mean() <= 0.05
    assert 0.02 < (calibration.unknown_scores(fresh) > calibration.threshold).mean() < 0.09


def test_pictures_far_from_every_channel_are_unknown() -> None:
    calibration = fitted()
    known, _ = outputs(20, seed=5)
    far = Outputs(-known.features, known.logits)
    assert (calibration.unknown_scores(far) > calibration.threshold).all()
    assert calibration.unknown_scores(far).min() > calibration.unknown_scores(known).max()


def test_a_new_direction_scores_higher_than_an_extreme_picture_of_a_known_channel() -> None:
    random = np.random.default_rng(8)
    targets = np.arange(400) % 2
    features = random.normal(0, 1, (400, 3)) + np.array([[8.0, 0, 0], [-8.0, 0, 0]])[targets]
    training = Outputs(features, random.normal(size=(400, 2)))
    calibration = Calibration.fit(training, targets, calibration=training, calibration_targets=targets)
    extreme, unknown = (Outputs(np.array([place]), np.zeros((1, 2))) for place in ([40.0, 0, 1], [0.0, 12, 0]))
    assert calibration.unknown_scores(extreme) < calibration.threshold < calibration.unknown_scores(unknown)


def test_examples_of_unknown_channels_improve_the_unknown_score() -> None:
    training, training_targets = outputs(800, seed=1)
    held_out, targets = outputs(500, seed=2)
    random = np.random.default_rng(9)
    place = training.features.mean(axis=0) + 3

    def unknown(count: int) -> Outputs:
        return Outputs(place + random.normal(0, 1, (count, WIDTH)), random.normal(size=(count, CLASSES)))

    def fit(examples: Outputs | None) -> Calibration:
        return Calibration.fit(
            training, training_targets, calibration=held_out, calibration_targets=targets, unknown=examples
        )

    examples, fresh = unknown(60), unknown(200)
    without, trained = fit(None), fit(examples)
    known, _ = outputs(500, seed=4)

    def rejected(calibration: Calibration) -> float:
        return float((calibration.unknown_scores(fresh) > calibration.threshold).mean())

    assert rejected(trained) > 0.9
    assert rejected(trained) >= rejected(without)
    assert 0.01 < (trained.unknown_scores(known) > trained.threshold).mean() < 0.06
    assert 0.02 < (trained.unknown_scores(held_out) > trained.threshold).mean() <= 0.03
    assert isinstance(trained.unknown, RegressionScore)
    assert isinstance(without.unknown, NeighbourScore)


def test_the_scale_of_features_makes_no_difference() -> None:
    training, training_targets = outputs(300, seed=1)
    held_out, targets = outputs(200, seed=2)
    examples = Outputs(training.features[:40] + 6, training.logits[:40])

    def odds(scale: NDArray[np.float64]) -> NDArray[np.float64]:
        known, held, unknown = (replace(it, features=it.features * scale) for it in (training, held_out, examples))
        score = Calibration.fit(
            known, training_targets, calibration=held, calibration_targets=targets, unknown=unknown
        ).unknown
        assert isinstance(score, RegressionScore)
        return held.features @ score.weight + score.bias

    np.testing.assert_allclose(odds(np.geomspace(0.01, 100, WIDTH)), odds(np.ones(WIDTH)), rtol=1e-2, atol=1e-2)


def test_constant_features_do_no_harm() -> None:
    held_out, targets = outputs(100, seed=6)
    same = Outputs(np.zeros_like(held_out.features), held_out.logits)
    calibration = Calibration.fit(same, targets, calibration=same, calibration_targets=targets)
    assert np.isfinite(calibration.unknown_scores(same)).all()
    assert not (calibration.unknown_scores(same) > calibration.threshold).any()


def test_more_features_than_pictures_do_no_harm() -> None:
    random = np.random.default_rng(7)
    few = Outputs(random.normal(size=(12, 200)), random.normal(size=(12, 2)))
    targets = np.arange(12) % 2
    calibration = Calibration.fit(few, targets, calibration=few, calibration_targets=targets)
    assert np.isfinite(calibration.unknown_scores(few)).all()
