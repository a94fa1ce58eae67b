"""The feedback that admins review."""

from collections.abc import Mapping, Sequence

import discord

from bot.languages import gettext as _
from bot.languages import percentage
from bot.replies.message import Reply
from bot.replies.words import AMBER, BLUE, GREEN, plain
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
        none = _("There is no feedback to review.")
        if person:
            none = _("There is no feedback from {person} to review.", person=f"<@{person}>")
        return Reply(embeds=(discord.Embed(description=none, colour=BLUE),))
    if person:
        head = _(
            "**{count} from {person} to review.** The next training run uses what you accept.",
            count=count,
            person=f"<@{person}>",
        )
    else:
        head = _("**{count} to review.** The next training run uses what you accept.", count=count)
    return Reply(
        head, tuple(_feedback(given, titles, thumbnails, number) for number, given in enumerate(waiting, first))
    )


def _feedback(given: Feedback, titles: Mapping[str, str], thumbnails: Mapping[str, str], number: int) -> discord.Embed:
    answer = given.answer

    def named(label: str | None) -> str:
        return f"**{plain(titles.get(label, label))}**" if label else _("**none of the channels**")

    right = given.verdict is Verdict.RIGHT
    video = answer.video or ""
    said = _("I said {channel} ({share}).", channel=named(answer.named), share=percentage(answer.confidence))
    if right:
        verdict = _("{person} says: right, {channel}", person=f"<@{given.user}>", channel=named(answer.named))
    else:
        verdict = _("{person} says: wrong, {channel}", person=f"<@{given.user}>", channel=named(given.label))
    rows = [said, verdict]
    if answer.fact:
        rows.append(_("YouTube says: right.") if answer.fact.correct else _("YouTube says: wrong."))
    embed = discord.Embed(
        title=f"{number}. youtu.be/{video}",
        url=f"https://youtu.be/{video}#{number}",  # Discord merges embeds with the same URL
        description="\n".join(rows),
        colour=GREEN if right else AMBER,
        timestamp=given.at,
    )
    return embed.set_thumbnail(url=thumbnails[video]) if video in thumbnails else embed
