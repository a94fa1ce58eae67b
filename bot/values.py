"""Plain values that the bot's rooms hand to each other."""

from dataclasses import dataclass

from bot.intake import Source
from classifier.values import Prediction, VideoFact


@dataclass(frozen=True, slots=True)
class Truth:
    """Whose video it is, and whether the answer was right about it: None where the two can't be compared."""

    video: VideoFact
    right: bool | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one picture.

    `number` is its own in the store, `place` the picture's among those of the message that was answered.
    """

    number: int
    place: int
    source: Source
    prediction: Prediction
    truth: Truth | None = None
