"""The thumbnails that are most like a picture."""

import discord

from bot.replies.exact import video_link
from bot.replies.message import Drawing
from bot.replies.words import BLUE, line, plain
from classifier.values import Nearest


def nearest_thumbnails(found: Nearest, *, number: int) -> tuple[discord.Embed, Drawing]:
    """Their titles and links, and the picture of them; `number` is 1 for the answered channel, 2 for the next one."""
    title = plain(found.channel.title)
    heading = f"Most similar thumbnails: {title}" if number == 1 else f"Next best match: {title}"
    rows = [f"{place}. {video_link(video)}" for place, video in enumerate(found.videos, 1)]
    embed = discord.Embed(title=heading, description="\n".join(rows), colour=BLUE)
    titles = "; ".join(f"{place}: {line(video.title or video.id)}" for place, video in enumerate(found.videos, 1))
    channel = line(found.channel.title)
    alt = f"Of the thumbnails by {channel} that I learned from, the ones most like the picture. {titles}."
    return embed, Drawing(f"nearest{number}.png", found.figure, alt)
