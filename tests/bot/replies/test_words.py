"""Foreign text is made harmless."""

from hypothesis import given
from hypothesis import strategies as st

from bot.replies.words import clip, plain


@given(st.text())
def test_plain_text_has_no_unescaped_markup(text: str) -> None:
    shown = plain(text)
    assert shown
    assert shown.isprintable() or "\u200b" in shown
    bare = shown.replace("\\\\", "")
    assert not any(f"{mark}" in bare.replace(f"\\{mark}", "") for mark in "*_`~|<>[]")


@given(st.text(), st.integers(1, 50))
def test_clip_respects_the_limit(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit
