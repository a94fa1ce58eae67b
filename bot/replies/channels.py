"""The list of YouTube channels that a server's model recognises."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE, GREEN, plain, plural
from classifier.values import Channel

MIN_CHANNELS: Final = 2
"""Minimum number of channels for training."""


@dataclass(frozen=True, slots=True)
class ChannelList:
    """The listed channels, the server's own or the default ones; the current model knows the `known` among them.

    `leaving` are those that the model knows now, but not after the next training run.
    """

    channels: tuple[Channel, ...]
    own: bool
    known: frozenset[Channel]
    leaving: tuple[Channel, ...]


def compared(channels: Sequence[Channel], model: Collection[Channel], *, own: bool) -> ChannelList:
    """A list of channels compared with those of the current model."""
    known = frozenset(channel for channel in channels if any(_same(channel, other) for other in model))
    leaving = tuple(other for other in model if not any(_same(channel, other) for channel in channels))
    return ChannelList(tuple(channels), own, known, leaving)


def _same(one: Channel, other: Channel) -> bool:
    if one.id and other.id:
        return one.id == other.id
    if one.handle and other.handle:
        return one.handle.casefold() == other.handle.casefold()
    return one.label == other.label


def channels_page(listed: ChannelList, *, page: int, size: int) -> Reply:
    """One page, counted from 1, of a server's list."""
    start = (page - 1) * size
    rows = [
        f"{number}. {named(channel)} · {'known' if channel in listed.known else '**new**'}"
        for number, channel in enumerate(listed.channels[start : start + size], start + 1)
    ]
    whose = "This server's own list." if listed.own else "The default list, until an admin changes it for this server."
    notes = []
    if listed.leaving:
        notes.append(f"I still recognise {_few(listed.leaving)} until the next training run.")
    if len(listed.channels) < MIN_CHANNELS:
        notes.append(_needed(len(listed.channels)))
    elif listed.leaving or len(listed.known) < len(listed.channels):
        notes.append(_RETRAIN)
    text = "\n".join([whose, "", *rows, *(["", *notes] if notes else [])])
    embed = discord.Embed(title="Channels I recognise", description=text, colour=BLUE)
    if len(listed.channels) > size:
        embed.set_footer(text=f"{start + 1} to {min(start + size, len(listed.channels))} of {len(listed.channels)}")
    return Reply(embeds=(embed,))


def already_listed(channel: Channel) -> Reply:
    """The channel that was to be added is already on the list."""
    return Reply(embeds=(discord.Embed(description=f"{named(channel)} is already on the list.", colour=BLUE),))


def added(channel: Channel, count: int, *, copied: int, gone: Sequence[Channel] = ()) -> Reply:
    """A channel was added; the list now has `count`, of which `copied` came from the default list. `gone` were not
    copied, because YouTube no longer has them.
    """
    began = f" This server now has its own list: {_default(copied)} and this one." if copied else ""
    return _changed(f"Added {named(channel)}.{began}{_without(gone)}", count)


def removed(channel: Channel, count: int, *, copied: int, gone: Sequence[Channel] = ()) -> Reply:
    """A channel was removed, and `count` are left; `copied` and `gone` as for `added`."""
    if not count:
        return _done(f"Removed {named(channel)}. The list is now empty, so the default list applies here again.")
    began = " This server now has its own list: the default list without that channel." if copied else ""
    return _changed(f"Removed {named(channel)}.{began}{_without(gone)}", count)


def dropped(channel: Channel, *, copied: int) -> Reply:
    """A channel that is gone, which the model does without already, was removed; `copied` as for `added`."""
    began = " This server now has its own list: the default list without that channel." if copied else ""
    return _done(f"Removed {named(channel)} from this server's list.{began}")


def _default(copied: int) -> str:
    return f"the {copied} default channels" if copied > 1 else "the default channel"


def _without(gone: Sequence[Channel]) -> str:
    """Which default channels were not copied, and why."""
    return f" I left out {_few(gone)}, which YouTube no longer has." if gone else ""


_RETRAIN: Final = "Use `/retrain` to train me on them."


def _changed(done: str, count: int) -> Reply:
    next_step = _RETRAIN if count >= MIN_CHANNELS else _needed(count)
    return _done(f"{done}\n{plural(count, 'channel')} on the list. {next_step}")


def _done(text: str) -> Reply:
    return Reply(embeds=(discord.Embed(description=text, colour=GREEN),))


def _needed(count: int) -> str:
    return f"I need at least {MIN_CHANNELS} channels: add {MIN_CHANNELS - count} more with `/channel add`."


def _few(channels: Sequence[Channel]) -> str:
    rest = f" and {len(channels) - 5} more" if len(channels) > 5 else ""
    return ", ".join(plain(channel.title) for channel in channels[:5]) + rest


def named(channel: Channel) -> str:
    """A channel's title, linked to it if its id is known, and its handle."""
    if channel.title == channel.id:
        return f"[a channel without a known name](https://www.youtube.com/channel/{channel.id})"
    name = f"**{plain(channel.title)}**"
    if channel.id:
        name = f"[{name}](https://www.youtube.com/channel/{channel.id})"
    return f"{name} ({plain(channel.handle)})" if channel.handle and channel.handle != channel.title else name
