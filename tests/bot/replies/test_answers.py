"""Answers about pictures."""

from dataclasses import replace

import pytest

from bot.intake import Source
from bot.replies.answers import answers, certainty, describe, hides, in_short
from bot.values import Answer
from classifier.values import Guess, Prediction, VideoFact
from tests.bot.samples import HOSTILE, NERDOLOGIA, exact_prediction, png, prediction

SOURCE = Source("dog.png", "https://cdn.discordapp.com/dog.png")
FACT = VideoFact("jNQXAC9IVRw", "**jawed**")


def answer(
    predicted: Prediction, source: Source = SOURCE, fact: VideoFact | None = None, *, correct: bool | None = None
) -> Answer:
    return Answer(7, 0, source, predicted, fact, correct)


def test_an_answer_names_channel_confidence_and_plot() -> None:
    reply = answers([answer(prediction(0.973, 0.027))], png())
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert (embed.title, embed.url) == ("Nerdologia", f"https://www.youtube.com/channel/{NERDOLOGIA.id}")
    assert embed.description == "**Almost certain**: 97%"
    assert embed.image.url == "attachment://confidence.png" == drawing.url
    assert drawing.alt == "Bar chart of the confidence in each channel: Nerdologia 97%, Peixe Babel 3%."
    (file,) = reply.files()
    assert (file.filename, file.description, file.fp.read()) == ("confidence.png", drawing.alt, png())


def test_an_unknown_picture_gets_the_closest_match_but_no_channel_link() -> None:
    reply = answers([answer(prediction(0.6, 0.4, unknown=True))], png())
    (embed,) = reply.embeds
    assert (embed.title, embed.url) == ("None of the channels I know", None)
    assert embed.description == "Closest match: **Nerdologia** (60%), but I'm not sure enough."
    assert "doesn't look like any of these" in reply.drawings[0].alt


def test_a_video_is_linked() -> None:
    source = Source("youtu.be/jNQXAC9IVRw", "https://i.ytimg.com/x", video_id="jNQXAC9IVRw")
    reply = answers([answer(prediction(1.0), source)], png())
    link = "[video](https://youtu.be/jNQXAC9IVRw)"
    assert reply.embeds[0].description == f"**Almost certain**: >99% · {link}"
    hidden = replace(source, spoiler=True)
    (embed,) = answers([answer(prediction(1.0), hidden)], png()).embeds
    assert embed.description == f"**Almost certain**: >99% · ||{link}||"
    assert hides(embed)
    assert not hides(reply.embeds[0])


def test_several_pictures_have_a_line_each_and_the_numbers_that_they_have_in_the_message() -> None:
    video = Source("youtu.be/jNQXAC9IVRw", "https://i.ytimg.com/x", video_id="jNQXAC9IVRw")
    unknown = prediction(0.6, 0.4, unknown=True)
    given = [
        answer(prediction(1.0)),
        replace(answer(unknown), place=2),
        replace(answer(prediction(0.8, 0.2), video, FACT, correct=False), place=3),
    ]
    reply = answers(given, png(), ["One more."])
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert embed.title == "3 pictures"
    assert (embed.description or "").split("\n") == [
        "**1** · **Nerdologia** · >99%",
        "**3** · None of the channels I know",
        "**4** · **Nerdologia** · 80% · [video](https://youtu.be/jNQXAC9IVRw)",
        r"YouTube says: **\*\*jawed\*\*** ❌ I was wrong.",
    ]
    assert drawing.alt.startswith("1: Bar chart")
    assert " 3: Bar chart" in drawing.alt
    assert reply.text == "One more."


@pytest.mark.parametrize(
    ("correct", "unknown", "words"),
    [
        (True, False, "✅ I was right."),
        (False, False, "❌ I was wrong."),
        (True, True, "✅ Right: I don't know that channel."),
        (None, False, r"**\*\*jawed\*\***"),
    ],
)
def test_an_answer_is_compared_with_the_fact(correct: bool | None, unknown: bool, words: str) -> None:
    predicted = prediction(0.9, 0.1, unknown=unknown)
    (embed,) = answers([answer(predicted, fact=FACT, correct=correct)], png()).embeds
    _, said = (embed.description or "").split("\n")
    assert said.startswith(r"YouTube says: **\*\*jawed\*\***")
    assert said.endswith(words)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (1.0, "Almost certain"),
        (0.95, "Almost certain"),
        (0.94, "Likely"),
        (0.6, "More likely than not"),
        (0.49, "Unsure"),
        (0.0, "Unsure"),
    ],
)
def test_confidence_in_words(confidence: float, words: str) -> None:
    assert certainty(confidence) == words


def test_the_alt_text_counts_the_bars_that_it_leaves_out() -> None:
    assert describe(prediction(0.5, 0.2, 0.15, 0.1, 0.05)).endswith("Channel 0 15%, and 2 more.")


def test_hostile_titles_are_escaped() -> None:
    reply = answers([answer(Prediction((Guess(HOSTILE, 1.0),), unknown=False, version="v2"))], png())
    title = reply.embeds[0].title or ""
    assert "\n" not in title
    assert "@everyone" not in title
    assert in_short(Prediction((Guess(HOSTILE, 1.0),), unknown=False, version="v2")).count("\n") == 0
    assert r"\*\*Boom\*\* \[free\](https\://evil.example) \<@" in title


def test_an_exact_match_names_the_video_and_has_no_plot() -> None:
    reply = answers([answer(exact_prediction())], None)
    (embed,) = reply.embeds
    assert (embed.title, embed.url) == (r"What is \*time\*?", "https://youtu.be/jNQXAC9IVRw")
    assert (embed.description or "").startswith("**Exact match**: it is this video by [**Nerdologia**](https://")
    assert reply.drawings == ()


def test_an_exact_match_of_a_hidden_picture_stays_hidden() -> None:
    hidden = Source("hidden picture", "https://cdn.discordapp.com/dog.png", spoiler=True)
    (embed,) = answers([answer(exact_prediction(), hidden)], None).embeds
    assert (embed.title, embed.url) == ("It is this video", None)
    assert (embed.description or "").startswith(r"||[What is \*time\*?](https://youtu.be/jNQXAC9IVRw)||")
    assert hides(embed)


def test_an_exact_match_among_several_pictures_is_marked() -> None:
    second_answer = replace(answer(prediction(1.0)), place=1)
    reply = answers([answer(exact_prediction()), second_answer], png())
    first, fact, second = (reply.embeds[0].description or "").splitlines()
    assert first.startswith(r"**1** · [What is \*time\*?](https://youtu.be/jNQXAC9IVRw)")
    assert fact.startswith("**Exact match**")
    assert second.startswith("**2** · **Nerdologia** · >99%")
    assert in_short(exact_prediction()) == "Nerdologia, exact match"
    assert len(reply.drawings) == 1
    assert [drawing.alt[:14] for drawing in reply.drawings] == ["2: Bar chart o"]


def test_a_video_without_a_title_goes_by_its_link_and_hostile_titles_are_escaped() -> None:
    (untitled,) = answers([answer(exact_prediction(""))], None).embeds
    assert untitled.title == "youtu.be/jNQXAC9IVRw"
    (embed,) = answers([answer(exact_prediction(HOSTILE.title, HOSTILE))], None).embeds
    for text in (embed.title, embed.description):
        assert "@everyone" not in (text or "")
        assert "[free](https://" not in (text or "")
