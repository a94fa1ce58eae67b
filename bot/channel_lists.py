"""Channel lists: which YouTube channels a server's model recognises; the default list until a server has its own."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bot.services import Services
from classifier.errors import LinkError, ThumbprintError
from classifier.links import channel_ref
from classifier.values import Channel

MAX_CHANNELS: Final = 50
"""Channels per server: a training downloads and reads hundreds of thumbnails of each."""


class ListError(ThumbprintError):
    """A channel that can't be added to a list, or is not on it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a list: the channel, whether the list did change, its new length, and how many default channels
    were copied because the server's own list began with it.
    """

    channel: Channel
    changed: bool
    count: int
    copied: int


class ChannelLists:
    """Each server's list of channels; a server's first change copies the default list."""

    def __init__(self, services: Services) -> None:
        self._store = services.store.channels
        self._engine = services.engine
        self._defaults = services.settings.channels

    async def of(self, server: int | None) -> tuple[Sequence[Channel], bool]:
        """The channels on a server's list, and whether it is its own. Only asks the store."""
        own = await self._store.of(server) if server is not None else ()
        if own:
            return [it.channel for it in own], True
        return [_default(name, self._engine.channels(None)) for name in self._defaults], False

    async def add(self, server: int, name: str, by: int) -> Change:
        """Look a channel up at YouTube and add it. Raises ListError, LinkError, CrawlErrors, StoreError."""
        listed, copied = await self._begin(server)
        channel = await self._engine.facts.channel(name)
        if any(channel.id == it.id for it in listed):
            return Change(channel, changed=False, count=len(listed), copied=0)
        if len(listed) >= MAX_CHANNELS:
            raise ListError(f"I can learn up to {MAX_CHANNELS} channels. Remove one first.")
        for it in (*copied, channel):
            await self._store.add(server, it, by)
        return Change(channel, changed=True, count=len(listed) + 1, copied=len(copied))

    async def remove(self, server: int, name: str, by: int) -> Change:
        """Remove a channel, by title, handle, id or link. Raises ListError, CrawlErrors, StoreError."""
        listed, copied = await self._begin(server)
        channel = _find(name, listed)
        rest = [it for it in listed if it != channel]
        for it in rest if copied else ():
            await self._store.add(server, it, by)
        await self._store.remove(server, channel.id or "")
        return Change(channel, changed=True, count=len(rest), copied=len(rest) if copied else 0)

    async def _begin(self, server: int) -> tuple[Sequence[Channel], Sequence[Channel]]:
        """A server's channels, and those to copy from the default list: all or none. Asks YouTube."""
        if own := await self._store.of(server):
            return [it.channel for it in own], ()
        defaults = [await self._engine.facts.channel(name) for name in self._defaults]
        return defaults, defaults


def _find(text: str, listed: Sequence[Channel]) -> Channel:
    """The listed channel that a person means: by id, title, handle or link. Raises ListError."""
    words = {text.strip().casefold()}
    with suppress(LinkError):
        words.add(str(channel_ref(text)).casefold())
    for channel in listed:
        if words & {name.casefold() for name in (channel.id, channel.title, channel.handle) if name}:
            return channel
    raise ListError("That channel isn't on this server's list. See `/channels`.")


def _default(name: str, known: Sequence[Channel]) -> Channel:
    """A channel of the settings, with its title if the default model knows it."""
    try:
        return _find(name, known)
    except ListError:
        return Channel(name, name)
