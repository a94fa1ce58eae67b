"""The base class of all expected errors. Each has a message for people, and the data to word it differently."""

from typing import Any


class ThumbprintError(Exception):
    """Something foreseeable went wrong; `str(error)` says what, and what to do next.

    `data` has the values in the message, as JSON can have them, so that another front end can word it for its users.
    """

    def __init__(self, message: str, **data: Any) -> None:  # noqa: ANN401 - whatever JSON can have
        super().__init__(message)
        self.data = data


class PictureError(ThumbprintError):
    """Bytes that are not a supported image, or an image beyond our limits."""


class VerticalPictureError(PictureError):
    """A picture that is narrower than high, as those of Shorts are."""


class LinkError(ThumbprintError):
    """Text that names no YouTube video or channel."""


class CrawlError(ThumbprintError):
    """YouTube could not be read; what has been downloaded is kept."""


class QuotaExceededError(CrawlError):
    """The YouTube key has used up its units for today."""


class WrongKeyError(CrawlError):
    """YouTube refused the API key."""


class MissingKeyError(WrongKeyError):
    """There is no API key."""


class UnknownChannelError(CrawlError):
    """YouTube has no such channel; `data`: `channel`, as it was asked for."""


class UnavailableError(CrawlError):
    """YouTube is temporarily unavailable; another try may succeed."""


class EmptyChannelError(CrawlError):
    """A channel without public videos, or without usable thumbnails; `data`: `channel`, its title; `what` it has."""


class NoNetworkError(CrawlError):
    """YouTube could not be reached."""


class RefusedError(NoNetworkError):
    """The host of YouTube's thumbnails refused to deliver them; `data`: what it `answered`, such as "403"."""


class DatasetError(ThumbprintError):
    """A data folder, or a file in it, that cannot be used."""


class TooFewThumbnailsError(DatasetError):
    """Fewer than two channels with enough thumbnails; `data`: `channels`, how many, and `left_out`, the others."""


class TooFewHeldOutError(DatasetError):
    """Fewer than two channels with thumbnails that the model did not learn from."""


class TrainingError(ThumbprintError):
    """A training run that did not finish."""


class CancelledTrainingError(TrainingError):
    """A training run that somebody cancelled."""


class NothingNewError(TrainingError):
    """A training that would learn from the same as the last one; its data has the `units` of quota that it used."""


class TrainingRunningError(TrainingError):
    """Asked for a training while one is running."""


class ArtifactError(ThumbprintError):
    """A model folder that is broken, not Thumbprint's, or not writable."""


class WeightsError(TrainingError):
    """Pretrained weights that are unavailable, or a broken file of them."""


class NoModelError(ThumbprintError):
    """Asked for an answer before there is any model."""


class NoIndexError(ThumbprintError):
    """A model that can't compare pictures with a channel, which it does not know, or of which it has no index."""


class NoVersionError(NoModelError):
    """Asked for a version that does not exist."""


class BusyError(ThumbprintError):
    """More pictures are waiting than can be answered in good time."""


class ClosingError(BusyError):
    """The program is shutting down."""
