"""One line of text in any script: its runs in one font and direction, its length, and its shape.

Lengths are in pixels. Foreign text in the middle of a line is put between ISOLATES, as it has its own direction.
"""

import unicodedata
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import ceil
from typing import Final

import regex
from PIL import Image, ImageDraw

from classifier.drawing.bidi import levels, visual_order
from classifier.drawing.fonts import CHINESE, JAPANESE, KOREAN, Typeface, can_shape, font, typeface_of
from classifier.titles import graphemes, is_visible, one_line

ABOVE, BELOW = 1.35, 0.65
"""How far a line's shape reaches above and below the baseline, in font sizes; what is beyond is cut off."""

_ISOLATE: Final = "\u2068{}\u2069"
_ISOLATES: Final = regex.compile(r"[\u2068\u2069]")
_KANA: Final = regex.compile(r"[\p{Hiragana}\p{Katakana}]")
_HANGUL: Final = regex.compile(r"\p{Hangul}")


@dataclass(frozen=True, slots=True)
class _Run:
    """Text in one font and one direction."""

    text: str
    typeface: Typeface
    level: int

    @property
    def direction(self) -> str | None:
        """The direction as Pillow has it; None if it can't shape text."""
        return ("rtl" if self.level % 2 else "ltr") if can_shape() else None

    def length(self, size: int, *, bold: bool) -> float:
        """The length in a font of a size in pixels."""
        return font(self.typeface, size, bold=bold).getlength(self.text, direction=self.direction)


def isolated(text: str) -> str:
    """Foreign text for the middle of a line: it does not change the direction of what is around it."""
    return _ISOLATE.format(text)


def is_legible(text: str) -> bool:
    """Whether there is text to see, and a font for each grapheme of it."""
    han = _han(text)
    letters = _letters(text, han)
    return any(map(is_visible, letters)) and all(typeface_of(letter, han) for letter in letters)


@lru_cache(1024)
def length(text: str, size: int, *, bold: bool = False) -> float:
    """The length of one line of text."""
    return sum(run.length(size, bold=bold) for run in _runs(text))


@lru_cache(1024)
def cut(text: str, room: float, size: int, *, bold: bool = False) -> str:
    """Foreign text as one line, cut between graphemes and with an ellipsis if it is longer than `room`."""
    line = one_line(text)
    if length(line, size, bold=bold) <= room:
        return line
    letters = list(graphemes(line))
    beginnings = range(len(letters))
    end = bisect(beginnings, room, key=lambda end: length("".join(letters[:end]) + "…", size, bold=bold))
    return "".join(letters[: max(end - 1, 0)]).rstrip() + "…"


@lru_cache(128)
def shape(text: str, size: int, *, bold: bool = False) -> Image.Image:
    """One line of text, white on black: mode L, with a margin of `size` left and right.

    The baseline is ABOVE × size below the upper edge. The image is cached: leave it as it is.
    """
    width = 2 * size + ceil(length(text, size, bold=bold))
    image = Image.new("L", (width, round((ABOVE + BELOW) * size)))
    draw, place = ImageDraw.Draw(image), (float(size), round(ABOVE * size))
    for run in _runs(text):
        chosen = font(run.typeface, size, bold=bold)
        draw.text(place, run.text, font=chosen, fill=255, anchor="ls", direction=run.direction)
        place = (place[0] + run.length(size, bold=bold), place[1])
    return image


def _runs(text: str) -> Sequence[_Run]:
    """The runs of a line from left to right; graphemes without a font are left out."""
    return [run for part in _ISOLATES.split(text) for run in _part(part)]


def _part(text: str) -> Iterator[_Run]:
    """The runs from left to right of text with one main direction."""
    han = _han(text)
    letters = _letters(text, han)
    typefaces: list[Typeface | None] = []
    for letter in letters:
        typefaces.append(typeface_of(letter, han, typefaces[-1] if typefaces else None))
    shown = zip(letters, typefaces, levels(letters), strict=True)
    runs = [
        _Run("".join(letter for letter, *_ in run), typeface, level)
        for (typeface, level), run in groupby(shown, key=lambda it: it[1:])
        if typeface
    ]
    return (runs[index] for index in visual_order([run.level for run in runs]))


def _letters(text: str, han: int) -> list[str]:
    """The visible graphemes and spaces, composed where possible; ornamental ones without a font as plain ones."""
    composed = (it for it in graphemes(unicodedata.normalize("NFC", text)) if it == " " or is_visible(it))
    fallback = (it if typeface_of(it, han) else unicodedata.normalize("NFKC", it) for it in composed)
    return [letter for letters in fallback for letter in graphemes(letters)]


def _han(text: str) -> int:
    """The language whose Chinese characters suit the text."""
    if _KANA.search(text):
        return JAPANESE
    return KOREAN if _HANGUL.search(text) else CHINESE
