"""The guessing game: the question, what somebody guessed, and the result."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import discord
from discord.utils import format_dt

from bot.languages import gettext as _
from bot.replies.message import Drawing, Reply
from bot.replies.words import BLUE, GREEN, GREY, plain, probability
from bot.store.game_values import Played, Round, RoundResult
from bot.store.scoring import FAST_POINTS, FAST_SECONDS, RIGHT_POINTS, STREAK, STREAK_POINTS
from classifier.values import VideoFact

PEOPLE: Final = 10
"""People named in each field of a result."""


def question(picture: bytes, ends_at: datetime, *, daily: bool) -> Reply:
    """A thumbnail (a PNG) whose channel is to be guessed; nothing else of it is shown."""
    drawing = Drawing("guess.png", picture, _("A YouTube thumbnail. Which channel is it from?"))
    title = _("Today's round: which channel is this?") if daily else _("Which channel is this?")
    text = _(
        "One guess each. I have never learned from this thumbnail. The answer comes {when}.",
        when=format_dt(ends_at, "R"),
    )
    embed = discord.Embed(title=title, description=text, colour=BLUE).set_image(url=drawing.url)
    embed.set_footer(text=_rules(daily=daily))
    return Reply(embeds=(embed,), drawings=(drawing,))


def guessed(begun: Round, choice: int, titles: Mapping[str, str]) -> Reply:
    """A person's guess was recorded."""
    return Reply(
        _(
            "You chose **{channel}**. The answer comes {when}.",
            channel=_option(begun, choice, titles),
            when=format_dt(begun.ends_at, "R"),
        )
    )


def guessed_before(begun: Round, choice: int, titles: Mapping[str, str]) -> Reply:
    """A person has guessed already."""
    return Reply(
        _(
            "You've already chosen **{channel}**; only the first guess counts. The answer comes {when}.",
            channel=_option(begun, choice, titles),
            when=format_dt(begun.ends_at, "R"),
        )
    )


def result(ended: RoundResult, titles: Mapping[str, str], fact: VideoFact | None) -> Reply:
    """Who was right, what the bot thought, and which video it was; only for the message of the question.

    `titles` are those of the channels by label, `fact` is what YouTube says of the video.
    """
    over = ended.round
    name = plain(fact.title, 100) if fact and fact.title else _("Watch the video")
    text = f"[{name}](https://youtu.be/{over.video})" if over.video else ""
    right = [it for it in ended.played if it.choice == over.answer]
    wrong = [it for it in ended.played if it.choice != over.answer]
    title = _("It was {channel}", channel=_option(over, over.answer, titles))
    embed = discord.Embed(title=title, description=text, colour=GREEN if right else GREY)
    if right:
        embed.add_field(name=_("Right"), value=_listed(right, [_score(it) for it in right]), inline=False)
    if wrong:
        chosen = [_option(over, it.choice, titles) for it in wrong]
        embed.add_field(name=_("Wrong"), value=_listed(wrong, chosen), inline=False)
    if not ended.played:
        embed.add_field(name=_("Guesses"), value=_("Nobody guessed."), inline=False)
    embed.add_field(name=_("My answer"), value=_of_bot(over, titles), inline=False)
    embed.set_image(url="attachment://guess.png")
    embed.set_footer(text=_rules(daily=over.daily))
    return Reply(embeds=(embed,))


def _option(begun: Round, place: int, titles: Mapping[str, str]) -> str:
    label = begun.options[place]
    return plain(titles.get(label, label))


def _score(played: Played) -> str:
    return " · ".join([f"+{played.points}", *_streak(played.streak)])


def _listed(people: Sequence[Played], notes: Sequence[str]) -> str:
    rows = [f"<@{it.user}> {note}" for it, note in zip(people[:PEOPLE], notes, strict=False)]
    if len(people) > PEOPLE:
        rows.append(_("and {count} more", count=len(people) - PEOPLE))
    return "\n".join(rows)


def _of_bot(over: Round, titles: Mapping[str, str]) -> str:
    mark = "✅" if over.bot_choice == over.answer else "❌"
    sure = _(
        "**{channel}**, {share} sure",
        channel=_option(over, over.bot_choice, titles),
        share=probability(over.bot_confidence),
    )
    return " · ".join([f"{mark} {sure}", f"+{over.bot_points}", *_streak(over.bot_streak)])


def _streak(right: int) -> Sequence[str]:
    """How many were right in a row, if that is worth saying."""
    return [_("{count} in a row", count=right)] if right > 1 else []


def _rules(*, daily: bool) -> str:
    rules = [_("Right: {points} point", points=RIGHT_POINTS)]
    if not daily:
        rules.append(_("in the first {seconds} seconds: +{points}", seconds=FAST_SECONDS, points=FAST_POINTS))
    rules.append(_("every {count} right in a row: +{points}", count=STREAK, points=STREAK_POINTS))
    return " · ".join(rules)
