"""The feedback that admins review."""

from collections.abc import Mapping, Sequence

import discord

from bot.replies.message import Reply
from bot.replies.words import AMBER, BLUE, GREEN, percentage, plain
from bot.store.values import Feedback, Verdict


def queue_page(
    waiting: Sequence[Feedback],
    titles: Mapping[str, str],
    thumbnails: Mapping[str, str],
    *,
    first: int,
    count: int,
    person: int | None = None,
) -> Reply:
    """One page of the queue of `count`, everybody's or a person's, beginning with number `first`.

    `titles` of channels are by label, `thumbnails` are URLs by video.
    """
    if not waiting:
        none = f"There is no feedback from <@{person}> to review." if person else "There is no feedback to review."
        return Reply(embeds=(discord.Embed(description=none, colour=BLUE),))
    if person:
        head = f"**{count} from <@{person}> to review.** The next training run uses what you accept."
    else:
        head = f"**{count} to review.** The next training run uses what you accept."
    return Reply(
        head, tuple(_feedback(given, titles, thumbnails, number) for number, given in enumerate(waiting, first))
    )


def _feedback(given: Feedback, titles: Mapping[str, str], thumbnails: Mapping[str, str], number: int) -> discord.Embed:
    answer = given.answer

    def named(label: str | None) -> str:
        return f"**{plain(titles.get(label, label))}**" if label else "**none of the channels**"

    right = given.verdict is Verdict.RIGHT
    video = answer.video or ""
    fact = f"\nYouTube says: {'right' if answer.fact.correct else 'wrong'}." if answer.fact else ""
    embed = discord.Embed(
        title=f"{number}. youtu.be/{video}",
        url=f"https://youtu.be/{video}",
        description=f"I said {named(answer.named)} ({percentage(answer.confidence)}).\n<@{given.user}> says: "
        + (f"right, {named(answer.named)}" if right else f"wrong, {named(given.label)}")
        + fact,
        colour=GREEN if right else AMBER,
        timestamp=given.at,
    )
    return embed.set_thumbnail(url=thumbnails[video]) if video in thumbnails else embed
