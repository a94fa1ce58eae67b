"""The names of channels as drawn: a font has every letter, and no two look alike."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np

from classifier.drawing.canvas import cut, length
from classifier.drawing.typesetting import is_legible, isolated, shape
from classifier.titles import graphemes, one_line
from classifier.values import Channel

_ROOM: Final = 0.5
"""Share of a name's width that an addition may take."""
_LOOK_SIZE: Final = 26
"""Pixels of the letters whose looks are compared."""
_DIFFERENCE: Final = 0.12
"""Share of their ink by which letters must differ, lest they look alike."""


@dataclass(frozen=True, slots=True)
class Name:
    """A channel's name, and what distinguishes it from one that looks like it."""

    text: str
    addition: str = ""

    def fitted(self, width: float, *, size: int, bold: bool = False) -> str:
        """The name for any place in a line, cut so that it is at most `width` units long."""
        if not self.addition:
            return isolated(cut(self.text, width, size=size, bold=bold))
        addition = f" ({cut(self.addition, _ROOM * width, size=size, bold=bold)})"
        room = width - length(addition, size=size, bold=bold)
        return isolated(cut(self.text, room, size=size, bold=bold)) + isolated(addition)


def names(channels: Sequence[Channel], width: float, *, size: int, taken: Sequence[str] = ()) -> list[Name]:
    """The names of channels, in the same order: titles, or handles where a title can't be drawn.

    Where names, cut to `width` units, look like each other or like a `taken` one, handles are added.
    """
    found = [Name(_legible(channel)) for channel in channels]
    number = {label: place for place, label in enumerate(sorted(channel.label for channel in channels), 1)}
    additions: Sequence[Callable[[Channel], str]] = (
        _legible_id,
        lambda channel: f"{number[channel.label]}: {_legible_id(channel)}",
    )
    for addition in additions:
        lines = [*(name.fitted(width, size=size) for name in found), *map(isolated, taken)]
        letters = [list(graphemes(unicodedata.normalize("NFKC", line))) for line in lines]
        alike = [any(_are_alike(line, other) for other in letters if other is not line) for line in letters]
        if not any(alike):
            break
        pairs = zip(found, channels, alike[: len(channels)], strict=True)
        found = [replace(name, addition=addition(channel)) if doubtful else name for name, channel, doubtful in pairs]
    return found


def _legible(channel: Channel) -> str:
    title = one_line(channel.title)
    return title if is_legible(title) else _legible_id(channel)


def _legible_id(channel: Channel) -> str:
    """What identifies a channel and can be drawn: the handle, the id, or the folder's name."""
    ids = (one_line(text) for text in (channel.handle, channel.id, channel.label) if text)
    return next(filter(is_legible, ids), "channel")


def _are_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    return len(one) == len(other) and all(a == b or _look_alike(a, b) for a, b in zip(one, other, strict=True))


@lru_cache(4096)
def _look_alike(one: str, other: str) -> bool:
    """Whether two letters look alike, such as those that Latin and Cyrillic share."""
    boxes = [shape(letter, _LOOK_SIZE).getbbox() for letter in (one, other)]
    if None in boxes:
        return boxes[0] == boxes[1]
    drawn = [shape(letter, _LOOK_SIZE).crop(box) for letter, box in zip((one, other), boxes, strict=True)]
    if max(abs(drawn[0].width - drawn[1].width), abs(drawn[0].height - drawn[1].height)) > 1:
        return False
    first, second = (np.asarray(image.resize(drawn[0].size), dtype=np.int32) for image in drawn)
    return bool(np.abs(first - second).sum() < _DIFFERENCE * max(first.sum(), second.sum()))
