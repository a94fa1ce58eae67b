"""Foreign text is made harmless."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.replies.words import line, plain
from classifier.titles import graphemes, is_visible
from tests.classifier.test_titles import INVISIBLE, TITLES


@given(st.text())
def test_plain_text_has_no_unescaped_markup(text: str) -> None:
    shown = plain(text)
    assert shown
    assert all(it in {" ", "\u200b"} or is_visible(it) for it in graphemes(shown))  # escaped mentions have the latter
    bare = shown.replace("\\\\", "")
    assert not any(f"{mark}" in bare.replace(f"\\{mark}", "") for mark in "*_`~|<>[]")


@pytest.mark.parametrize("what", TITLES)
@pytest.mark.parametrize("shown", [line, plain])
def test_titles_keep_their_joiners(what: str, shown: Callable[[str], str]) -> None:
    assert shown(TITLES[what]) == TITLES[what]


@pytest.mark.parametrize("what", INVISIBLE)
def test_what_misleads_goes(what: str) -> None:
    assert not set(INVISIBLE[what]) & set(line(f"a{INVISIBLE[what]}b"))


@given(st.text(), st.integers(8, 50))
def test_a_line_respects_its_limit(text: str, limit: int) -> None:
    assert len(line(text, limit)) <= limit
