"""What admins see of the feedback that waits for their review."""

from collections.abc import Mapping, Sequence

import discord

from bot.replies.message import Reply
from bot.replies.words import AMBER, BLUE, GREEN, measured, plain
from bot.store.values import Feedback, Verdict


def queue_page(
    waiting: Sequence[Feedback], titles: Mapping[str, str], pictures: Mapping[str, str], *, first: int, count: int
) -> Reply:
    """One page of the queue, which begins with number `first` of `count`.

    `titles` of channels are by label, `pictures` are the thumbnails' addresses by video.
    """
    if not waiting:
        return Reply(embeds=(discord.Embed(description="No feedback waits for review.", colour=BLUE),))
    head = f"**{count} waiting.** The next training learns from what you accept."
    return Reply(head, tuple(_feedback(given, titles, pictures, number) for number, given in enumerate(waiting, first)))


def _feedback(given: Feedback, titles: Mapping[str, str], pictures: Mapping[str, str], number: int) -> discord.Embed:
    answer = given.answer

    def named(label: str | None) -> str:
        return f"**{plain(titles.get(label, label))}**" if label else "**none of the channels**"

    said = named(answer.said)
    right = given.verdict is Verdict.RIGHT
    video = answer.video or ""
    youtubes = f"\nYouTube says: {'right' if answer.fact.right else 'wrong'}." if answer.fact else ""
    embed = discord.Embed(
        title=f"{number}. youtu.be/{video}",
        url=f"https://youtu.be/{video}",
        description=f"I said {said} ({measured(answer.confidence)}).\n<@{given.user}> says: "
        + (f"right, {said}" if right else f"wrong, {named(given.label)}")
        + youtubes,
        colour=GREEN if right else AMBER,
        timestamp=given.at,
    )
    return embed.set_thumbnail(url=pictures[video]) if video in pictures else embed
