"""The base class of all expected errors. Each has a message for people, and the data to word it differently."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def fill(template: str, values: Mapping[str, object], number: Callable[[int], str] = "{:,}".format) -> str:
    """A sentence with its `{placeholders}` replaced by values; `number` writes whole ones.

    Braces that name no value stay as they are, and nothing in a value is replaced.
    """

    def value(found: re.Match[str]) -> str:
        it = values.get(found[1], found[0])
        return number(it) if isinstance(it, int) and not isinstance(it, bool) else str(it)

    return _PLACEHOLDER.sub(value, template)


class ThumbprintError(Exception):
    """Something foreseeable went wrong; `str(error)` says in English what, and what to do next.

    `template` is the sentence, a literal, with `{placeholders}` for the values in `data`, which are as JSON can have
    them: another front end can translate it, or word it differently for its users.
    """

    def __init__(self, template: str, /, **data: Any) -> None:  # noqa: ANN401 - whatever JSON can have
        super().__init__(fill(template, data))
        self.template = template
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
    """A channel without public videos, or without usable thumbnails; `data`: `channel`, its title.

    `reason` is the sentence about "it", where the channel has been named.
    """

    def __init__(self, template: str, /, *, reason: str = "", **data: Any) -> None:  # noqa: ANN401
        super().__init__(template, **data)
        self.reason = reason


class NoNetworkError(CrawlError):
    """YouTube could not be reached."""


class RefusedError(NoNetworkError):
    """The host of YouTube's thumbnails refused to deliver them.

    `data`: what it `answered`, such as "403", unless it was a web page.
    """


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


class StorageError(ThumbprintError):
    """The place for artifacts, a folder or an object store, can't be used at the moment."""


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
