"""The leaderboard of the guessing game."""

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE, plural
from bot.store.game_values import Leaderboard, Standing


def leaderboard(board: Leaderboard, *, week: bool) -> Reply:
    """The best people of a server, whoever asks, and the bot; of this week or of all time."""
    embed = discord.Embed(title="Leaderboard: this week" if week else "Leaderboard: all time", colour=BLUE)
    if not board.people:
        embed.description = "Nobody has played yet. Start a round with `/guess`."
        return Reply(embeds=(embed,))
    rows = [_row(it) for it in board.best] or ["Nobody has any points yet."]
    if board.mine is None:
        rows += ["", "You haven't played yet. Start a round with `/guess`."]
    elif board.mine not in board.best:
        rows += ["⋯", _row(board.mine)]
    embed.description = "\n".join(rows)
    embed.add_field(name="Me, for comparison", value=_score(board.bot), inline=False)
    people = "1 person has played." if board.people == 1 else f"{board.people:,} people have played."
    embed.set_footer(text=f"{people} Weeks begin on Monday, UTC." if week else people)
    return Reply(embeds=(embed,))


def _row(standing: Standing) -> str:
    return f"**{standing.rank}.** <@{standing.user}> · {_score(standing)}"


def _score(standing: Standing) -> str:
    points = plural(standing.points, "point")
    if standing.streak > 1:
        return f"**{points}** · {standing.right} of {standing.played} right · up to {standing.streak} in a row"
    return f"**{points}** · {standing.right} of {standing.played} right"
