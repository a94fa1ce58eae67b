"""How the bot did, week by week."""

from collections.abc import Iterable, Sequence

import discord

from bot.languages import gettext as _
from bot.languages import long_date, number, percentage
from bot.replies.message import Drawing, Reply
from bot.replies.words import BLUE
from bot.store.values import WeekStatistics


def statistics(weeks: Sequence[WeekStatistics], chart: bytes | None) -> Reply:
    """The totals of the last weeks, and their chart (a PNG) if there is anything to draw."""
    answered, unknown = sum(week.answered for week in weeks), sum(week.unknown for week in weeks)
    embed = discord.Embed(title=_("The last {count} weeks", count=len(weeks)), colour=BLUE)
    if not answered or chart is None:
        embed.description = _("I haven't answered anything here in that time. Show me a picture!")
        return Reply(embeds=(embed,))
    embed.add_field(name=_("Answered"), value=number(answered))
    embed.add_field(name=_("Unknown"), value=f"{number(unknown)} ({percentage(unknown / answered)})")
    if exact := sum(week.exact for week in weeks):
        embed.add_field(name=_("Exact matches"), value=f"{number(exact)} ({percentage(exact / answered)})")
    by_fact = (sum(week.right_by_fact for week in weeks), sum(week.wrong_by_fact for week in weeks))
    by_feedback = (sum(week.right_by_feedback for week in weeks), sum(week.wrong_by_feedback for week in weeks))
    embed.add_field(name=_("Right (checked with YouTube)"), value=_share(*by_fact), inline=False)
    embed.add_field(name=_("Right (according to feedback)"), value=_share(*by_feedback), inline=False)
    embed.set_footer(
        text=_(
            "Weeks begin on Monday, UTC; the last one isn't over yet. "
            "People mostly rate answers they doubt, so this is not the accuracy."
        )
    )
    drawing = Drawing("statistics.png", chart, _in_words(weeks))
    return Reply(embeds=(embed.set_image(url=drawing.url),), drawings=(drawing,))


def _share(right: int, wrong: int) -> str:
    total = right + wrong
    if not total:
        return _("no data yet")
    return _("**{share}** ({right} of {total})", share=percentage(right / total), right=right, total=total)


def _in_words(weeks: Sequence[WeekStatistics]) -> str:
    """The chart's alt text: every bar's number."""

    def listed(counts: Iterable[int]) -> str:
        return ", ".join(str(count) for count in counts)

    sentences = [
        _(
            "Bar chart of {count} weeks, from the week of {first} to that of {last}.",
            count=len(weeks),
            first=long_date(weeks[0].monday),
            last=long_date(weeks[-1].monday),
        ),
        _("Answers: {counts}.", counts=listed(week.answered for week in weeks)),
        _("Unknown: {counts}.", counts=listed(week.unknown for week in weeks)),
    ]
    if any(week.exact for week in weeks):
        sentences.append(_("Exact matches: {counts}.", counts=listed(week.exact for week in weeks)))
    sentences += [
        _("Checked with YouTube, right: {counts}.", counts=listed(week.right_by_fact for week in weeks)),
        _("Wrong: {counts}.", counts=listed(week.wrong_by_fact for week in weeks)),
        _("According to feedback, right: {counts}.", counts=listed(week.right_by_feedback for week in weeks)),
        _("Wrong: {counts}.", counts=listed(week.wrong_by_feedback for week in weeks)),
    ]
    return " ".join(sentences)
