"""What can go wrong with the bot's memory."""

from classifier.errors import ThumbprintError


class StoreError(ThumbprintError):
    """The database can't be opened or used."""


class UnsupportedDatabaseError(StoreError):
    """A database URL of a kind, or with an option, that is not known."""


class NewerDatabaseError(StoreError):
    """The database was made by a newer program than this one."""


class FeedbackError(ThumbprintError):
    """Feedback that can't be taken."""


class GoneError(FeedbackError):
    """The answer or the feedback was deleted in the meantime."""


class ReviewedError(FeedbackError):
    """Feedback that an admin has reviewed already."""


class FeedbackQuotaError(FeedbackError):
    """A person gave as much feedback today as is taken from one."""
