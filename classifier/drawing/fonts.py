"""The fonts of drawn text: for each grapheme the first typeface that has all its letters."""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import regex
from PIL import ImageFont, features

from classifier.drawing.coverage import Coverage

_TEXT: Final = "NotoSans[wght].ttf"
_EMOJI: Final = "NotoEmoji[wght].ttf"
_SYMBOLS: Final = "NotoSansSymbols[wght].ttf"
_ITALIC: Final = "NotoSans-Italic[wght].ttf"

JAPANESE, KOREAN, CHINESE = 0, 1, 2
"""Faces of the font of Chinese characters, which each language writes in its own way."""

_IS_EMOJI: Final = regex.compile(r"\p{Emoji_Presentation}(?!\uFE0E)|\uFE0F|\u20E3")
_IS_NEUTRAL: Final = regex.compile(r"\p{Common}+")
_INVISIBLE: Final = regex.compile(r"\p{Default_Ignorable_Code_Point}+")
_RIGHT_TO_LEFT: Final = regex.compile(r"\p{Bidi_Class=R}|\p{Bidi_Class=AL}")


@dataclass(frozen=True, slots=True)
class Typeface:
    """A typeface: a font file, the number of the face in it, and whether its weight can vary."""

    file: Path
    face: int = 0
    variable: bool = True


def typeface_of(grapheme: str, han: int, before: Typeface | None = None) -> Typeface | None:
    """The typeface that shows a grapheme; None if none does.

    `han` is the face of Chinese characters. Spaces, digits and punctuation keep the typeface `before` them if it has
    them. Without libraqm, which shapes text, only single letters that run from left to right can be shown.
    """
    if before is not None and before != _emoji() and _IS_NEUTRAL.fullmatch(grapheme) and _has(before, grapheme):
        return before
    return _first(grapheme, han)


@cache
def font(typeface: Typeface, size: int, *, bold: bool) -> ImageFont.FreeTypeFont:
    """A typeface in a size in pixels. Regular if its weight can't vary."""
    loaded = ImageFont.truetype(typeface.file, size, index=typeface.face)
    if typeface.variable:
        loaded.set_variation_by_axes([700 if bold else 400])
    return loaded


@cache
def can_shape() -> bool:
    """Whether Pillow can shape text and run it from right to left: with libraqm, which needs the system's FriBiDi."""
    return bool(features.check("raqm"))


@lru_cache(4096)
def _first(grapheme: str, han: int) -> Typeface | None:
    if not can_shape() and (len(_INVISIBLE.sub("", grapheme)) > 1 or _RIGHT_TO_LEFT.search(grapheme)):
        return None
    chain = (_emoji(), *_chain(han)) if _IS_EMOJI.search(grapheme) else (*_chain(han), _emoji())
    return next((typeface for typeface in chain if _has(typeface, grapheme)), None)


def _has(typeface: Typeface, grapheme: str) -> bool:
    letters = _coverage(typeface)
    return all(letter in letters for letter in _INVISIBLE.sub("", grapheme))


@cache
def _coverage(typeface: Typeface) -> Coverage:
    return Coverage.read(typeface.file, typeface.face)


@cache
def _chain(han: int) -> tuple[Typeface, ...]:
    """Noto Sans, Noto's fonts of other scripts and of symbols, DejaVu Sans for more symbols, Chinese characters."""
    folder = _package("manimgx_fonts")
    special = {_TEXT, _EMOJI, _SYMBOLS, _ITALIC}
    scripts = sorted(file for file in folder.glob("*.ttf") if file.name not in special)
    dejavu = _package("matplotlib") / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return (
        Typeface(folder / _TEXT),
        *map(Typeface, scripts),
        Typeface(folder / _SYMBOLS),
        Typeface(dejavu, variable=False),
        Typeface(_package("manimgx_fonts_cjk") / "NotoSansCJK-VF.otf.ttc", han),
    )


@cache
def _emoji() -> Typeface:
    return Typeface(_package("manimgx_fonts") / _EMOJI)


def _package(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name}, which ships fonts, is not installed")
    return Path(spec.origin).parent
