"""What is shown to those who ask why."""

import discord

from bot.replies.message import Drawing, Reply
from bot.replies.words import BLUE, line, plain
from classifier.values import Why


def why(shown: Why) -> Reply:
    """Where the model looked, and the picture's colours."""
    title = line(shown.channel.title)
    heat = Drawing("heat.png", shown.heat, f"The picture, dimmed but for the parts that speak for {title}.")
    planes = Drawing("planes.png", shown.planes, "The picture's red, green and blue planes, each in its own colour.")
    histograms = Drawing(
        "histograms.png", shown.histograms, "Histograms of red, green and blue: how often each of 25 shades occurs."
    )
    looked = discord.Embed(
        title=f"What speaks for {plain(shown.channel.title)}",
        description="I hid the picture part by part: the brighter a part, the less sure I was without it.",
        colour=BLUE,
    )
    colours = discord.Embed(title="Its red, green and blue", colour=BLUE)
    counted = discord.Embed(title="How often each shade occurs", colour=BLUE)
    drawings = (heat, planes, histograms)
    embeds = (looked, colours, counted)
    for embed, drawing in zip(embeds, drawings, strict=True):
        embed.set_image(url=drawing.url)
    return Reply(embeds=embeds, drawings=drawings)
