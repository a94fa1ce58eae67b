"""The thumbnails that a model would give to another channel, for admins to decide about."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop, ngettext
from bot.replies.exact import video_title
from bot.replies.message import Reply
from bot.replies.words import AMBER, BLUE, plain, probability
from classifier.values import Mistake

_NONE: Final = gettext_noop("I have no doubts about any thumbnail of this model.")
_DONE: Final = gettext_noop("That's all. The next training uses what you decided: start it with `/retrain`.")


def ask() -> Reply:
    """The question which channel a thumbnail is from."""
    return Reply(_("Which channel is that thumbnail from? Only you can see this."))


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
        text = _(_DONE if decided else _NONE)
        return Reply(embeds=(discord.Embed(description=text, colour=BLUE),))
    head = ngettext("**I doubt {count} thumbnail.**", "**I doubt {count} thumbnails**, the first one most.", count)
    if admin:
        head = " ".join([head, _("What you decide counts from the next training on.")])
    return Reply(head, tuple(_mistake(it, titles, thumbnails, number) for number, it in enumerate(shown, first)))


def given_to(mistake: Mistake, title: str) -> Reply:
    """An admin gave a thumbnail to another channel."""
    return Reply(
        _(
            "Noted: the next training uses {video} as a thumbnail of **{channel}**.",
            video=f"<https://youtu.be/{mistake.video}>",
            channel=plain(title),
        )
    )


def _mistake(it: Mistake, titles: Mapping[str, str], thumbnails: Mapping[str, str], number: int) -> discord.Embed:
    own, likely = plain(titles.get(it.label, it.label)), probability(math.exp(-it.loss))
    if it.nearest is None:
        doubt = _(
            "From **{channel}**, but I find that only {share} likely. The next best match is an unknown channel.",
            channel=own,
            share=likely,
        )
    else:
        doubt = _(
            "From **{channel}**, but I find that only {share} likely. The next best match is **{other}**.",
            channel=own,
            share=likely,
            other=plain(titles.get(it.nearest, it.nearest)),
        )
    seen = _("I never trained on it.") if it.held_out else _("I trained on it; a model trained without it says this.")
    embed = discord.Embed(
        title=f"{number}. {video_title(it.video, it.title)}",
        url=f"https://youtu.be/{it.video}",
        description=f"{doubt}\n-# {seen}",
        colour=AMBER,
    )
    return embed.set_thumbnail(url=thumbnails[it.video])
