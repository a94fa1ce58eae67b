"""Group: the shards that this process serves, and what it shares with the processes that serve the others."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from typing import Protocol

from bot.heartbeat import last_beat
from bot.settings import Settings
from bot.store.values import ALL_SHARDS, Shards
from classifier.errors import ThumbprintError


class GroupLostError(ThumbprintError):
    """This process may not serve its shards any more, because another one may."""


class Group(Protocol):
    """The shards of a process. `shards` and `last_beat` are known once it has joined."""

    shared: bool
    """Whether there can be other processes: then one of them answers what this one leaves unanswered at its end."""
    shards: Shards
    spare: bool
    """Whether it waits because other processes serve all shards."""

    @property
    def name(self) -> str:
        """What to call it in health checks; empty if it is the whole bot."""

    async def join(self, recommended: int, max_concurrency: int) -> None:
        """Wait until there are shards to serve, then serve them; Discord gives both numbers."""

    async def leave(self) -> None:
        """Leave the shards to others."""

    def guarded(self) -> AbstractAsyncContextManager[None]:
        """Ends the block by GroupLostError if this process must stop serving its shards."""

    def last_beat(self, shard: int) -> datetime | None:
        """Until when an earlier process served a shard; None if none ever did."""

    async def beat(self, shards: Collection[int]) -> None:
        """Record that these shards are served now. Raises StoreError."""

    async def near_turn(self, shard: int) -> None:
        """Wait until a shard may soon identify: before it connects, because Discord drops who connects too early."""

    async def turn(self, shard: int) -> None:
        """Wait until a shard may identify, once it is connected."""

    async def claim(self, message: int) -> bool:
        """Whether it is for this process to answer the pictures of a message; asked once per message."""


class WholeBot:
    """The group of the only process, which shares nothing: it has all the shards."""

    shared = False
    spare = False
    name = ""

    def __init__(self, settings: Settings) -> None:
        self.shards = ALL_SHARDS
        self._total = settings.shards
        last = last_beat(settings.data_dir)
        self._last_beat = None if last is None else datetime.fromtimestamp(last).astimezone()

    async def join(self, recommended: int, max_concurrency: int) -> None:
        """Serve all shards."""
        del max_concurrency
        total = self._total or recommended
        self.shards = Shards(total, tuple(range(total)))

    async def leave(self) -> None:
        """Nobody else serves them."""

    def guarded(self) -> AbstractAsyncContextManager[None]:
        """It need never stop."""
        return nullcontext()

    def last_beat(self, shard: int) -> datetime | None:
        """When an earlier process last heard from Discord, by the file that it wrote."""
        del shard
        return self._last_beat

    async def beat(self, shards: Collection[int]) -> None:
        """The file is enough."""

    async def near_turn(self, shard: int) -> None:
        """discord.py keeps the shards of one process apart itself."""

    async def turn(self, shard: int) -> None:
        """The same."""

    async def claim(self, message: int) -> bool:
        """Every message is its own."""
        del message
        return True
