"""Why: the explanation of an answer."""

from dataclasses import replace

import discord

from bot.languages import gettext as _
from bot.replies.message import Drawing, Reply
from bot.replies.nearest import nearest_thumbnails
from bot.replies.words import BLUE, line, plain
from classifier.drawing.explanations import Words
from classifier.values import Why


def why(shown: Why, *, spoiler: bool = False) -> Reply:
    """Where the model looked, what it learned from, and the picture's colours; as files behind a spoiler if the picture
    is behind one.
    """
    title = line(shown.channel.title)
    heatmap = Drawing(
        "heatmap.png",
        shown.heatmap,
        _("The picture, dimmed except for the parts that suggest {channel}.", channel=title),
    )
    planes = Drawing("planes.png", shown.planes, _("The picture's red, green and blue planes, each in its own colour."))
    histograms = Drawing(
        "histograms.png", shown.histograms, _("Histograms of red, green and blue: how often each of 25 shades occurs.")
    )
    looked = discord.Embed(
        title=_("Why {channel}?", channel=plain(shown.channel.title)),
        description=_("I hid one part of the picture at a time: the brighter a part, the less sure I was without it."),
        colour=BLUE,
    )
    colours = discord.Embed(title=_("Its red, green and blue"), colour=BLUE)
    counted = discord.Embed(title=_("How often each shade occurs"), colour=BLUE)
    nearest = [nearest_thumbnails(it, number=number) for number, it in enumerate(shown.nearest, 1)]
    drawings = (heatmap, *(drawing for _, drawing in nearest), planes, histograms)
    embeds = (looked, *(embed for embed, _ in nearest), colours, counted)
    if spoiler:  # an embed can't hide its image
        return Reply(embeds=embeds, drawings=tuple(replace(drawing, spoiler=True) for drawing in drawings))
    for embed, drawing in zip(embeds, drawings, strict=True):
        embed.set_image(url=drawing.url)
    return Reply(embeds=embeds, drawings=drawings)


def words_of_figures() -> Words:
    """What the figures say, in the current language."""
    return Words(
        unknown=_("None of the channels I know; closest match: {channel}"),
        least=_("irrelevant"),
        most=_("strongest evidence"),
        planes=(_("Red"), _("Green"), _("Blue")),
        share=_("share of pixels"),
        value=_("value (0 to 255)"),
    )
