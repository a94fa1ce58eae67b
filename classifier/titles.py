"""Untrusted titles: one line of visible text, cut only between graphemes, which readers see as single letters.

Joiners, variation selectors and tags are invisible, but spelling and emoji need them: they are part of the grapheme
that they change. Control characters, bidirectional overrides and the like are graphemes by themselves, and go.
"""

from collections.abc import Iterator
from typing import Final

import regex

_GRAPHEME: Final = regex.compile(r"\X(?:(?<=\p{Mongolian})\u180E(?=\p{Mongolian})\X)?")
"""With two letters and Mongolian's vowel separator as one: Unicode counts it as a control, but spelling needs it."""
_BLANK: Final = regex.compile(r"[\s\p{Cc}]+")
_VISIBLE: Final = regex.compile(
    r"[^\s\p{Cc}\p{Cn}\p{Co}\p{Cs}\p{Grapheme_Cluster_Break=Control}\p{Default_Ignorable_Code_Point}]"
)


def graphemes(text: str) -> Iterator[str]:
    """The graphemes of a text: extended grapheme clusters. Source: Unicode Standard Annex 29."""
    return (match[0] for match in _GRAPHEME.finditer(text))


def is_visible(grapheme: str) -> bool:
    """Whether a reader sees a grapheme; spaces are not visible."""
    return _VISIBLE.search(grapheme) is not None


def one_line(text: str) -> str:
    """Untrusted text as one line of visible graphemes; empty if it has none."""
    spaced = _BLANK.sub(" ", text)
    return " ".join("".join(it for it in graphemes(spaced) if it == " " or is_visible(it)).split())


def clip(text: str, limit: int) -> str:
    """Shorten a text to at most `limit` characters: whole graphemes and an ellipsis."""
    if len(text) <= limit:
        return text
    end = 0
    for match in _GRAPHEME.finditer(text):
        if match.end() > limit - 1:
            break
        end = match.end()
    return f"{text[:end]}…"
