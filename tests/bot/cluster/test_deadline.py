import asyncio
import time
from collections.abc import Callable

from bot.cluster.deadline import Deadline


def into(event: asyncio.Event) -> Callable[[], None]:
    """Sets an event from another thread."""
    loop = asyncio.get_running_loop()

    def expire() -> None:
        loop.call_soon_threadsafe(event.set)

    return expire


async def test_it_expires_in_a_thread_of_its_own() -> None:
    expired = asyncio.Event()
    deadline = Deadline(into(expired))
    assert deadline.passed, "before there is one, nothing is allowed"
    deadline.move(time.monotonic())
    await asyncio.wait_for(expired.wait(), 30)
    assert deadline.passed


async def test_it_can_be_moved_and_cleared() -> None:
    expired, other = asyncio.Event(), asyncio.Event()
    deadline = Deadline(into(expired))
    deadline.move(time.monotonic() + 3600)
    first = deadline._timer
    deadline.move(time.monotonic() + 7200)
    assert first is not None
    await asyncio.to_thread(first.join)
    assert not deadline.passed
    deadline.clear()
    later = Deadline(into(other))
    later.move(time.monotonic())
    await asyncio.wait_for(other.wait(), 30)
    assert not expired.is_set()
