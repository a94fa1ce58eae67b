"""Exact matches: the video whose thumbnail a picture is."""

from typing import Final

import discord

from bot.replies.channels import named
from bot.replies.words import GREEN, plain
from classifier.values import KnownVideo

TITLE_LENGTH: Final = 100


def exact_match(video: KnownVideo, *, hidden: bool = False) -> discord.Embed:
    """The video's title, link and channel; behind a spoiler if the picture is `hidden`."""
    if hidden:  # an embed's title can't be hidden
        return discord.Embed(title="It is this video", description=exact_match_line(video, hidden=True), colour=GREEN)
    return discord.Embed(
        title=_title(video),
        url=_link(video),
        description=f"**Exact match**: it is this video by {named(video.channel)}.",
        colour=GREEN,
    )


def exact_match_line(video: KnownVideo, *, hidden: bool = False) -> str:
    """The same as a line of text."""
    link = video_link(video)
    if hidden:
        link = f"||{link}||"
    return f"{link}\n**Exact match**: it is this video by {named(video.channel)}."


def video_link(video: KnownVideo) -> str:
    """A video's title, linked to it."""
    return f"[{_title(video)}]({_link(video)})"


def _title(video: KnownVideo) -> str:
    return plain(video.title, TITLE_LENGTH) if video.title else f"youtu.be/{video.id}"


def _link(video: KnownVideo) -> str:
    return f"https://youtu.be/{video.id}"
