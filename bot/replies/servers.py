"""What is said of a server's own settings: where the bot answers, and how sure it must be."""

from collections.abc import Collection

from bot.replies.message import Reply

EVERYWHERE = "I answer pictures in every channel where I can write."


def watching(channels: Collection[int], prefix: str) -> Reply:
    """Where posted pictures get an answer: ids of Discord's channels, none for all."""
    if not channels:
        return Reply(f"{EVERYWHERE} `{prefix}watch #channel` keeps me to some.")
    return Reply(f"I answer pictures in {_named(channels)} alone. `{prefix}unwatch #channel` takes one off.")


def watched(channel: int, channels: Collection[int], *, can_answer: bool) -> Reply:
    """A channel is watched now, one of `channels`."""
    deaf = "" if can_answer else f"\nI lack permissions in <#{channel}>: let me view it, write, embed and attach there."
    return Reply(f"I answer pictures in {_named(channels)}, and nowhere else unless asked.{deaf}")


def unwatched(channel: int, channels: Collection[int], *, was: bool) -> Reply:
    """A channel is watched no longer; these still are."""
    if not was:
        where = f"in {_named(channels)} alone" if channels else "in every channel where I can write"
        return Reply(f"I did not watch <#{channel}> in particular: I answer {where}.")
    if not channels:
        return Reply(f"<#{channel}> was the last channel that I watched. From now on {EVERYWHERE}")
    return Reply(f"I no longer answer in <#{channel}>, but in {_named(channels)}.")


def threshold(share: float | None, prefix: str) -> Reply:
    """How sure the bot must be before it names a channel, in [0, 1]; None where the model decides."""
    if share is None:
        return Reply(
            "I decide myself when a picture looks like none of the channels I know. "
            f"`{prefix}threshold 80` has me name a channel only if I am at least 80% sure."
        )
    return Reply(
        f"I name a channel only if I am at least **{share:.0%}** sure. "
        f"`{prefix}threshold auto` leaves that to me again."
    )


def _named(channels: Collection[int]) -> str:
    shown = sorted(channels)[:50]
    rest = f" and {len(channels) - 50} more" if len(channels) > 50 else ""
    return ", ".join(f"<#{channel}>" for channel in shown) + rest
