"""Text in both directions: the order that the Unicode bidirectional algorithm gives."""

import pytest

from classifier.drawing.bidi import levels, visual_order

HEBREW = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "אבגדהוזחטיכלמנסעפצקרשתםןףץ", strict=True))
"""Capitals stand for letters that run from right to left."""


def shown(text: str) -> str:
    """The letters from left to right."""
    kinds = levels([HEBREW.get(letter, letter) for letter in text])
    return "".join(text[index] for index in visual_order(kinds))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("car means CAR.", "car means RAC."),
        ("CAR MEANS car.", ".car SNAEM RAC"),
        ("he said CAR TOO, yes", "he said OOT RAC, yes"),
        ("NEWS 24", "24 SWEN"),
        ("NEWS 24/7 tv", "tv 24/7 SWEN"),
        ("PRICE 1,234.50$ NOW", "WON 1,234.50$ ECIRP"),
        ("tv NEWS 24", "tv 24 SWEN"),
        ("a 1 B 2 c", "a 1 2 B c"),
        ("«NEWS»", "»SWEN«"),
        ("NEWS 🎬", "🎬 SWEN"),
        ("... NEWS", "SWEN ..."),
        ("12 34", "12 34"),
    ],
)
def test_lines_are_in_the_order_of_the_standard(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_numbers_after_arabic_letters_are_arabic_numbers() -> None:
    assert levels(list("ع 1-2")) == [1, 1, 2, 1, 2]
    assert levels(list("א 1-2")) == [1, 1, 2, 2, 2]


def test_marks_and_joiners_follow_their_letter() -> None:
    assert levels(["a", "\u05b0", "א", "\u05b0"]) == [0, 0, 1, 1]


def test_runs_are_ordered_by_level() -> None:
    assert visual_order([0, 1, 2, 1, 0]) == [0, 3, 2, 1, 4]
    assert visual_order([1, 2, 1]) == [2, 1, 0]
    assert visual_order([]) == []
