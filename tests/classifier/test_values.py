"""The values that rooms hand to each other hold what they promise."""

import pytest

from classifier.values import Channel, Guess, Prediction


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
