"""The values that rooms hand to each other hold what they promise."""

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.values import Channel, Guess, Heatmap, Prediction


def guesses(*probabilities: float) -> tuple[Guess, ...]:
    return tuple(Guess(Channel(f"c{index}", "title"), share) for index, share in enumerate(probabilities))


def test_a_predictions_first_guess_is_its_verdict() -> None:
    prediction = Prediction(guesses(0.7, 0.2, 0.1), unknown=False)
    assert prediction.channel.label == "c0"
    assert prediction.confidence == 0.7


@pytest.mark.parametrize("probabilities", [(), (0.5, 0.4), (0.6, 0.6), (float("nan"), 0.5), (0.3, 0.7)])
def test_a_prediction_that_cannot_be_is_refused(probabilities: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="must"):
        Prediction(guesses(*probabilities), unknown=False)


def test_an_explanation_is_of_the_first_guess() -> None:
    explanation = Heatmap(Prediction(guesses(0.6, 0.4), unknown=True), np.zeros((2, 3), dtype=np.float32))
    assert explanation.channel.label == "c0"


@pytest.mark.parametrize("heat", [np.array([0.5]), np.array([[0.0, 1.1]]), np.array([[-0.1, 1]]), np.array([[np.nan]])])
def test_heat_that_cannot_be_is_refused(heat: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="must"):
        Heatmap(Prediction(guesses(0.6, 0.4), unknown=False), heat.astype(np.float32))
