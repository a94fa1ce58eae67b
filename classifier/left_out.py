"""Channels that are left out: the error if too few others remain, and what it says of them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from pydantic import TypeAdapter, ValidationError

from classifier.errors import TooFewThumbnailsError
from classifier.values import LeftOut

MIN_CHANNELS: Final = 2

_LEFT_OUT = TypeAdapter(tuple[LeftOut, ...])


def check_enough(remaining: int, left_out: Sequence[LeftOut]) -> None:
    """Raise TooFewThumbnailsError, which carries who was left out, if fewer than two channels remain."""
    if remaining >= MIN_CHANNELS:
        return
    reasons = "".join(f" {it.channel.handle or it.channel.label} was left out. {it.reason}" for it in left_out)
    few = (
        "Only {channels} channel has enough thumbnails; training needs at least {needed}.{reasons}"
        if remaining
        else "No channel has enough thumbnails; training needs at least {needed}.{reasons}"
    )
    raise TooFewThumbnailsError(
        few, channels=remaining, needed=MIN_CHANNELS, reasons=reasons, left_out=[asdict(it) for it in left_out]
    )


def left_out_of(error: BaseException) -> tuple[LeftOut, ...]:
    """The channels that an error says were left out, also if it comes from another process."""
    try:
        return _LEFT_OUT.validate_python(getattr(error, "data", {}).get("left_out", ()))
    except ValidationError:
        return ()
