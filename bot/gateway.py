"""The connection to Discord's gateway: survives outages and malformed events.

discord.py's AutoShardedBot mends less than its Bot. After an error at the handshake, such as 502, it begins a new
session instead of resuming the old one, so that all events of the outage are lost; it ends the process if a connection
closes before its first frame; it connects thousands of times a second if that repeats; and any event that it can't read
ends the process, too. All that is put right here, and only here: with some of discord.py's private names, which
tests/bot/test_gateway.py checks.
"""

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import aiohttp
import discord
from discord.ext import commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import EventItem, EventType, Shard
from discord.webhook.async_ import async_context
from yarl import URL

from bot.faults import ONE_LINE, in_short
from bot.rest import PersistentAdapter, persistent
from bot.seen import SeenMessages

log = logging.getLogger(__name__)

LONGEST_PAUSE: Final = 120.0
"""Seconds between two connects; 90 on average, because Discord allows 1,000 new sessions a day."""
STEADY: Final = 120.0
"""Seconds after which a connection counts as good: the next connect follows at once."""
RESUMES: Final = 9
"""Connects in a row that try to resume, some three minutes; after that, Discord has dropped the session anyway."""

_UNREACHABLE: Final = (
    OSError,
    TimeoutError,
    aiohttp.ClientError,
    discord.HTTPException,
    discord.GatewayNotFound,
    ReconnectWebSocket,
)


class Pauses:
    """Pauses before connects: none after a good connection, then longer each time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._good_from = 0.0
        self.tries = 0
        """Connects since the last good connection."""

    def next(self) -> float:
        """Seconds to wait before the next connect."""
        now = self._clock()
        if now >= self._good_from:
            self.tries = 0
        pause = min(2.0 ** (self.tries - 1), LONGEST_PAUSE) * random.uniform(0.5, 1) if self.tries else 0.0  # noqa: S311 - no secret
        self.tries += 1
        self._good_from = now + pause + STEADY
        return pause


class ResumingShard(Shard):
    """Resumes its session whenever there is one, and pauses between connects."""

    def __init__(self, ws: DiscordWebSocket, client: Any, queue_put: Callable[[EventItem], None]) -> None:  # noqa: ANN401 - any client
        super().__init__(ws, client, self._next)
        self._put = queue_put
        self._pauses = Pauses()

    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        """Connect again; only a connection that sent something unreadable is still open."""
        if self.ws.open:
            await self.ws.close(code=4000)
        if not exc.resume:
            await self._client.before_connect_hook(self.id)  # type: ignore[attr-defined]  # a ResumingBot
        await super().reidentify(exc)

    async def _handle_disconnect(self, e: Exception) -> None:
        """Connect again, unless Discord has closed the connection for good, such as after a wrong token."""
        closed_for_good = isinstance(e, discord.ConnectionClosed) and e.code != 1000
        if closed_for_good or not self._reconnect or self._client.is_closed():
            await super()._handle_disconnect(e)
            return
        log.warning("shard %s: the gateway can't be reached (%s)", self.id, _why(e))
        self._next(EventItem(EventType.resume, self, e))

    def _next(self, item: EventItem) -> None:
        """Put what comes next into the queue of the client, which does it."""
        again = item.type in (EventType.resume, EventType.identify, EventType.reconnect)
        if item.type == EventType.terminate and not isinstance(item.error, discord.PrivilegedIntentsRequired):
            log.error("shard %s: a frame can't be read (%s)", self.id, item.error and in_short(item.error))
            again = True
        if not again:
            self._put(item)
            return
        pause = self._pauses.next()
        resume = item.type != EventType.identify and self.ws.session_id is not None and self._pauses.tries <= RESUMES
        kind = EventType.resume if resume else EventType.identify
        if pause:
            log.info("shard %s: connecting again in %.1f s", self.id, pause)
        reason = ReconnectWebSocket(self.id, resume=resume)
        asyncio.get_running_loop().call_later(pause, self._put, EventItem(kind, self, reason))


class ResumingBot(commands.AutoShardedBot):
    """A sharded bot whose connections survive outages, and which sees every message once."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as discord.py declares it
        super().__init__(*args, **options)
        self._seen = SeenMessages()
        self._ready_since: dict[int, float] = {}
        # discord.py logs what goes wrong while somebody types a command; that they went on typing is no error.
        logging.getLogger("discord.app_commands.tree").addFilter(ONE_LINE)
        self.http.request = persistent(self.http.request)  # type: ignore[assignment,method-assign]
        state = self._connection
        state.parsers = {name: _surviving(name, parse) for name, parse in state.parsers.items()}

    async def setup_hook(self) -> None:
        """Called after the login; everything that comes later, and every task that it starts, has this adapter."""
        async_context.set(PersistentAdapter())

    async def before_connect_hook(self, shard_id: int) -> None:
        """Called before a shard connects to begin a new session."""

    async def launch_shard(self, gateway: URL, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard for the first time, however often that takes."""
        pauses = Pauses()
        while True:
            await asyncio.sleep(pauses.next())
            await self.before_connect_hook(shard_id)
            connecting = DiscordWebSocket.from_client(self, initial=initial, gateway=gateway, shard_id=shard_id)
            try:
                ws = await asyncio.wait_for(connecting, self.shard_connect_timeout)
                break
            except _UNREACHABLE as error:
                log.warning("shard %s: the gateway can't be reached (%s)", shard_id, _why(error))
        shard = ResumingShard(ws, self, self._AutoShardedClient__queue.put_nowait)  # type: ignore[attr-defined]
        self._AutoShardedClient__shards[shard_id] = shard  # type: ignore[attr-defined]
        shard.launch()

    def steady_shards(self, seconds: float) -> Sequence[int]:
        """The shards that hear from Discord, and whose sessions began so long ago, or longer."""
        now = time.monotonic()
        return [
            number
            for number, shard in self.shards.items()
            if not shard.is_closed()
            and math.isfinite(shard.latency)
            and now - self._ready_since.get(number, math.inf) >= seconds
        ]

    def dispatch(self, event: str, /, *args: Any, **options: Any) -> None:  # noqa: ANN401 - any event's arguments
        """Start the listeners of an event, but not for a message that they had before: the gateway can repeat one."""
        if event == "shard_ready":
            self._ready_since[args[0]] = time.monotonic()
        if event != "message" or self._seen.add(args[0].id):
            super().dispatch(event, *args, **options)


def _why(error: BaseException) -> str:
    return "it hung up" if isinstance(error, ReconnectWebSocket) else in_short(error)


def _surviving(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """A parser of one event that logs an event that it can't read instead of raising."""

    if name == "READY":
        return parse  # without it, the session is of no use

    def parse_or_log(data: Any) -> None:  # noqa: ANN401 - untrusted
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - whatever Discord sent, the next event is another one
            log.error("an event %s of Discord's can't be read (%s)", name, in_short(error))  # noqa: TRY400 - one line

    return parse_or_log
