"""Channel lists: which YouTube channels a server's model recognises; the default list until a server has its own."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from bot.budget import Budget
from bot.services import Services
from classifier.errors import CrawlError, LinkError, ThumbprintError, UnknownChannelError
from classifier.links import channel_ref, visible
from classifier.values import Channel, LeftOut

MAX_CHANNELS: Final = 50
"""Channels per server: a training downloads and reads hundreds of thumbnails of each."""


class ListError(ThumbprintError):
    """A channel that can't be added to a list, or is not on it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a list: the channel, whether the list did change, its new length, and how many default channels
    were copied because the server's own list began with it. `gone` were not copied: YouTube no longer has them.
    """

    channel: Channel
    changed: bool
    count: int
    copied: int
    gone: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True)
class _Begun:
    """A server's channels before a change: its own, or those of the default list that are to be copied."""

    listed: Sequence[Channel]
    copied: bool = False
    gone: tuple[Channel, ...] = ()


class ChannelLists:
    """Each server's list of channels; a server's first change copies the default list."""

    def __init__(self, services: Services) -> None:
        self._store = services.store.channels
        self._engine = services.engine
        self._budget = Budget(services)
        self._defaults = services.settings.channels

    async def of(self, server: int | None) -> tuple[Sequence[Channel], bool]:
        """The channels on a server's list, and whether it is its own. Only asks the store."""
        own = await self._store.of(server) if server is not None else ()
        if own:
            return [it.channel for it in own], True
        return [_default(name, self._engine.channels(None)) for name in self._defaults], False

    async def add(self, server: int, name: str, by: int) -> Change:
        """Look a channel up at YouTube and add it. Raises ListError, LinkError, CrawlErrors, StoreError."""
        begun = await self._begin(server)
        channel = await self._look_up(server, name)
        if any(channel.id == it.id for it in begun.listed):
            return Change(channel, changed=False, count=len(begun.listed), copied=0)
        if len(begun.listed) >= MAX_CHANNELS:
            raise ListError(f"I can learn up to {MAX_CHANNELS} channels. Remove one first.")
        for it in (*(begun.listed if begun.copied else ()), channel):
            await self._store.add(server, it, by)
        copied = len(begun.listed) if begun.copied else 0
        return Change(channel, changed=True, count=len(begun.listed) + 1, copied=copied, gone=begun.gone)

    async def remove(self, server: int, name: str, by: int) -> Change:
        """Remove a channel, by title, handle, id or link. Raises ListError, CrawlErrors, StoreError."""
        begun = await self._begin(server)
        channel = _find(name, (*begun.listed, *begun.gone))
        rest = [it for it in begun.listed if it != channel]
        for it in rest if begun.copied else ():
            await self._store.add(server, it, by)
        await self._store.remove(server, channel.id or "")
        copied, gone = len(rest) if begun.copied else 0, tuple(it for it in begun.gone if it != channel)
        return Change(channel, changed=True, count=len(rest), copied=copied, gone=gone)

    async def named(self, server: int | None, left_out: Sequence[LeftOut]) -> tuple[LeftOut, ...]:
        """The same, by the titles and handles that the server's list has. Raises StoreError."""
        listed = {it.id: it for it in (await self.of(server))[0] if it.id} if left_out else {}
        return tuple(replace(it, channel=listed.get(it.channel.id or "", it.channel)) for it in left_out)

    async def _look_up(self, server: int, name: str) -> Channel:
        channel_ref(name)  # what names no channel costs nothing
        await self._budget.pay(server)
        return await self._engine.facts.channel(name)

    async def _begin(self, server: int) -> _Begun:
        """A server's channels, or the default ones as YouTube has them now, else as the default model knows them."""
        if own := await self._store.of(server):
            return _Begun([it.channel for it in own])
        found, gone = [], []
        for name in self._defaults:
            try:
                found.append(await self._look_up(server, name))
            except (UnknownChannelError, LinkError):  # one that is gone is no reason to keep all others
                gone.append(_default(name, self._engine.channels(None)))
            except CrawlError:
                known = _default(name, self._engine.channels(None))
                if known.id is None:
                    raise
                found.append(known)
        return _Begun(found, copied=True, gone=tuple(gone))


def find_channel(text: str, channels: Sequence[Channel]) -> Channel | None:
    """The channel that a person means, by id, title, handle or link; None if it is none of these."""
    words = {_plain(text)}
    with suppress(LinkError):
        words.add(_plain(str(channel_ref(text))))
    for channel in channels:
        if words & {_plain(name) for name in (channel.id, channel.title, channel.handle) if name}:
            return channel
    return None


def _find(text: str, listed: Sequence[Channel]) -> Channel:
    """The same channel. Raises ListError."""
    channel = find_channel(text, listed)
    if channel is None:
        raise ListError("That channel isn't on this server's list. See `/channels`.")
    return channel


def _plain(name: str) -> str:
    """A name as people compare names: invisible characters and capitals make no difference."""
    return visible(name).strip().casefold()


def _default(name: str, known: Sequence[Channel]) -> Channel:
    """A channel of the settings, with its title if the default model knows it."""
    try:
        return _find(name, known)
    except ListError:
        return Channel(name, name)
