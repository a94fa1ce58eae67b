"""Work in flight is waited for, then interrupted; whoever asks during a shutdown gets an answer."""

import asyncio

import pytest

from bot.in_flight import InFlight
from classifier.errors import ClosingError


async def wait_in_work(in_flight: InFlight, event: asyncio.Event, said: list[str], name: str = "") -> str:
    try:
        with in_flight.work(), in_flight.work():
            await event.wait()
    except ClosingError:
        await asyncio.sleep(0)  # telling takes some time
        said.append(name)
    return name


async def begin(*work: "asyncio.Task[str]") -> None:
    await asyncio.sleep(0)
    assert not any(task.done() for task in work)


async def test_work_is_waited_for_until_its_task_has_ended() -> None:
    in_flight, go_on, said = InFlight(), asyncio.Event(), list[str]()
    ended = asyncio.Event()

    async def answer() -> str:
        with in_flight.work():
            await go_on.wait()
        assert len(in_flight) == 0
        await ended.wait()  # after its work, something still goes on
        return "done"

    task = asyncio.create_task(answer())
    await begin(task)
    assert len(in_flight) == 1
    closing = asyncio.create_task(in_flight.close(60, 60))
    go_on.set()
    await asyncio.sleep(0)
    assert not closing.done()
    ended.set()
    assert await closing == 0
    assert await task == "done"
    assert said == []


async def test_work_that_takes_too_long_is_interrupted_and_can_say_so() -> None:
    in_flight, said = InFlight(), list[str]()
    tasks = [asyncio.create_task(wait_in_work(in_flight, asyncio.Event(), said, str(n))) for n in range(3)]
    await begin(*tasks)
    assert await in_flight.close(0, 60) == 0
    assert [task.result() for task in tasks] == ["0", "1", "2"] == said
    assert not any(task.cancelling() for task in tasks)


async def test_what_is_said_is_not_interrupted_but_not_waited_for_without_end() -> None:
    in_flight, said = InFlight(), list[str]()
    tell = asyncio.Event()

    async def answer() -> None:
        try:
            await wait_in_work(in_flight, asyncio.Event(), said)
        finally:
            await tell.wait()

    task = asyncio.create_task(answer())
    await asyncio.sleep(0)
    assert await in_flight.close(0, 0.01) == 1
    assert not task.done()
    tell.set()
    await task


async def test_what_is_being_sent_is_waited_for_but_not_interrupted() -> None:
    in_flight, go_on = InFlight(), asyncio.Event()

    async def answer() -> str:
        with in_flight.work(), in_flight.delivery():
            await go_on.wait()
            return "answered"

    task = asyncio.create_task(answer())
    await begin(task)
    assert await in_flight.close(0, 0.01) == 1
    go_on.set()
    assert await task == "answered"


async def test_no_new_work_begins_during_a_shutdown() -> None:
    in_flight, said = InFlight(), list[str]()
    assert not in_flight.closing
    await in_flight.close(0, 0)
    assert in_flight.closing
    await wait_in_work(in_flight, asyncio.Event(), said)
    assert said == [""]
    assert len(in_flight) == 0


async def test_work_that_began_before_may_go_on_in_parts() -> None:
    in_flight, go_on = InFlight(), asyncio.Event()

    async def answer() -> str:
        with in_flight.work():
            await go_on.wait()
            with in_flight.work():
                return "answered"

    task = asyncio.create_task(answer())
    await begin(task)
    closing = asyncio.create_task(in_flight.close(60, 60))
    await asyncio.sleep(0)
    go_on.set()
    assert await closing == 0
    assert task.result() == "answered"


async def test_whoever_else_cancels_work_cancels_it() -> None:
    in_flight, said = InFlight(), list[str]()
    task = asyncio.create_task(wait_in_work(in_flight, asyncio.Event(), said))
    await begin(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert said == []
    assert await in_flight.close(60, 60) == 0


async def test_the_task_that_closes_does_not_wait_for_itself() -> None:
    in_flight = InFlight()
    with in_flight.work():
        assert await in_flight.close(60, 60) == 0
