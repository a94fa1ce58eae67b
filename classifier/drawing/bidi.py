"""The order of text that runs in both directions, on one line.

The bidirectional algorithm of Unicode Standard Annex 9, for text without embeddings and isolates. Pairs of brackets are
treated like other punctuation (rule N0 is left out).
"""

from collections.abc import Sequence
from itertools import groupby
from unicodedata import bidirectional

_STRONG = frozenset({"L", "R", "AL"})
_NEUTRAL = frozenset({"B", "S", "WS", "ON", "BN", "NSM"})
_DIRECTION = {"L": "L", "R": "R", "EN": "R", "AN": "R"}


def levels(graphemes: Sequence[str]) -> list[int]:
    """The embedding level of each grapheme: odd ones run from right to left."""
    kinds = [bidirectional(grapheme[0]) or "L" for grapheme in graphemes]
    base = next((int(kind != "L") for kind in kinds if kind in _STRONG), 0)
    start = "R" if base else "L"
    _resolve_marks(kinds, start)
    _resolve_numbers(kinds, start)
    _resolve_neutral(kinds, start)
    left_to_right = {"L": 2, "R": 1, "EN": 2, "AN": 2} if base else {"L": 0, "R": 1, "EN": 2, "AN": 2}
    return [left_to_right[kind] for kind in kinds]


def visual_order(run_levels: Sequence[int]) -> list[int]:
    """The indices of runs from left to right (rule L2)."""
    order = list(range(len(run_levels)))
    for level in range(max(run_levels, default=0), 0, -1):
        groups = groupby(order, key=lambda index: run_levels[index] >= level)
        order = [index for high, run in groups for index in (reversed(list(run)) if high else run)]
    return order


def _resolve_marks(kinds: list[str], start: str) -> None:
    """Rules W1 to W3, in place: marks, numbers after Arabic letters, and these."""
    for index, kind in enumerate(kinds):
        if kind == "NSM":
            kinds[index] = kinds[index - 1] if index else start
    strong = start
    for index, kind in enumerate(kinds):
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[index] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]


def _resolve_numbers(kinds: list[str], start: str) -> None:
    """Rules W4 to W7, in place: what belongs to a number; L, R, EN, AN and neutrals are left."""
    for index in range(1, len(kinds) - 1):
        before, kind, after = kinds[index - 1 : index + 2]
        if before == after and ((kind == "CS" and before in {"EN", "AN"}) or (kind == "ES" and before == "EN")):
            kinds[index] = before
    for ordered in (range(len(kinds)), range(len(kinds) - 1, -1, -1)):
        number = False
        for index in ordered:
            number = kinds[index] == "EN" or (number and kinds[index] == "ET")
            if number:
                kinds[index] = "EN"
    strong = start
    for index, kind in enumerate(kinds):
        if kind in _STRONG:
            strong = kind
        elif kind in {"ES", "ET", "CS"}:
            kinds[index] = "ON"
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"


def _resolve_neutral(kinds: list[str], start: str) -> None:
    """Rules N1 and N2, in place: neutrals take the direction that is on both sides of them, else the line's own."""
    index = 0
    for neutral, run in groupby(list(kinds), key=lambda kind: kind in _NEUTRAL):
        end = index + len(list(run))
        if neutral:
            before = _DIRECTION[kinds[index - 1]] if index else start
            after = _DIRECTION[kinds[end]] if end < len(kinds) else start
            kinds[index:end] = [before if before == after else start] * (end - index)
        index = end
