"""Pauses between connects, resuming, and malformed events; tests/e2e/test_outages.py tries them over real sockets."""

import asyncio
import inspect
import logging
from typing import Any
from unittest.mock import AsyncMock, Mock

import aiohttp
import discord
import pytest
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import AutoShardedClient, EventItem, EventType, Shard
from discord.state import ConnectionState

from bot.gateway import LONGEST_PAUSE, RESUMES, STEADY, Pauses, ResumingBot, ResumingShard


class Clock:
    """A clock that only moves when a test sets it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_pauses_grow_until_a_connection_lasts() -> None:
    clock = Clock()
    pauses = Pauses(clock)
    taken = []
    for _ in range(12):
        taken.append(pauses.next())
        clock.now += taken[-1]
    assert taken[0] == 0
    for number, pause in enumerate(taken[1:]):
        longest = min(2.0**number, LONGEST_PAUSE)
        assert longest / 2 <= pause <= longest
    clock.now += STEADY
    assert pauses.next() == 0
    clock.now += STEADY - 1
    assert pauses.next() > 0


def test_there_are_at_most_a_thousand_new_sessions_a_day() -> None:
    assert 86_400 / (0.75 * LONGEST_PAUSE) < 1000


class NoPauses(Pauses):
    """Pauses that are over at once."""

    def next(self) -> float:
        super().next()
        return 0.0


class Queue(list[EventItem]):
    """What a shard puts in the queue of its client, and when that is awaited."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()

    def put(self, item: EventItem) -> None:
        self.append(item)
        self.arrived.set()

    async def next(self) -> EventItem:
        while not self:
            self.arrived.clear()
            await self.arrived.wait()
        return self.pop(0)


def make_shard(queue: Queue, *, session: str | None = "s") -> ResumingShard:
    """A shard without a connection, whose pauses are over at once."""
    client = Mock(_reconnect=True, is_closed=Mock(return_value=False))
    shard = ResumingShard(Mock(session_id=session, shard_id=0, open=False, close=AsyncMock()), client, queue.put)
    shard._pauses = NoPauses()
    return shard


def resumes(item: EventItem) -> bool:
    """Whether a connect is to resume the session."""
    assert isinstance(item.error, ReconnectWebSocket)
    assert item.error.resume is (item.type == EventType.resume)
    return item.error.resume


@pytest.mark.parametrize(
    "error",
    [
        aiohttp.WSServerHandshakeError(Mock(), (), status=502),
        ConnectionResetError(104, "Connection reset by peer"),
        TimeoutError(),
        discord.ConnectionClosed(Mock(close_code=1000), shard_id=0),
    ],
)
async def test_a_shard_resumes_after_a_failed_connect(error: Exception) -> None:
    queue = Queue()
    await make_shard(queue)._handle_disconnect(error)
    assert resumes(await queue.next())


async def test_without_a_session_it_begins_one() -> None:
    queue = Queue()
    await make_shard(queue, session=None)._handle_disconnect(TimeoutError())
    assert not resumes(await queue.next())


async def test_a_session_that_discord_refuses_is_given_up() -> None:
    queue = Queue()
    shard = make_shard(queue)
    shard._next(EventItem(EventType.identify, shard, ReconnectWebSocket(0, resume=False)))
    assert not resumes(await queue.next())


async def test_after_many_tries_it_begins_a_new_session() -> None:
    queue = Queue()
    shard = make_shard(queue)
    kinds = []
    for _ in range(RESUMES + 2):
        await shard._handle_disconnect(TimeoutError())
        kinds.append(resumes(await queue.next()))
    assert kinds == [True] * RESUMES + [False] * 2


async def test_a_frame_that_cannot_be_read_costs_the_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    queue = Queue()
    shard = make_shard(queue)
    shard._next(EventItem(EventType.terminate, shard, KeyError("heartbeat_interval")))
    assert resumes(await queue.next())
    (record,) = caplog.records
    assert record.getMessage() == "shard 0: a frame can't be read (KeyError: 'heartbeat_interval')"


async def test_what_discord_refuses_for_good_ends_the_bot() -> None:
    queue = Queue()
    shard = make_shard(queue)
    await shard._handle_disconnect(discord.ConnectionClosed(Mock(close_code=4004), shard_id=0, code=4004))
    assert (await queue.next()).type == EventType.close
    await shard._handle_disconnect(discord.ConnectionClosed(Mock(close_code=4014), shard_id=0, code=4014))
    item = await queue.next()
    assert item.type == EventType.terminate
    assert isinstance(item.error, discord.PrivilegedIntentsRequired)


async def test_malformed_events_are_logged_and_survived(caplog: pytest.LogCaptureFixture) -> None:
    bot = ResumingBot("!", intents=discord.Intents.default())
    parsers = bot._connection.parsers
    with caplog.at_level(logging.ERROR):
        for name in parsers.keys() - {"READY"}:
            for data in ({}, [], None, {"id": "x", "guild_id": None, "channel_id": []}):
                parsers[name](data)
    assert caplog.records
    assert not any(record.exc_info for record in caplog.records)
    assert "an event MESSAGE_CREATE of Discord's can't be read (KeyError: 'channel_id')" in caplog.messages
    with pytest.raises(KeyError):
        parsers["READY"]({})


async def test_a_message_that_comes_twice_is_dispatched_once() -> None:
    bot = ResumingBot("!", intents=discord.Intents.default())
    received: list[int] = []

    async def on_message(message: Any) -> None:
        received.append(message.id)

    bot.add_listener(on_message)
    await bot._async_setup_hook()
    for number in (1, 2, 1):
        bot.dispatch("message", Mock(id=number, author=Mock(bot=True)))
    await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name().startswith("discord.py")))
    assert received == [1, 2]


def test_discord_py_still_has_the_private_names() -> None:
    """A new version without them must not be used until bot/gateway.py follows."""
    assert list(inspect.signature(Shard.__init__).parameters) == ["self", "ws", "client", "queue_put"]
    assert inspect.iscoroutinefunction(Shard._handle_disconnect)
    assert list(inspect.signature(Shard.reidentify).parameters) == ["self", "exc"]
    source = inspect.getsource(Shard)
    for name in ("self._queue_put(", "self._handle_disconnect(", "self._reconnect", "session=self.ws.session_id"):
        assert name in source, name
    assert [EventType.close, EventType.reconnect, EventType.resume, EventType.identify, EventType.terminate] == [
        0,
        1,
        2,
        3,
        4,
    ]
    launch = inspect.getsource(AutoShardedClient.launch_shard)
    assert "self.__shards[shard_id] = ret = Shard(ws, self, self.__queue.put_nowait)" in launch
    assert "item.shard.reidentify(item.error)" in inspect.getsource(AutoShardedClient.connect)
    assert {"initial", "gateway", "shard_id"} <= inspect.signature(DiscordWebSocket.from_client).parameters.keys()
    assert "ws._discord_parsers = client._connection.parsers" in inspect.getsource(DiscordWebSocket.from_client)
    assert "self.parsers" in inspect.getsource(ConnectionState.__init__)
