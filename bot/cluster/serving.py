"""Serving: has the engine of a process use the models that the database says are in use."""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final, Self

import asyncpg
from sqlalchemy import URL

from bot.faults import in_short
from bot.jobs.postgres import FAILURES, dsn
from bot.store.models import SERVING_CHANNEL
from classifier.engine import Engine
from classifier.errors import ThumbprintError

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 30.0
"""How often all rows are read: a notice can be lost."""
PAUSE_SECONDS: Final = 2.0
"""Between two tries of a database that is away."""


class ServingFollower:
    """Follows the database inside its `async with` block: notices of changes, and all rows now and then."""

    def __init__(self, url: URL, engine: Engine) -> None:
        self._dsn = dsn(url)
        self._engine = engine

    async def __aenter__(self) -> Self:
        self._following = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._following.cancel()
        await asyncio.wait({self._following})

    async def _follow(self) -> None:
        while True:
            try:
                connection = await asyncpg.connect(self._dsn, timeout=10)
                try:
                    await self._listen(connection)
                finally:
                    with suppress(*FAILURES):
                        await connection.close(timeout=2)
            except (ThumbprintError, *FAILURES) as error:
                log.warning("changes of models are not heard of: %s; trying again", in_short(error))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        """Follow the notices on a connection until it ends. Raises OSError then, and StoreError."""
        notices: asyncio.Queue[str | None] = asyncio.Queue()
        connection.add_termination_listener(lambda _: notices.put_nowait(None))
        await connection.add_listener(SERVING_CHANNEL, lambda *notice: notices.put_nowait(notice[-1]))
        while True:
            await self._engine.follow_library()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    while (server := await notices.get()) is not None:
                        await self._engine.follow_library(int(server) if server else None)
                    raise ConnectionError("the database hung up")
