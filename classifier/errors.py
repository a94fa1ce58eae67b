"""The one family of foreseeable errors. Each carries a sentence for the person who sees it."""


class ThumbprintError(Exception):
    """Something foreseeable went wrong; `str(error)` says what, and what to do next."""


class PictureError(ThumbprintError):
    """Bytes that are no picture we read, or a picture beyond our limits."""


class LinkError(ThumbprintError):
    """Text that names no YouTube video or channel."""


class CrawlError(ThumbprintError):
    """YouTube could not be read; what was fetched before is kept."""


class QuotaExceededError(CrawlError):
    """The YouTube key has used up its units for today."""


class WrongKeyError(CrawlError):
    """YouTube refused the API key, or there is none."""


class UnknownChannelError(CrawlError):
    """YouTube knows no such channel."""


class NoNetworkError(CrawlError):
    """YouTube could not be reached."""


class DatasetError(ThumbprintError):
    """A data folder, or a file in it, that cannot be used."""


class TooFewPicturesError(DatasetError):
    """Not enough channels or pictures to train on."""


class TrainingError(ThumbprintError):
    """A training that did not reach its end."""


class CancelledTrainingError(TrainingError):
    """A training that somebody stopped."""


class TrainingRunningError(TrainingError):
    """Asked for a training while one is running."""


class ArtifactError(ThumbprintError):
    """A model folder that is broken, foreign, or cannot be written."""


class WeightsError(TrainingError):
    """Pretrained weights that cannot be had, or a file of them that is broken."""


class NoModelError(ThumbprintError):
    """Asked for an answer before there is any model."""


class BusyError(ThumbprintError):
    """More pictures are waiting than will be answered in good time."""
