"""The daily round of the guessing game: whether, where and when it is posted."""

from collections.abc import Collection

from bot.languages import gettext as _
from bot.replies.message import Reply
from bot.replies.permissions import lacking
from bot.store.game_values import DailyRound


def daily(chosen: DailyRound | None) -> Reply:
    """A server's daily round."""
    if chosen is None or chosen.hour is None:
        return Reply(_("There is no daily round in this server. Use `/daily on` to turn it on."))
    return Reply(
        _(
            "I post a daily round in {channel} at {time} UTC; it stays open for 23 hours. "
            "Use `/daily off` to turn it off.",
            channel=f"<#{chosen.channel}>",
            time=f"{chosen.hour:02}:00",
        )
    )


def daily_on(channel: int, hour: int, *, missing: Collection[str]) -> Reply:
    """The daily round was turned on; `missing` are permissions that the bot lacks in its channel, by their names for
    code.
    """
    text = _(
        "From now on, I post a daily round in {channel} at {time} UTC; it stays open for 23 hours.",
        channel=f"<#{channel}>",
        time=f"{hour:02}:00",
    )
    return Reply("\n".join([text, *([lacking(channel, missing)] if missing else [])]))


def daily_off(*, was: bool) -> Reply:
    """The daily round was turned off."""
    return Reply(_("I no longer post a daily round.") if was else _("There was no daily round in this server."))
