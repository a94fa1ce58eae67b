"""What is said of how the bot did, week by week."""

from collections.abc import Sequence
from datetime import date

import discord

from bot.replies.message import Drawing, Reply
from bot.replies.words import BLUE, measured
from bot.store.values import WeekStatistics


def statistics(weeks: Sequence[WeekStatistics], chart: bytes | None) -> Reply:
    """The last weeks' totals, and their chart (a PNG) where there is anything to draw."""
    answered, unknown = sum(week.answered for week in weeks), sum(week.unknown for week in weeks)
    embed = discord.Embed(title=f"The last {len(weeks)} weeks", colour=BLUE)
    if not answered or chart is None:
        embed.description = "I have answered nothing here in that time. Show me a picture!"
        return Reply(embeds=(embed,))
    embed.add_field(name="Answered", value=f"{answered:,}")
    embed.add_field(name="None that I know", value=f"{unknown:,} ({measured(unknown / answered)})")
    by_fact = (sum(week.right_by_fact for week in weeks), sum(week.wrong_by_fact for week in weeks))
    by_feedback = (sum(week.right_by_feedback for week in weeks), sum(week.wrong_by_feedback for week in weeks))
    embed.add_field(name="Right by YouTube's word", value=_share(*by_fact), inline=False)
    embed.add_field(name="Right by your feedback", value=_share(*by_feedback), inline=False)
    embed.set_footer(text="Weeks begin on Monday, UTC; the last is not over yet. People judge what they doubt.")
    drawing = Drawing("statistics.png", chart, _in_words(weeks))
    return Reply(embeds=(embed.set_image(url=drawing.url),), drawings=(drawing,))


def _share(right: int, wrong: int) -> str:
    told = right + wrong
    return f"**{measured(right / told)}** ({right:,} of {told:,})" if told else "nothing was told yet"


def _in_words(weeks: Sequence[WeekStatistics]) -> str:
    """The chart for those who can't see it: every bar's number."""

    def row(name: str, counts: Sequence[int]) -> str:
        return f"{name} {', '.join(str(count) for count in counts)}."

    return " ".join(
        [
            f"Bars a week, of {len(weeks)} weeks from that of {_day(weeks[0].monday)} to that of",
            f"{_day(weeks[-1].monday)}.",
            row("Answers:", [week.answered for week in weeks]),
            row("None that I know:", [week.unknown for week in weeks]),
            row("By YouTube's word right:", [week.right_by_fact for week in weeks]),
            row("Wrong:", [week.wrong_by_fact for week in weeks]),
            row("By feedback right:", [week.right_by_feedback for week in weeks]),
            row("Wrong:", [week.wrong_by_feedback for week in weeks]),
        ]
    )


def _day(monday: date) -> str:
    return f"{monday.day} {monday:%B %Y}"
