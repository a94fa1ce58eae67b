"""A server's own settings: where the bot answers, and how sure it must be."""

from collections.abc import Collection
from typing import Final

from bot.replies.message import Reply
from bot.store.values import UnknownPictures

_UNKNOWN_PICTURES: Final = {
    UnknownPictures.ANSWER: (
        "I answer posted pictures also when they are from none of the channels I know. "
        "Use `/unknown react` to make me react with ❔ instead, or `/unknown silent`."
    ),
    UnknownPictures.REACT: (
        "I react with ❔ to posted pictures that are from none of the channels I know. "
        "Whoever asks me still gets an answer. Use `/unknown answer` or `/unknown silent` to change that."
    ),
    UnknownPictures.SILENT: (
        "I ignore posted pictures that are from none of the channels I know. "
        "Whoever asks me still gets an answer. Use `/unknown answer` or `/unknown react` to change that."
    ),
}

EVERYWHERE = "I answer pictures in every channel where I can write."
ONLY_ASKED = "I only answer when asked, not posted pictures."


def answered_where(channels: Collection[int], *, only_asked: bool) -> str:
    """Where posted pictures are answered: ids of Discord's channels, none for all, or nowhere if `only_asked`."""
    if only_asked:
        return ONLY_ASKED
    return f"I only answer pictures in {_named(channels)}." if channels else EVERYWHERE


def watching(channels: Collection[int], *, only_asked: bool) -> Reply:
    """Where posted pictures are answered, and how to change that."""
    where = answered_where(channels, only_asked=only_asked)
    if only_asked:
        return Reply(f"{where} Use `/setup` to change that.")
    if not channels:
        return Reply(f"{where} Use `/watch` to limit me to certain channels.")
    return Reply(f"{where} Use `/unwatch` to remove a channel.")


def watched(channel: int, channels: Collection[int], *, missing: Collection[str]) -> Reply:
    """A channel is now watched, one of `channels`; `missing` are permissions that the bot lacks there."""
    warning = f"\nI'm missing permissions in <#{channel}>: {', '.join(missing)}." if missing else ""
    return Reply(f"I now answer posted pictures in {_named(channels)}; elsewhere I only answer when asked.{warning}")


def unwatched(channel: int, channels: Collection[int], *, only_asked: bool, was: bool) -> Reply:
    """A channel is no longer watched; `channels` still are, or none if `only_asked`."""
    if not was:
        return Reply(f"<#{channel}> wasn't on the list. {answered_where(channels, only_asked=only_asked)}")
    if not channels:
        return Reply(f"<#{channel}> was the last channel on the list. From now on, {EVERYWHERE}")
    return Reply(f"I no longer answer pictures in <#{channel}>, only in {_named(channels)}.")


def threshold(share: float | None) -> Reply:
    """How sure the bot must be to name a channel, in [0, 1]; None if the model decides."""
    if share is None:
        return Reply(
            "I decide for myself when a picture is from none of the channels I know. "
            "Use `/threshold 80` to make me name a channel only when I'm at least 80% sure."
        )
    return Reply(
        f"I name a channel only when I'm at least **{share:.0%}** sure. Use `/threshold auto` to let me decide again."
    )


def unknown_pictures(action: UnknownPictures, *, missing_in: Collection[int] = ()) -> Reply:
    """What happens to posted pictures of no known channel; `missing_in` are channels where the bot can't react."""
    text = _UNKNOWN_PICTURES[action]
    if missing_in:
        text += f"\nI can't react in {_named(missing_in)}: I need Add Reactions and Read Message History there."
    return Reply(text)


def _named(channels: Collection[int]) -> str:
    shown = sorted(channels)[:50]
    rest = f" and {len(channels) - 50} more" if len(channels) > 50 else ""
    return ", ".join(f"<#{channel}>" for channel in shown) + rest
