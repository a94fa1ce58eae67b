"""Exact matches: the video whose thumbnail a picture is."""

from typing import Final

import discord

from bot.languages import gettext as _
from bot.replies.channels import named
from bot.replies.words import GREEN, plain
from classifier.values import KnownVideo

TITLE_LENGTH: Final = 100


def exact_match(video: KnownVideo, *, hidden: bool = False) -> discord.Embed:
    """The video's title, link and channel; behind a spoiler if the picture is `hidden`."""
    if hidden:  # an embed's title can't be hidden
        return discord.Embed(
            title=_("It is this video"), description=exact_match_line(video, hidden=True), colour=GREEN
        )
    return discord.Embed(
        title=video_title(video.id, video.title),
        url=_link(video),
        description=_by(video),
        colour=GREEN,
    )


def exact_match_line(video: KnownVideo, *, hidden: bool = False) -> str:
    """The same as a line of text."""
    link = video_link(video)
    if hidden:
        link = f"||{link}||"
    return f"{link}\n{_by(video)}"


def video_link(video: KnownVideo) -> str:
    """A video's title, linked to it."""
    return f"[{video_title(video.id, video.title)}]({_link(video)})"


def video_title(video: str, title: str) -> str:
    """A video's title, or its short link if the title is not known."""
    return plain(title, TITLE_LENGTH) if title else f"youtu.be/{video}"


def _by(video: KnownVideo) -> str:
    return _("**Exact match**: it is this video by {channel}.", channel=named(video.channel))


def _link(video: KnownVideo) -> str:
    return f"https://youtu.be/{video.id}"
