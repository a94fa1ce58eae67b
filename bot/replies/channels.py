"""The list of YouTube channels that a server's model recognises."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop, ngettext
from bot.replies.message import Reply
from bot.replies.words import BLUE, GREEN, plain
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
        f"{number}. {named(channel)} · {_('known') if channel in listed.known else _('**new**')}"
        for number, channel in enumerate(listed.channels[start : start + size], start + 1)
    ]
    if listed.own:
        whose = _("This server's own list.")
    else:
        whose = _("The default list, until an admin changes it for this server.")
    notes = []
    if listed.leaving:
        notes.append(_("I still recognise {channels} until the next training run.", channels=_few(listed.leaving)))
    if len(listed.channels) < MIN_CHANNELS:
        notes.append(_needed(len(listed.channels)))
    elif listed.leaving or len(listed.known) < len(listed.channels):
        notes.append(_(_RETRAIN))
    text = "\n".join([whose, "", *rows, *(["", *notes] if notes else [])])
    embed = discord.Embed(title=_("Channels I recognise"), description=text, colour=BLUE)
    if len(listed.channels) > size:
        last = min(start + size, len(listed.channels))
        footer = _("{first} to {last} of {count}", first=start + 1, last=last, count=len(listed.channels))
        embed.set_footer(text=footer)
    return Reply(embeds=(embed,))


def already_listed(channel: Channel) -> Reply:
    """The channel that was to be added is already on the list."""
    text = _("{channel} is already on the list.", channel=named(channel))
    return Reply(embeds=(discord.Embed(description=text, colour=BLUE),))


def added(channel: Channel, count: int, *, copied: int, gone: Sequence[Channel] = ()) -> Reply:
    """A channel was added; the list now has `count`, of which `copied` came from the default list. `gone` were not
    copied, because YouTube no longer has them.
    """
    text = [_("Added {channel}.", channel=named(channel))]
    if copied:
        text.append(
            ngettext(
                "This server now has its own list: the default channel and this one.",
                "This server now has its own list: the {count} default channels and this one.",
                copied,
            )
        )
    return _changed(" ".join([*text, *_without(gone)]), count)


def removed(channel: Channel, count: int, *, copied: int, gone: Sequence[Channel] = ()) -> Reply:
    """A channel was removed, and `count` are left; `copied` and `gone` as for `added`."""
    if not count:
        return _done(
            _(
                "Removed {channel}. The list is now empty, so the default list applies here again.",
                channel=named(channel),
            )
        )
    text = [_("Removed {channel}.", channel=named(channel)), *_began(copied), *_without(gone)]
    return _changed(" ".join(text), count)


def dropped(channel: Channel, *, copied: int) -> Reply:
    """A channel that is gone, which the model does without already, was removed; `copied` as for `added`."""
    text = _("Removed {channel} from this server's list.", channel=named(channel))
    return _done(" ".join([text, *_began(copied)]))


def _began(copied: int) -> Sequence[str]:
    """That the server has its own list from now on."""
    return [_("This server now has its own list: the default list without that channel.")] if copied else []


def _without(gone: Sequence[Channel]) -> Sequence[str]:
    """Which default channels were not copied, and why."""
    return [_("I left out {channels}, which YouTube no longer has.", channels=_few(gone))] if gone else []


_RETRAIN: Final = gettext_noop("Use `/retrain` to train me on them.")


def _changed(done: str, count: int) -> Reply:
    next_step = _(_RETRAIN) if count >= MIN_CHANNELS else _needed(count)
    listed = ngettext("{count} channel on the list.", "{count} channels on the list.", count)
    return _done(f"{done}\n{listed} {next_step}")


def _done(text: str) -> Reply:
    return Reply(embeds=(discord.Embed(description=text, colour=GREEN),))


def _needed(count: int) -> str:
    return _(
        "I need at least {needed} channels: add {missing} more with `/channel add`.",
        needed=MIN_CHANNELS,
        missing=MIN_CHANNELS - count,
    )


def _few(channels: Sequence[Channel]) -> str:
    names = ", ".join(plain(channel.title) for channel in channels[:5])
    if len(channels) <= 5:
        return names
    return _("{names} and {count} more", names=names, count=len(channels) - 5)


def named(channel: Channel) -> str:
    """A channel's title, linked to it if its id is known, and its handle."""
    if channel.title == channel.id:
        return f"[{_('a channel without a known name')}](https://www.youtube.com/channel/{channel.id})"
    name = f"**{plain(channel.title)}**"
    if channel.id:
        name = f"[{name}](https://www.youtube.com/channel/{channel.id})"
    return f"{name} ({plain(channel.handle)})" if channel.handle and channel.handle != channel.title else name
