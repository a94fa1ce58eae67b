import asyncio
from unittest.mock import Mock

import discord
import pytest

from bot.live import LiveMessage


class Recorder:
    """Records the edits of a message; each sleep ends when the test calls `tick`."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.id = 1
        self.failure = failure
        self.edits: asyncio.Queue[str] = asyncio.Queue()
        self.slept: list[float] = []
        self._over: asyncio.Queue[None] = asyncio.Queue()

    async def edit(self, *, content: str, view: object = "its buttons") -> None:
        self.edits.put_nowait(content if view else f"{content}, without buttons")
        if self.failure is not None:
            raise self.failure

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._over.get()

    def tick(self) -> None:
        self._over.put_nowait(None)


def live(message: Recorder) -> LiveMessage:
    return LiveMessage(message, every=2.0, sleep=message.sleep)  # type: ignore[arg-type]  # not a message of discord.py's


async def test_each_edit_shows_the_latest_state() -> None:
    message = Recorder()
    async with live(message) as shown:
        for number in range(5):
            shown.show(f"early {number}")
        message.tick()
        assert await message.edits.get() == "early 4"
        shown.show("later")
        message.tick()
        assert await message.edits.get() == "later"
        shown.show("late")
        shown.show("last")
    assert message.edits.get_nowait() == "last"  # without waiting
    assert message.edits.empty()
    assert message.slept == [2.0, 2.0]


def refused(kind: type[discord.HTTPException], status: int) -> discord.HTTPException:
    return kind(Mock(status=status, reason="no"), "no")


@pytest.mark.parametrize("failure", [refused(discord.DiscordServerError, 503), OSError(), TimeoutError()])
async def test_failing_edits_are_ignored(failure: Exception) -> None:
    message = Recorder(failure)
    async with live(message) as shown:
        shown.show("first")
        message.tick()
        assert await message.edits.get() == "first"
        shown.show("second")
    assert message.edits.get_nowait() == "second"


async def test_a_deleted_message_is_not_edited_again() -> None:
    message = Recorder(refused(discord.NotFound, 404))
    async with live(message) as shown:
        shown.show("first")
        message.tick()
        await message.edits.get()
        shown.show("second")
    assert message.edits.empty()


async def test_the_last_edit_removes_the_buttons() -> None:
    message = Recorder()
    async with live(message) as shown:
        shown.show("over")
        shown.end("over")
    assert message.edits.get_nowait() == "over, without buttons"
    assert message.edits.empty()


async def test_without_a_message_nothing_happens() -> None:
    async with LiveMessage(None) as shown:
        shown.show("first")
        shown.end("last")


async def test_without_news_nothing_is_edited() -> None:
    message = Recorder()
    async with live(message):
        pass
    assert message.edits.empty()
    assert message.slept == []
