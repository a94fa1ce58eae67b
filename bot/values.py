"""Plain values that the bot's packages hand to each other."""

from dataclasses import dataclass

from bot.sources import Source
from classifier.values import Prediction, VideoFact


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot says about one picture.

    `id` is the answer's in the store, `place` the picture's index in the message that was answered. `fact` is the
    video's channel according to YouTube, if it is known; `correct` says whether the prediction matches it, None if the
    two cannot be compared.
    """

    id: int
    place: int
    source: Source
    prediction: Prediction
    fact: VideoFact | None = None
    correct: bool | None = None

    @property
    def number(self) -> int:
        """The picture's number for people."""
        return self.place + 1

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of the picture: no channel that the model knows, and no fact."""
        return self.prediction.unknown and self.prediction.exact is None and self.fact is None
