"""The thumbnails that a model would give to another channel, for admins to decide about."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.replies.message import Reply
from bot.replies.words import AMBER, BLUE, plain
from classifier.values import Mistake

ASK: Final = Reply("Which channel is that thumbnail from? Only you can see this.")
_NONE: Final = "I have no doubts about any thumbnail of this model."
_DONE: Final = "That's all. The next training uses what you decided: start it with `/retrain`."


def mistakes_page(
    shown: Sequence[Mistake],
    titles: Mapping[str, str],
    thumbnails: Mapping[str, str],
    *,
    first: int,
    count: int,
    decided: int,
    admin: bool,
) -> Reply:
    """One page of the `count` mistakes that nobody has decided about yet, beginning with number `first`.

    `titles` of channels are by label, `thumbnails` are URLs by video; `decided` counts the others.
    """
    if not shown:
        text = _DONE if decided else _NONE
        return Reply(embeds=(discord.Embed(description=text, colour=BLUE),))
    head = "**I doubt 1 thumbnail.**" if count == 1 else f"**I doubt {count} thumbnails**, the first one most."
    if admin:
        head += " What you decide counts from the next training on."
    return Reply(head, tuple(_mistake(it, titles, thumbnails, number) for number, it in enumerate(shown, first)))


def given_to(mistake: Mistake, title: str) -> Reply:
    """An admin gave a thumbnail to another channel."""
    return Reply(
        f"Noted: the next training uses <https://youtu.be/{mistake.video}> as a thumbnail of **{plain(title)}**."
    )


def _mistake(it: Mistake, titles: Mapping[str, str], thumbnails: Mapping[str, str], number: int) -> discord.Embed:
    own, likely = plain(titles.get(it.label, it.label)), f"{math.exp(-it.loss):.0%}"
    if it.nearest is None:
        doubt = f"From **{own}**, but I find that only {likely} likely. The next best match is an unknown channel."
    else:
        other = plain(titles.get(it.nearest, it.nearest))
        doubt = f"From **{own}**, but I find that only {likely} likely. The next best match is **{other}**."
    seen = "I never trained on it." if it.held_out else "I trained on it, and asked a model that had not."
    embed = discord.Embed(
        title=f"{number}. youtu.be/{it.video}",
        url=f"https://youtu.be/{it.video}",
        description=f"{doubt}\n-# {seen}",
        colour=AMBER,
    )
    return embed.set_thumbnail(url=thumbnails[it.video])
