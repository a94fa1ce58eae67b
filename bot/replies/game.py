"""The guessing game: the question, what somebody guessed, and the result."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import discord
from discord.utils import format_dt

from bot.replies.message import Drawing, Reply
from bot.replies.words import BLUE, GREEN, GREY, plain
from bot.store.game_values import Played, Round, RoundResult
from bot.store.scoring import FAST_POINTS, FAST_SECONDS, RIGHT_POINTS, STREAK, STREAK_POINTS
from classifier.drawing.confidence import percent
from classifier.values import VideoFact

PEOPLE: Final = 10
"""People named in each field of a result."""

_RULES: Final = (
    f"Right: {RIGHT_POINTS} point · in the first {FAST_SECONDS} seconds: +{FAST_POINTS} · "
    f"every {STREAK} right in a row: +{STREAK_POINTS}"
)
_DAILY_RULES: Final = f"Right: {RIGHT_POINTS} point · every {STREAK} right in a row: +{STREAK_POINTS}"


def question(picture: bytes, ends_at: datetime, *, daily: bool) -> Reply:
    """A thumbnail (a PNG) whose channel is to be guessed; nothing else of it is shown."""
    drawing = Drawing("guess.png", picture, "A YouTube thumbnail. Which channel is it from?")
    title = "Today's round: which channel is this?" if daily else "Which channel is this?"
    text = f"One guess each. I have never learned from this thumbnail. The answer comes {format_dt(ends_at, 'R')}."
    embed = discord.Embed(title=title, description=text, colour=BLUE).set_image(url=drawing.url)
    embed.set_footer(text=_DAILY_RULES if daily else _RULES)
    return Reply(embeds=(embed,), drawings=(drawing,))


def guessed(begun: Round, choice: int, titles: Mapping[str, str]) -> Reply:
    """A person's guess was recorded."""
    return Reply(f"You chose **{_option(begun, choice, titles)}**. The answer comes {format_dt(begun.ends_at, 'R')}.")


def guessed_before(begun: Round, choice: int, titles: Mapping[str, str]) -> Reply:
    """A person has guessed already."""
    return Reply(
        f"You've already chosen **{_option(begun, choice, titles)}**; only the first guess counts. "
        f"The answer comes {format_dt(begun.ends_at, 'R')}."
    )


def result(ended: RoundResult, titles: Mapping[str, str], fact: VideoFact | None) -> Reply:
    """Who was right, what the bot thought, and which video it was; only for the message of the question.

    `titles` are those of the channels by label, `fact` is what YouTube says of the video.
    """
    over = ended.round
    name = plain(fact.title, 100) if fact and fact.title else "Watch the video"
    text = f"[{name}](https://youtu.be/{over.video})" if over.video else ""
    right = [it for it in ended.played if it.choice == over.answer]
    wrong = [it for it in ended.played if it.choice != over.answer]
    embed = discord.Embed(
        title=f"It was {_option(over, over.answer, titles)}", description=text, colour=GREEN if right else GREY
    )
    if right:
        embed.add_field(name="Right", value=_listed(right, [_score(it) for it in right]), inline=False)
    if wrong:
        chosen = [_option(over, it.choice, titles) for it in wrong]
        embed.add_field(name="Wrong", value=_listed(wrong, chosen), inline=False)
    if not ended.played:
        embed.add_field(name="Guesses", value="Nobody guessed.", inline=False)
    embed.add_field(name="My answer", value=_of_bot(over, titles), inline=False)
    embed.set_image(url="attachment://guess.png")
    embed.set_footer(text=_DAILY_RULES if over.daily else _RULES)
    return Reply(embeds=(embed,))


def _option(begun: Round, place: int, titles: Mapping[str, str]) -> str:
    label = begun.options[place]
    return plain(titles.get(label, label))


def _score(played: Played) -> str:
    return f"+{played.points} · {played.streak} in a row" if played.streak > 1 else f"+{played.points}"


def _listed(people: Sequence[Played], notes: Sequence[str]) -> str:
    rows = [f"<@{it.user}> {note}" for it, note in zip(people[:PEOPLE], notes, strict=False)]
    if len(people) > PEOPLE:
        rows.append(f"and {len(people) - PEOPLE} more")
    return "\n".join(rows)


def _of_bot(over: Round, titles: Mapping[str, str]) -> str:
    mark = "✅" if over.bot_choice == over.answer else "❌"
    name, share = _option(over, over.bot_choice, titles), percent(over.bot_confidence)
    if over.bot_streak > 1:
        return f"{mark} **{name}**, {share} sure · +{over.bot_points} · {over.bot_streak} in a row"
    return f"{mark} **{name}**, {share} sure · +{over.bot_points}"
