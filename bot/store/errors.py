"""What can go wrong with the store."""

from typing import TYPE_CHECKING

from classifier.errors import ThumbprintError

if TYPE_CHECKING:
    from bot.store.game_values import Round


class StoreError(ThumbprintError):
    """The database can't be opened or used."""


class RowError(StoreError):
    """A row that the database refuses, and always would."""


class UnsupportedDatabaseError(StoreError):
    """A database URL of an unknown kind, or with an unknown option."""


class NewerDatabaseError(StoreError):
    """The database was created by a newer version of Thumbprint."""


class FeedbackError(ThumbprintError):
    """Feedback that can't be accepted."""


class AnswerGoneError(FeedbackError):
    """The answer has been deleted."""

    def __init__(self) -> None:
        super().__init__("I no longer remember that answer. Post the picture again.")


class AnswerWaitingError(FeedbackError):
    """The answer is not stored yet."""

    def __init__(self) -> None:
        super().__init__("I couldn't store that answer yet. Try again in a minute.")


class FeedbackGoneError(FeedbackError):
    """The feedback has been deleted."""

    def __init__(self) -> None:
        super().__init__("That feedback is gone: its author has deleted it.")


class ReviewedError(FeedbackError):
    """Feedback that an admin has reviewed already."""


class FeedbackQuotaError(FeedbackError):
    """A person has reached the daily limit of feedback."""


class GameError(ThumbprintError):
    """A guess that can't be accepted."""


class RoundOverError(GameError):
    """A round that is over, or was deleted."""

    def __init__(self) -> None:
        super().__init__("That round is over. Start a new one with `/guess`.")


class GuessedError(GameError):
    """A second guess of the same person: `choice` is the place of their first one in the round's options."""

    def __init__(self, round_: "Round", choice: int) -> None:
        super().__init__("You've already guessed. Wait for the answer.")
        self.round, self.choice = round_, choice
