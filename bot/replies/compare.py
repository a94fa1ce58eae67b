"""Comparisons: how typical a picture is of a channel."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop
from bot.replies.message import Drawing, Reply
from bot.replies.nearest import nearest_thumbnails
from bot.replies.words import BLUE, line, plain, probability
from classifier.drawing.resemblance import Words
from classifier.values import MainColour, Resemblance

_LEVELS: Final = (
    (0.75, gettext_noop("Very typical")),
    (0.25, gettext_noop("Typical")),
    (0.05, gettext_noop("Unusual")),
    (0.0, gettext_noop("Very unusual")),
)
"""How typical a picture is, from a percentile on."""
FEW: Final = 20
"""Held-out thumbnails, below which a percentile is only an estimate."""


def comparison(found: Resemblance, *, picture: str | None = None) -> Reply:
    """The percentile, the colours and the nearest thumbnails; `picture` is the URL of a picture that is not visible."""
    share = probability(found.percentile)
    text = _(
        "**{level}**: it looks more like this channel than {share} of its own thumbnails that I never trained on "
        "({count} of them).",
        level=_(next(words for least, words in _LEVELS if found.percentile >= least)),
        share=share,
        count=found.held_out,
    )
    if found.held_out < FEW:
        text = "\n".join([text, _("-# That is a rough estimate, because there are so few.")])
    title = _("Compared with {channel}", channel=plain(found.channel.title))
    embed = discord.Embed(title=title, description=text, colour=BLUE)
    drawing = Drawing("compared.png", found.figure, _in_words(found, share))
    embed.set_image(url=drawing.url)
    if picture:
        embed.set_thumbnail(url=picture)
    if found.nearest is None:
        return Reply(embeds=(embed,), drawings=(drawing,))
    nearest, shown = nearest_thumbnails(found.nearest, number=1)
    nearest.set_image(url=shown.url)
    return Reply(embeds=(embed, nearest), drawings=(drawing, shown))


def words_of_figure() -> Words:
    """What the figure says, in the current language."""
    return Words(picture=_("This picture"), heading=_("How typical of the channel"), least=_("least"), most=_("most"))


def _in_words(found: Resemblance, share: str) -> str:
    """The figure's alt text: the percentile, and every colour with its share."""
    return _(
        "A scale from least to most typical of {channel}, marked at {share}. Main colours of this picture: {own}. Main "
        "colours of {channel}: {colours}.",
        channel=line(found.channel.title),
        share=share,
        own=_colours(found.colours),
        colours=_colours(found.channel_colours),
    )


def _colours(colours: Sequence[MainColour]) -> str:
    named = (f"#{it.red:02x}{it.green:02x}{it.blue:02x} {probability(it.share)}" for it in colours)
    return ", ".join(named) or _("not known")
