"""The daily round of the guessing game: whether, where and when it is posted."""

from collections.abc import Collection

from bot.replies.message import Reply
from bot.store.game_values import DailyRound


def daily(chosen: DailyRound | None) -> Reply:
    """A server's daily round."""
    if chosen is None or chosen.hour is None:
        return Reply("There is no daily round in this server. Use `/daily on` to turn it on.")
    return Reply(
        f"I post a daily round in <#{chosen.channel}> at {chosen.hour:02}:00 UTC; it stays open for 23 hours. "
        "Use `/daily off` to turn it off."
    )


def daily_on(channel: int, hour: int, *, missing: Collection[str]) -> Reply:
    """The daily round was turned on; `missing` are permissions that the bot lacks in its channel."""
    text = f"From now on, I post a daily round in <#{channel}> at {hour:02}:00 UTC; it stays open for 23 hours."
    if missing:
        text += f"\nI'm missing permissions in <#{channel}>: {', '.join(missing)}."
    return Reply(text)


def daily_off(*, was: bool) -> Reply:
    """The daily round was turned off."""
    return Reply("I no longer post a daily round." if was else "There was no daily round in this server.")
