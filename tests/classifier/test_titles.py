"""Titles stay as their channels write them, but for what no reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.titles import clip, graphemes, is_visible, one_line

TITLES = {
    "family": "\U0001f468\u200d\U0001f469\u200d\U0001f467 Vlogs",
    "rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308 Talks",
    "flag of England": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f Football",
    "flag of Brazil": "\U0001f1e7\U0001f1f7 Brasil",
    "skin tone": "\U0001f44d\U0001f3fd",
    "keycap": "1\ufe0f\u20e3 First",
    "Persian, half-space": "\u0622\u0645\u0648\u0632\u0634\u200c\u0647\u0627\u06cc \u0645\u0646",
    "Arabic number sign": "\u0601 \u0661\u0662",
    "Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3 \u0dbd\u0d82\u0d9a\u0dcf",
    "Malayalam, chillu": "\u0d05\u0d35\u0d28\u0d4d\u200d",
    "Hindi": "\u0915\u094d\u200d\u0937 \u0939\u093f\u0928\u094d\u0926\u0940",
    "Mongolian": "\u1820\u180e\u1820\u180b",
    "Japanese, variant": "\u845b\U000e0100\u98fe\u533a",
    "decomposed": "e\u0301tude",
}
INVISIBLE = {
    "overrides": "\u202a\u202b\u202c\u202d\u202e",
    "isolates": "\u2066\u2067\u2068\u2069",
    "marks of direction": "\u200e\u200f\u061c",
    "no width": "\u200b\u2060\ufeff\u00ad",
    "controls": "\x00\x07\x1b\x7f\x9b",
    "fillers": "\u3164\u115f\u1160\uffa0",
    "private, unassigned, surrogate": "\ue000\U0010ffff\u0378\ud800",
}


@pytest.mark.parametrize("what", TITLES)
def test_what_spelling_and_emoji_need_is_kept(what: str) -> None:
    assert one_line(TITLES[what]) == TITLES[what]


@pytest.mark.parametrize("what", INVISIBLE)
def test_what_nobody_sees_goes(what: str) -> None:
    for mark in INVISIBLE[what]:
        assert one_line(f"a{mark}b") in {"ab", "a b"}
        assert one_line(mark) == ""
    assert one_line("\u200d\ufe0f \U000e0067") == ""


@pytest.mark.parametrize("text", ["a\nb", " a\t b ", "a\r\nb", "a\u2028b", "a\xa0\u3000b", "a\x1fb", "a \u200b b"])
def test_a_title_has_one_line_and_single_spaces(text: str) -> None:
    assert one_line(text) == "a b"


@given(st.text())
def test_a_cleaned_title_is_clean(text: str) -> None:
    line = one_line(text)
    assert one_line(line) == line
    assert all(it == " " or is_visible(it) for it in graphemes(line))


@given(st.text() | st.lists(st.sampled_from([*TITLES.values()])).map("".join), st.integers(1, 50))
def test_a_clipped_text_keeps_whole_graphemes(text: str, limit: int) -> None:
    short = clip(text, limit)
    assert len(short) <= limit
    if short != text:
        assert len(text) > limit
        assert short[-1] == "…"
        kept = list(graphemes(short[:-1]))
        assert kept == list(graphemes(text))[: len(kept)]


def test_a_family_is_kept_or_cut_off_whole() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert [clip(f"a{family}b", limit) for limit in (5, 6, 7)] == ["a…", "a…", f"a{family}b"]
    assert clip("a" + "\u0301" * 900, 60) == "…"
