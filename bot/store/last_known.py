"""LastKnown: small values that are read for every picture, and remembered for when the database fails."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final, Generic, TypeVar

from bot.store.errors import StoreError

T = TypeVar("T")

PATIENCE_SECONDS: Final = 1.0
"""How long a picture waits for the database."""


class LastKnown(Generic[T]):
    """Values of servers: read from the database if it answers in time, else as they were read last."""

    def __init__(self, read: Callable[[int], Awaitable[T]], default: Callable[[int], T]) -> None:
        """`default` gives the value of a server that the database knows nothing of."""
        self._read = read
        self._default = default
        self._known: dict[int, T] = {}
        self._reading: dict[int, asyncio.Task[None]] = {}

    def learn(self, values: Mapping[int, T]) -> None:
        """Remember values that were read elsewhere."""
        self._known |= values

    async def get(self, server: int) -> T:
        """A server's value. Raises nothing."""
        reading = self._reading.get(server)
        if reading is None:
            reading = self._reading[server] = asyncio.create_task(self._renew(server))
            reading.add_done_callback(lambda _: self._reading.pop(server))
        await asyncio.wait({reading}, timeout=PATIENCE_SECONDS)
        return self._known[server] if server in self._known else self._default(server)

    async def close(self) -> None:
        """Stop reading."""
        for reading in self._reading.values():
            reading.cancel()
        if self._reading:
            await asyncio.wait(self._reading.values())

    async def _renew(self, server: int) -> None:
        with suppress(StoreError):
            self._known[server] = await self._read(server)
