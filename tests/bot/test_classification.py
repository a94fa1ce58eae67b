"""Many pictures at once, of many servers."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from bot.classification import AT_ONCE, AT_ONCE_EACH, Classification
from bot.intake import Source
from bot.services import Services
from bot.store.values import Server
from classifier.values import Prediction
from tests.bot.samples import model, prediction

FLOODED, QUIET = 1, 2
ASKER, OTHER_ASKER = 3, 4
SOURCE = Source("dog.png", "http://127.0.0.1/dog.png")


class Played:
    """Services that answer each picture, but those of some servers only when the test says so."""

    def __init__(self, *held: int | None) -> None:
        self.held = held
        self.go_on, self.full = asyncio.Event(), asyncio.Event()
        self.in_work = 0
        self.engine = SimpleNamespace(classify=self.classify, info=lambda _: model())
        self.store = SimpleNamespace(
            answers=SimpleNamespace(record=self.record), servers=SimpleNamespace(get=self.settings_of)
        )
        self.intake = SimpleNamespace(fetch=self.fetch)

    async def fetch(self, source: Source) -> Any:
        return SimpleNamespace(content=b"", source=source)

    async def classify(self, server: int | None, picture: bytes) -> Prediction:
        self.in_work += 1
        if self.in_work == AT_ONCE:
            self.full.set()
        if server in self.held:
            await self.go_on.wait()
        self.in_work -= 1
        return prediction(0.9, 0.1)

    async def settings_of(self, server: int) -> Server:
        return Server(server)

    async def record(self, *_: object, **__: object) -> Any:
        return SimpleNamespace(id=1)


async def test_a_flood_of_one_server_holds_up_no_other() -> None:
    played = Played(FLOODED)
    looking = Classification(cast("Services", played))
    flood = [asyncio.create_task(looking.at(FLOODED, ASKER, SOURCE)) for _ in range(200)]
    async with asyncio.timeout(5):
        for other in (QUIET, None):
            for _ in range(AT_ONCE):
                await looking.at(other, ASKER, SOURCE)
    assert not any(task.done() for task in flood)
    played.go_on.set()
    await asyncio.gather(*flood)


async def test_a_flood_of_one_persons_direct_messages_holds_up_no_other_person() -> None:
    played = Played(None)
    looking = Classification(cast("Services", played))
    flood = [asyncio.create_task(looking.at(None, ASKER, SOURCE)) for _ in range(200)]
    others = [asyncio.create_task(looking.at(None, OTHER_ASKER, SOURCE)) for _ in range(AT_ONCE - AT_ONCE_EACH)]
    async with asyncio.timeout(5):
        await played.full.wait()
    played.go_on.set()
    await asyncio.gather(*flood, *others)


async def test_no_more_are_in_work_than_the_machine_bears() -> None:
    played = Played(*range(10))
    looking = Classification(cast("Services", played))
    posted = [asyncio.create_task(looking.at(server, ASKER, SOURCE)) for server in range(10) for _ in range(20)]
    await played.full.wait()
    for _ in range(100):  # time for others to slip in
        await asyncio.sleep(0)
    assert played.in_work == AT_ONCE
    played.go_on.set()
    await asyncio.gather(*posted)
