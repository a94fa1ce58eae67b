"""Comparisons: how typical a picture is of a channel."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.replies.message import Drawing, Reply
from bot.replies.nearest import nearest_thumbnails
from bot.replies.words import BLUE, line, plain
from classifier.drawing.confidence import percent
from classifier.values import MainColour, Resemblance

_LEVELS: Final = ((0.75, "Very typical"), (0.25, "Typical"), (0.05, "Unusual"), (0.0, "Very unusual"))
"""How typical a picture is, from a percentile on."""
FEW: Final = 20
"""Held-out thumbnails, below which a percentile is only an estimate."""


def comparison(found: Resemblance, *, picture: str | None = None) -> Reply:
    """The percentile, the colours and the nearest thumbnails; `picture` is the URL of a picture that is not visible."""
    level = next(words for least, words in _LEVELS if found.percentile >= least)
    share = percent(found.percentile)
    text = (
        f"**{level}**: it looks more like this channel than {share} of its own thumbnails that I never trained on "
        f"({found.held_out} of them)."
    )
    if found.held_out < FEW:
        text += "\n-# That is a rough estimate, because there are so few."
    embed = discord.Embed(title=f"Compared with {plain(found.channel.title)}", description=text, colour=BLUE)
    drawing = Drawing("compared.png", found.figure, _in_words(found, share))
    embed.set_image(url=drawing.url)
    if picture:
        embed.set_thumbnail(url=picture)
    if found.nearest is None:
        return Reply(embeds=(embed,), drawings=(drawing,))
    nearest, shown = nearest_thumbnails(found.nearest, number=1)
    nearest.set_image(url=shown.url)
    return Reply(embeds=(embed, nearest), drawings=(drawing, shown))


def _in_words(found: Resemblance, share: str) -> str:
    """The figure's alt text: the percentile, and every colour with its share."""
    channel = line(found.channel.title)
    return (
        f"A scale from least to most typical of {channel}, marked at {share}. "
        f"Main colours of this picture: {_colours(found.colours)}. "
        f"Main colours of {channel}: {_colours(found.channel_colours)}."
    )


def _colours(colours: Sequence[MainColour]) -> str:
    named = (f"#{it.red:02x}{it.green:02x}{it.blue:02x} {percent(it.share)}" for it in colours)
    return ", ".join(named) or "not known"
