"""What is said of pictures."""

import pytest

from bot.intake import Source
from bot.replies.answers import Answer, answers, certainty, describe
from classifier.values import Guess, Prediction
from tests.bot.samples import HOSTILE, png, prediction

SOURCE = Source("dog.png", "https://cdn.discordapp.com/dog.png")


def test_an_answer_names_channel_confidence_and_plot() -> None:
    reply = answers([Answer(SOURCE, prediction(0.973, 0.027), png())])
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert embed.title == "Nerdologia"
    assert embed.description is not None
    assert "**Almost certain**: 97%" in embed.description
    assert embed.image.url == "attachment://confidence.png" == drawing.url
    assert drawing.alt == "Bar chart of the confidence in each channel: Nerdologia 97%, Peixe Babel 3%."
    (file,) = reply.files()
    assert (file.filename, file.description, file.fp.read()) == ("confidence.png", drawing.alt, png())


def test_an_unknown_picture_is_no_channels() -> None:
    reply = answers([Answer(SOURCE, prediction(0.6, 0.4, unknown=True), png())])
    assert reply.embeds[0].title == "None of the channels I know"
    assert "nearest is **Nerdologia** (60%)" in (reply.embeds[0].description or "")
    assert "looks like none of these" in reply.drawings[0].alt


def test_a_video_is_linked() -> None:
    source = Source("youtu.be/jNQXAC9IVRw", "https://i.ytimg.com/x", video_id="jNQXAC9IVRw")
    reply = answers([Answer(source, prediction(1.0), png())])
    assert "(https://youtu.be/jNQXAC9IVRw)" in (reply.embeds[0].description or "")


def test_several_pictures_are_told_apart() -> None:
    cat = Source("cat.png", "https://cdn.discordapp.com/cat.png")
    reply = answers([Answer(SOURCE, prediction(1.0), png()), Answer(cat, prediction(1.0), png())], ["One more."])
    assert [embed.author.name for embed in reply.embeds] == ["dog.png", "cat.png"]
    assert [embed.image.url for embed in reply.embeds] == [drawing.url for drawing in reply.drawings]
    assert len({drawing.name for drawing in reply.drawings}) == 2
    assert reply.text == "One more."


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
    reply = answers([Answer(SOURCE, Prediction((Guess(HOSTILE, 1.0),), unknown=False), png())])
    title = reply.embeds[0].title or ""
    assert "\n" not in title
    assert "@everyone" not in title
    assert r"\*\*Boom\*\* \[free\](https\://evil.example) \<@" in title
