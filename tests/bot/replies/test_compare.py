"""Comparisons with a channel, in words."""

from dataclasses import replace

import pytest

from bot.limits import ALT_TEXT_LENGTH
from bot.replies.compare import FEW, comparison
from bot.sources import PLOTS
from classifier.values import Channel, KnownVideo, MainColour, Nearest, Resemblance
from tests.bot.samples import HOSTILE, NERDOLOGIA, png

COLOURS = (MainColour(255, 0, 16, 0.75), MainColour(0, 0, 0, 0.25))


def found(percentile: float = 0.63, held_out: int = 40, channel: Channel = NERDOLOGIA) -> Resemblance:
    videos = (KnownVideo("abcdefghijk", "One", channel),)
    return Resemblance(channel, percentile, held_out, COLOURS, COLOURS[:1], png(), Nearest(channel, videos, png()))


@pytest.mark.parametrize(
    ("percentile", "level", "share"),
    [
        (0.9, "Very typical", "90%"),
        (0.63, "Typical", "63%"),
        (0.2, "Unusual", "20%"),
        (0.0, "Very unusual", "<1%"),
        (1.0, "Very typical", ">99%"),
    ],
)
def test_a_percentile_in_words(percentile: float, level: str, share: str) -> None:
    embed = comparison(found(percentile)).embeds[0]
    assert embed.description == (
        f"**{level}**: it looks more like this channel than {share} of its own thumbnails that I never trained on "
        "(40 of them)."
    )


def test_few_thumbnails_make_a_rough_estimate() -> None:
    assert "rough estimate" in (comparison(found(held_out=FEW - 1)).embeds[0].description or "")
    assert "rough estimate" not in (comparison(found(held_out=FEW)).embeds[0].description or "")


def test_the_alt_text_has_all_numbers() -> None:
    drawing, nearest = comparison(found()).drawings
    assert drawing.alt == (
        "A scale from least to most typical of Nerdologia, marked at 63%. "
        "Main colours of this picture: #ff0010 75%, #000000 25%. Main colours of Nerdologia: #ff0010 75%."
    )
    assert "1: One" in nearest.alt
    assert {drawing.name, nearest.name} <= PLOTS


def test_without_thumbnails_there_are_no_nearest_ones() -> None:
    reply = comparison(replace(found(), nearest=None, channel_colours=()))
    assert len(reply.embeds) == len(reply.drawings) == 1
    assert "Main colours of Nerdologia: not known." in reply.drawings[0].alt


def test_a_picture_that_is_not_visible_is_shown_and_hostile_titles_are_escaped() -> None:
    reply = comparison(found(channel=HOSTILE), picture="https://cdn.discordapp.com/x.png")
    assert reply.embeds[0].thumbnail.url == "https://cdn.discordapp.com/x.png"
    assert all(len(drawing.alt) <= ALT_TEXT_LENGTH for drawing in reply.drawings)
    assert not any("@everyone" in f"{embed.title}{embed.description}" for embed in reply.embeds)
