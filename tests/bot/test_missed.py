"""What tests/e2e/test_outages.py does not try: threads, and channels that can't be read."""

import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, create_autospec

import discord
import pytest
from discord.utils import time_snowflake, utcnow

from bot.group import WholeBot
from bot.heartbeat import beat
from bot.missed import OLDEST, Missed
from bot.services import Services
from bot.store.values import Server
from tests.bot.samples import settings
from tests.bot.test_faults import refused

ME = 7


def soon() -> datetime:
    """Later than whatever was seen; the tests may have been collected long ago."""
    return utcnow() + timedelta(minutes=5)


def posted(number: int, *, author: int = 8, reply_to: int | None = None, marked_by_me: bool | None = None) -> Any:
    """A message, `number` minutes after the tests began; with a reaction, perhaps the bot's own."""
    reference = None if reply_to is None else SimpleNamespace(message_id=reply_to)
    reactions = [] if marked_by_me is None else [SimpleNamespace(me=marked_by_me)]
    author_ = SimpleNamespace(id=author, bot=author == ME)
    return SimpleNamespace(id=number, author=author_, reference=reference, reactions=reactions)


def channel(number: int, messages: Sequence[Any], *, thread_of: int | None = None, **denied: bool) -> Any:
    """A channel of a server with these messages, or a thread in such a channel."""
    kind = discord.TextChannel if thread_of is None else discord.Thread
    place = create_autospec(kind, instance=True, id=number, last_message_id=time_snowflake(soon()) + len(messages))
    place.parent_id = thread_of
    place.permissions_for.return_value = discord.Permissions(
        **{"view_channel": True, "read_message_history": True, **denied}
    )
    place.guild = SimpleNamespace(me=SimpleNamespace(id=ME))

    async def history(**_: Any) -> AsyncIterator[Any]:
        for message in reversed(messages):
            if isinstance(message, Exception):
                raise message
            yield message

    place.history = history
    return place


def server(*channels: Any) -> Any:
    """A server with these channels and threads."""
    return SimpleNamespace(
        id=1,
        shard_id=0,
        me=SimpleNamespace(id=ME),
        text_channels=[it for it in channels if not isinstance(it, discord.Thread)],
        voice_channels=[],
        stage_channels=[],
        threads=[it for it in channels if isinstance(it, discord.Thread)],
    )


async def watched(server: int) -> frozenset[int]:
    del server
    return frozenset({1, 2})


async def defaults(server: int) -> Server:
    return Server(server)


STORE = Mock(watched=Mock(last_known=Mock(get=watched)), servers=Mock(last_known=Mock(get=defaults)))


@pytest.fixture
def missed(tmp_path: Path) -> Missed:
    """Of a bot that an earlier process was alive for until just now, and that watches channels 1 and 2."""
    chosen = settings(tmp_path)
    beat(chosen.data_dir)

    return Missed(Mock(spec=Services, settings=chosen, store=STORE, group=WholeBot(chosen)))


async def ids(missed: Missed, *channels: Any) -> list[int]:
    return [message.id async for message in missed.messages(server(*channels))]


async def test_threads_follow_their_channel(missed: Missed) -> None:
    inside, outside = channel(10, [posted(5)], thread_of=2), channel(11, [posted(6)], thread_of=3)
    assert await ids(missed, channel(1, [posted(4)]), channel(3, [posted(7)]), inside, outside) == [4, 5]


async def test_messages_come_in_order_without_those_of_bots_and_those_that_were_answered(missed: Missed) -> None:
    messages = [posted(4), posted(5), posted(6, author=ME, reply_to=4), posted(8)]
    assert await ids(missed, channel(1, messages)) == [5, 8]


async def test_a_channel_that_cannot_be_read_is_left_out(missed: Missed) -> None:
    hidden = channel(1, [posted(4)], read_message_history=False)
    assert await ids(missed, hidden, channel(2, [posted(5)])) == [5]
    errors = (refused(403, 50001), refused(404, 10003), ConnectionResetError())
    for number, error in enumerate(errors, start=6):
        assert await ids(missed, channel(1, [error]), channel(2, [posted(number)])) == [number]


def came(number: int, place: Any) -> Any:
    """An event: a message of this id was posted in a channel."""
    return SimpleNamespace(id=number, channel=place, guild=SimpleNamespace(id=1))


async def test_a_channel_whose_newest_message_was_seen_is_not_read(missed: Missed) -> None:
    before = channel(1, [])
    assert await ids(missed, before) == []
    missed.saw(came(before.last_message_id, before))
    missed.saw(came(1, before))
    place = channel(1, [posted(4)])
    place.last_message_id = before.last_message_id
    assert await ids(missed, place) == []


async def test_a_message_that_comes_first_hides_none_of_the_earlier_ones(missed: Missed) -> None:
    """It is not found a second time itself."""
    place = channel(1, [posted(4), posted(5), posted(6)])
    missed.saw(came(place.last_message_id, place))
    missed.saw(came(5, place))
    assert await ids(missed, place) == [4, 6]


async def test_neither_does_one_that_comes_first_in_a_new_session(missed: Missed) -> None:
    assert await ids(missed, channel(1, [posted(4)])) == [4]
    missed.begin(1)  # another shard's
    missed.begin(0)
    place = channel(1, [posted(4), posted(5), posted(6)])
    missed.saw(came(place.last_message_id, place))
    assert await ids(missed, place) == [5, 6]


async def test_messages_from_before_the_first_start_are_not_missed(missed: Missed, tmp_path: Path) -> None:
    place = channel(1, [posted(4)])
    place.last_message_id = time_snowflake(utcnow() - timedelta(minutes=5))
    assert await ids(missed, place) == []
    long_ago = (utcnow() - 2 * OLDEST).timestamp()
    os.utime(tmp_path / "heartbeat", (long_ago, long_ago))
    again = Missed(Mock(spec=Services, settings=settings(tmp_path), store=STORE, group=WholeBot(settings(tmp_path))))
    assert await ids(again, place) == [4]
    place.last_message_id = time_snowflake(utcnow() - OLDEST - timedelta(seconds=1))
    assert await ids(again, place) == []
