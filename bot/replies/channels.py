"""What is said of the YouTube channels that a server's model is to know."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import discord

from bot.replies.message import Reply
from bot.replies.words import BLUE, GREEN, plain
from classifier.values import Channel

AT_LEAST = 2
"""Channels that a training needs: with one there is nothing to tell apart."""


@dataclass(frozen=True, slots=True)
class ChannelList:
    """The channels a model is to know: the server's own or the default ones; `known` by id, label or handle already.

    `leaving` are those that the model knows, but not after its next training.
    """

    channels: tuple[Channel, ...]
    own: bool
    known: frozenset[Channel]
    leaving: tuple[Channel, ...]


def compared(channels: Sequence[Channel], model: Collection[Channel], *, own: bool) -> ChannelList:
    """A list of channels beside those that the serving model knows."""
    known = frozenset(channel for channel in channels if any(_same(channel, other) for other in model))
    leaving = tuple(other for other in model if not any(_same(channel, other) for channel in channels))
    return ChannelList(tuple(channels), own, known, leaving)


def _same(one: Channel, other: Channel) -> bool:
    if one.id and other.id:
        return one.id == other.id
    if one.handle and other.handle:
        return one.handle.casefold() == other.handle.casefold()
    return one.label == other.label


def channels_page(listed: ChannelList, prefix: str, *, page: int, size: int) -> Reply:
    """One page, counted from 1, of the channels that a server's model is to know."""
    start = (page - 1) * size
    rows = [
        f"{number}. {_named(channel)} · {'known' if channel in listed.known else '**new**'}"
        for number, channel in enumerate(listed.channels[start : start + size], start + 1)
    ]
    whose = "This server's own list." if listed.own else "The default list, until an admin changes it here."
    notes = []
    if listed.leaving:
        notes.append(f"I still know {_few(listed.leaving)}, until the next training.")
    if len(listed.channels) < AT_LEAST:
        notes.append(_needed(len(listed.channels), prefix))
    elif listed.leaving or len(listed.known) < len(listed.channels):
        notes.append(_teach(prefix))
    text = "\n".join([whose, "", *rows, *(["", *notes] if notes else [])])
    embed = discord.Embed(title="Channels I am to tell apart", description=text, colour=BLUE)
    if len(listed.channels) > size:
        embed.set_footer(text=f"{start + 1} to {min(start + size, len(listed.channels))} of {len(listed.channels)}")
    return Reply(embeds=(embed,))


def there(channel: Channel) -> Reply:
    """The channel that was to be added is on the list already."""
    return Reply(embeds=(discord.Embed(description=f"{_named(channel)} is on the list already.", colour=BLUE),))


def added(channel: Channel, count: int, prefix: str, *, copied: int) -> Reply:
    """A channel is on the list, of `count` now; `copied` of the default list came along, as the server's own began."""
    begun = f" This server has its own list now: the {copied} default channels and this one." if copied else ""
    return _changed(f"Added {_named(channel)}.{begun}", count, prefix)


def removed(channel: Channel, count: int, prefix: str, *, copied: int) -> Reply:
    """A channel is off the list, where `count` are left; `copied` as with `added`."""
    if not count:
        return _done(f"Removed {_named(channel)}. The list is empty, so the default list counts here again.")
    begun = " This server has its own list now: the rest of the default one." if copied else ""
    return _changed(f"Removed {_named(channel)}.{begun}", count, prefix)


def _changed(done: str, count: int, prefix: str) -> Reply:
    then = _teach(prefix) if count >= AT_LEAST else _needed(count, prefix)
    return _done(f"{done}\n{count} {'channel' if count == 1 else 'channels'} on the list. {then}")


def _done(text: str) -> Reply:
    return Reply(embeds=(discord.Embed(description=text, colour=GREEN),))


def _teach(prefix: str) -> str:
    return f"Type `{prefix}retrain` to teach me."


def _needed(count: int, prefix: str) -> str:
    more = AT_LEAST - count
    return f"I need {AT_LEAST} channels to tell apart: add {more} more with `{prefix}channels add @handle`."


def _few(channels: Sequence[Channel]) -> str:
    rest = f" and {len(channels) - 5} more" if len(channels) > 5 else ""
    return ", ".join(plain(channel.title) for channel in channels[:5]) + rest


def _named(channel: Channel) -> str:
    name = f"**{plain(channel.title)}**"
    if channel.id:
        name = f"[{name}](https://www.youtube.com/channel/{channel.id})"
    return f"{name} ({plain(channel.handle)})" if channel.handle and channel.handle != channel.title else name
