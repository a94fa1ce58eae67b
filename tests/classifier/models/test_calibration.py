"""Honest probabilities, and the verdict "unknown"."""

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
    """Outputs whose logits, divided by `overconfidence`, are the truth; one cloud of features a class."""
    random = np.random.default_rng(seed)
    honest = random.normal(0, 2, (count, CLASSES))
    targets = np.array([random.choice(CLASSES, p=row) for row in softmax(honest, axis=1)])
    centres = np.random.default_rng(99).normal(0, 8, (CLASSES, WIDTH))
    return seen(centres[targets] + random.normal(0, 1, (count, WIDTH)), honest * overconfidence), targets


def seen(features: NDArray[np.float64], logits: NDArray[np.float64]) -> Outputs:
    """Outputs of a network that knows no style beside its features."""
    return Outputs(features, features.astype(np.float32), logits)


def fitted(overconfidence: float = 1.0) -> Calibration:
    train, train_targets = outputs(800, seed=1, overconfidence=overconfidence)
    held, targets = outputs(1500, seed=2, overconfidence=overconfidence)
    return Calibration.fit(train, train_targets, held=held, targets=targets)


def log_loss(probabilities: NDArray[np.float64], targets: NDArray[np.int64]) -> float:
    return float(-np.log(probabilities[np.arange(len(targets)), targets]).mean())


@pytest.mark.parametrize("overconfidence", [0.25, 1.0, 4.0])
def test_probabilities_become_honest(overconfidence: float) -> None:
    fresh, targets = outputs(1500, seed=3, overconfidence=overconfidence)
    probabilities = fitted(overconfidence).probabilities(fresh)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    best = float(-log_softmax(fresh.logits / overconfidence, axis=1)[np.arange(len(targets)), targets].mean())
    assert log_loss(probabilities, targets) == pytest.approx(best, abs=0.01)


def test_calibration_changes_no_verdict() -> None:
    fresh, _ = outputs(300, seed=3, overconfidence=4.0)
    assert (fitted(4.0).probabilities(fresh).argmax(axis=1) == fresh.logits.argmax(axis=1)).all()


def test_one_known_picture_in_twenty_is_refused() -> None:
    calibration = fitted()
    held, _ = outputs(1500, seed=2)
    fresh, _ = outputs(1500, seed=4)
    assert 0.03 < (calibration.unknown_scores(held) > calibration.threshold).mean() <= 0.05
    assert 0.02 < (calibration.unknown_scores(fresh) > calibration.threshold).mean() < 0.09


def test_what_lies_far_from_every_channel_is_unknown() -> None:
    calibration = fitted()
    known, _ = outputs(20, seed=5)
    far = seen(-known.features, known.logits)
    assert (calibration.unknown_scores(far) > calibration.threshold).all()
    assert calibration.unknown_scores(far).min() > calibration.unknown_scores(known).max()


def test_a_direction_of_no_channel_is_stranger_than_a_lively_picture_of_one() -> None:
    random = np.random.default_rng(8)
    targets = np.arange(400) % 2
    features = random.normal(0, 1, (400, 3)) + np.array([[8.0, 0, 0], [-8.0, 0, 0]])[targets]
    train = seen(features, random.normal(size=(400, 2)))
    calibration = Calibration.fit(train, targets, held=train, targets=targets)
    lively, strange = (seen(np.array([place]), np.zeros((1, 2))) for place in ([40.0, 0, 1], [0.0, 12, 0]))
    assert calibration.unknown_scores(lively) < calibration.threshold < calibration.unknown_scores(strange)


def test_strangers_that_were_shown_teach_what_is_unknown() -> None:
    train, train_targets = outputs(800, seed=1)
    held, targets = outputs(500, seed=2)
    random = np.random.default_rng(9)
    place = train.features.mean(axis=0) + 3

    def strangers(count: int) -> Outputs:
        return seen(place + random.normal(0, 1, (count, WIDTH)), random.normal(size=(count, CLASSES)))

    shown, fresh = strangers(60), strangers(200)
    alone = Calibration.fit(train, train_targets, held=held, targets=targets)
    taught = Calibration.fit(train, train_targets, held=held, targets=targets, others=shown)
    known, _ = outputs(500, seed=4)

    def caught(calibration: Calibration) -> float:
        return float((calibration.unknown_scores(fresh) > calibration.threshold).mean())

    assert caught(taught) > 0.9
    assert caught(taught) >= caught(alone)
    assert 0.01 < (taught.unknown_scores(known) > taught.threshold).mean() < 0.06
    assert 0.02 < (taught.unknown_scores(held) > taught.threshold).mean() <= 0.03
    assert isinstance(taught.strangeness, RegressionScore)
    assert isinstance(alone.strangeness, NeighbourScore)


def test_features_of_any_scale_part_alike() -> None:
    train, train_targets = outputs(300, seed=1)
    held, targets = outputs(200, seed=2)
    shown = seen(train.features[:40] + 6, train.logits[:40])

    def odds(scale: NDArray[np.float64]) -> NDArray[np.float64]:
        known, kept, others = (replace(it, features=it.features * scale) for it in (train, held, shown))
        boundary = Calibration.fit(known, train_targets, held=kept, targets=targets, others=others).strangeness
        assert isinstance(boundary, RegressionScore)
        return kept.features @ boundary.weight + boundary.bias

    np.testing.assert_allclose(odds(np.geomspace(0.01, 100, WIDTH)), odds(np.ones(WIDTH)), rtol=1e-2, atol=1e-2)


def test_features_that_never_vary_do_no_harm() -> None:
    held, targets = outputs(100, seed=6)
    same = seen(np.zeros_like(held.features), held.logits)
    calibration = Calibration.fit(same, targets, held=same, targets=targets)
    assert np.isfinite(calibration.unknown_scores(same)).all()
    assert not (calibration.unknown_scores(same) > calibration.threshold).any()


def test_more_features_than_pictures_do_no_harm() -> None:
    random = np.random.default_rng(7)
    few = seen(random.normal(size=(12, 200)), random.normal(size=(12, 2)))
    targets = np.arange(12) % 2
    calibration = Calibration.fit(few, targets, held=few, targets=targets)
    assert np.isfinite(calibration.unknown_scores(few)).all()
