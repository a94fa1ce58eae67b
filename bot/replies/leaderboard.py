"""The leaderboard of the guessing game."""

import discord

from bot.languages import gettext as _
from bot.languages import ngettext
from bot.replies.message import Reply
from bot.replies.words import BLUE
from bot.store.game_values import Leaderboard, Standing


def leaderboard(board: Leaderboard, *, week: bool) -> Reply:
    """The best people of a server, whoever asks, and the bot; of this week or of all time."""
    embed = discord.Embed(title=_("Leaderboard: this week") if week else _("Leaderboard: all time"), colour=BLUE)
    if not board.people:
        embed.description = _("Nobody has played yet. Start a round with `/guess`.")
        return Reply(embeds=(embed,))
    rows = [_row(it) for it in board.best] or [_("Nobody has any points yet.")]
    if board.mine is None:
        rows += ["", _("You haven't played yet. Start a round with `/guess`.")]
    elif board.mine not in board.best:
        rows += ["⋯", _row(board.mine)]
    embed.description = "\n".join(rows)
    embed.add_field(name=_("Me, for comparison"), value=_score(board.bot), inline=False)
    people = ngettext("{count} person has played.", "{count} people have played.", board.people)
    embed.set_footer(text=" ".join([people, _("Weeks begin on Monday, UTC.")]) if week else people)
    return Reply(embeds=(embed,))


def _row(standing: Standing) -> str:
    return f"**{standing.rank}.** <@{standing.user}> · {_score(standing)}"


def _score(standing: Standing) -> str:
    parts = [
        f"**{ngettext('{count} point', '{count} points', standing.points)}**",
        _("{right} of {played} right", right=standing.right, played=standing.played),
    ]
    if standing.streak > 1:
        parts.append(_("up to {streak} in a row", streak=standing.streak))
    return " · ".join(parts)
