"""What is said of pictures."""

import pytest

from bot.intake import Source
from bot.replies.answers import answers, certainty, describe
from bot.values import Answer, Truth
from classifier.values import Guess, Prediction, VideoFact
from tests.bot.samples import HOSTILE, png, prediction

SOURCE = Source("dog.png", "https://cdn.discordapp.com/dog.png")
VIDEO = VideoFact("jNQXAC9IVRw", "Me at the zoo", "**jawed**")


def said(guess: Prediction, source: Source = SOURCE, truth: Truth | None = None) -> Answer:
    return Answer(7, 0, source, guess, truth)


def test_an_answer_names_channel_confidence_and_plot() -> None:
    reply = answers([said(prediction(0.973, 0.027))], png())
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert embed.title == "Nerdologia"
    assert embed.description is not None
    assert "**Almost certain**: 97%" in embed.description
    assert embed.image.url == "attachment://confidence.png" == drawing.url
    assert drawing.alt == "Bar chart of the confidence in each channel: Nerdologia 97%, Peixe Babel 3%."
    (file,) = reply.files()
    assert (file.filename, file.description, file.fp.read()) == ("confidence.png", drawing.alt, png())


def test_an_unknown_picture_is_no_channels() -> None:
    reply = answers([said(prediction(0.6, 0.4, unknown=True))], png())
    assert reply.embeds[0].title == "None of the channels I know"
    assert "nearest is **Nerdologia** (60%)" in (reply.embeds[0].description or "")
    assert "](https" not in (reply.embeds[0].description or "")  # whose channel should it lead to?
    assert "looks like none of these" in reply.drawings[0].alt


def test_a_video_is_linked() -> None:
    source = Source("youtu.be/jNQXAC9IVRw", "https://i.ytimg.com/x", video_id="jNQXAC9IVRw")
    reply = answers([said(prediction(1.0), source)], png())
    assert "(https://youtu.be/jNQXAC9IVRw)" in (reply.embeds[0].description or "")


def test_several_pictures_are_told_apart() -> None:
    cat = Source("cat.png", "https://cdn.discordapp.com/cat.png")
    unknown = prediction(0.6, 0.4, unknown=True)
    reply = answers([said(prediction(1.0)), said(unknown, cat)], png(), ["One more."])
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert [field.name for field in embed.fields] == ["1 · dog.png", "2 · cat.png"]
    assert embed.fields[0].value == "**Nerdologia**\nAlmost certain: >99%"
    assert embed.fields[1].value == "**None of the channels I know**"
    assert drawing.alt.startswith("1: Bar chart")
    assert " 2: Bar chart" in drawing.alt
    assert reply.text == "One more."


@pytest.mark.parametrize(
    ("right", "unknown", "words"),
    [
        (True, False, "I was right."),
        (False, False, "I was wrong."),
        (True, True, "I have not learned that channel."),
        (None, False, r"**\*\*jawed\*\***"),
    ],
)
def test_the_truth_stands_beside_the_guess(right: bool | None, unknown: bool, words: str) -> None:
    guess = prediction(0.9, 0.1, unknown=unknown)
    (embed,) = answers([said(guess, truth=Truth(VIDEO, right))], png()).embeds
    assert embed.fields[0].name == "YouTube says"
    assert (embed.fields[0].value or "").startswith(r"**\*\*jawed\*\***")
    assert (embed.fields[0].value or "").endswith(words)


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


def test_alt_text_counts_what_it_leaves_out() -> None:
    assert describe(prediction(0.5, 0.2, 0.15, 0.1, 0.05)).endswith("Channel 0 15%, and 2 more.")


def test_hostile_titles_stay_text() -> None:
    reply = answers([said(Prediction((Guess(HOSTILE, 1.0),), unknown=False))], png())
    title = reply.embeds[0].title or ""
    assert "\n" not in title
    assert "@everyone" not in title
    assert r"\*\*Boom\*\* \[free\](https\://evil.example) \<@" in title
