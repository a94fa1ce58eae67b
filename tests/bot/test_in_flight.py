import asyncio

from bot.in_flight import InFlight


async def test_a_shutdown_waits_for_the_outermost_block() -> None:
    in_flight, inner_is_over, go_on = InFlight(), asyncio.Event(), asyncio.Event()

    async def answer() -> None:
        with in_flight.work():
            with in_flight.work():
                assert len(in_flight) == 1
            inner_is_over.set()
            await go_on.wait()

    answering = asyncio.create_task(answer())
    await inner_is_over.wait()
    finishing = asyncio.create_task(in_flight.finish(10))
    await asyncio.sleep(0)
    assert not finishing.done()
    go_on.set()
    await finishing
    assert answering.done()
    assert len(in_flight) == 0
