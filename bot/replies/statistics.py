"""How the bot did, week by week."""

from collections.abc import Sequence
from datetime import date

import discord

from bot.replies.message import Drawing, Reply
from bot.replies.words import BLUE, percentage
from bot.store.values import WeekStatistics


def statistics(weeks: Sequence[WeekStatistics], chart: bytes | None) -> Reply:
    """The totals of the last weeks, and their chart (a PNG) if there is anything to draw."""
    answered, unknown = sum(week.answered for week in weeks), sum(week.unknown for week in weeks)
    embed = discord.Embed(title=f"The last {len(weeks)} weeks", colour=BLUE)
    if not answered or chart is None:
        embed.description = "I haven't answered anything here in that time. Show me a picture!"
        return Reply(embeds=(embed,))
    embed.add_field(name="Answered", value=f"{answered:,}")
    embed.add_field(name="Unknown", value=f"{unknown:,} ({percentage(unknown / answered)})")
    if exact := sum(week.exact for week in weeks):
        embed.add_field(name="Exact matches", value=f"{exact:,} ({percentage(exact / answered)})")
    by_fact = (sum(week.right_by_fact for week in weeks), sum(week.wrong_by_fact for week in weeks))
    by_feedback = (sum(week.right_by_feedback for week in weeks), sum(week.wrong_by_feedback for week in weeks))
    embed.add_field(name="Right (checked with YouTube)", value=_share(*by_fact), inline=False)
    embed.add_field(name="Right (according to feedback)", value=_share(*by_feedback), inline=False)
    embed.set_footer(
        text="Weeks begin on Monday, UTC; the last one isn't over yet. "
        "People mostly rate answers they doubt, so this is not the accuracy."
    )
    drawing = Drawing("statistics.png", chart, _in_words(weeks))
    return Reply(embeds=(embed.set_image(url=drawing.url),), drawings=(drawing,))


def _share(right: int, wrong: int) -> str:
    total = right + wrong
    return f"**{percentage(right / total)}** ({right:,} of {total:,})" if total else "no data yet"


def _in_words(weeks: Sequence[WeekStatistics]) -> str:
    """The chart's alt text: every bar's number."""

    def row(name: str, counts: Sequence[int]) -> str:
        return f"{name} {', '.join(str(count) for count in counts)}."

    return " ".join(
        [
            f"Bar chart of {len(weeks)} weeks, from the week of {_day(weeks[0].monday)} to that of",
            f"{_day(weeks[-1].monday)}.",
            row("Answers:", [week.answered for week in weeks]),
            row("Unknown:", [week.unknown for week in weeks]),
            *([row("Exact matches:", [week.exact for week in weeks])] if any(week.exact for week in weeks) else []),
            row("Checked with YouTube, right:", [week.right_by_fact for week in weeks]),
            row("Wrong:", [week.wrong_by_fact for week in weeks]),
            row("According to feedback, right:", [week.right_by_feedback for week in weeks]),
            row("Wrong:", [week.wrong_by_feedback for week in weeks]),
        ]
    )


def _day(monday: date) -> str:
    return f"{monday.day} {monday:%B %Y}"
