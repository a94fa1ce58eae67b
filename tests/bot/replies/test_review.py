"""The queue of feedback, also with hostile channel names."""

from datetime import UTC, datetime

import pytest

from bot.replies.review import queue_page
from bot.store.values import AnswerRow, FactRow, Feedback, FeedbackState, Verdict

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def feedback(label: str | None, verdict: Verdict = Verdict.WRONG, fact: FactRow | None = None) -> Feedback:
    answer = AnswerRow(1, 2, NOW, "abcdefghijk", "x", 0.97, unknown=False, version="v", fact=fact)
    return Feedback(1, answer, 7, NOW, verdict, label, FeedbackState.QUEUED)


def test_hostile_titles_are_harmless_and_fit() -> None:
    titles = {"x": "**@everyone** " * 50, "y": "[free](https://evil.example)" * 50}
    reply = queue_page([feedback("y")] * 4, titles, {}, first=1, count=4)
    assert sum(len(embed) for embed in reply.embeds) <= 6000
    text = reply.embeds[0].description or ""
    assert "@everyone" not in text
    assert "[free](" not in text


def test_labels_without_a_title_are_shown_as_they_are() -> None:
    (embed,) = queue_page([feedback("gone")], {}, {}, first=1, count=1).embeds
    assert "**gone**" in (embed.description or "")
    assert embed.thumbnail.url is None


def test_thumbnails_and_links_are_shown() -> None:
    (embed,) = queue_page([feedback(None)], {}, {"abcdefghijk": "https://i/x.jpg"}, first=3, count=9).embeds
    assert embed.thumbnail.url == "https://i/x.jpg"
    assert (embed.title, embed.url) == ("3. youtu.be/abcdefghijk", "https://youtu.be/abcdefghijk#3")


@pytest.mark.parametrize(("fact", "words"), [(None, ""), (FactRow("UC", correct=False), "\nYouTube says: wrong.")])
def test_the_fact_is_shown_after_the_feedback(fact: FactRow | None, words: str) -> None:
    (embed,) = queue_page([feedback("y", fact=fact)], {"y": "Orbit Hour"}, {}, first=1, count=1).embeds
    assert (embed.description or "").endswith(f"says: wrong, **Orbit Hour**{words}")
