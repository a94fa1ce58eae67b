"""One round from its start to its end: what goes wrong in between leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

import discord
import pytest
import stamina

from bot.game import OPTIONS, ROUND, Game, puzzle_of
from bot.in_flight import InFlight
from bot.replies.message import Reply
from bot.services import Services
from bot.store.errors import GameError, StoreError
from bot.store.store import Store
from classifier.errors import ClosingError
from classifier.values import Channel, HeldOutThumbnail
from tests.bot.samples import NERDOLOGIA, PEIXE, png, prediction

SERVER, CHANNEL, MESSAGE = 1, 2, 3
DRAWN = HeldOutThumbnail("v" * 11, NERDOLOGIA, png(), prediction(0.9, 0.1))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(tmp_path / "thumbprint.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


class Stage:
    """A game whose rounds end when `over` is set; `message` shows the one round."""

    def __init__(self, store: Store) -> None:
        self.over = asyncio.Event()
        self.message = AsyncMock()
        self.in_flight = InFlight()
        engine = Mock(held_out=AsyncMock(return_value=DRAWN), channels=lambda _: (NERDOLOGIA, PEIXE))
        engine.facts.video = AsyncMock(return_value=None)
        services = SimpleNamespace(engine=engine, store=store, in_flight=self.in_flight)
        self.game = Game(cast("Services", services), lambda *_: self.message, sleep=lambda _: self.over.wait())

    async def show(self, reply: Reply, view: discord.ui.View) -> Any:
        del reply, view
        return SimpleNamespace(id=MESSAGE)

    async def play(self) -> None:
        await self.game.play(SERVER, CHANNEL, self.show)

    async def end(self) -> None:
        self.over.set()
        await asyncio.gather(*self.game._ends)


@pytest.fixture
async def stage(store: Store) -> Stage:
    return Stage(store)


@pytest.mark.parametrize("known", [2, 3, 4, 9])
@pytest.mark.parametrize("named", [0, 1])
def test_a_puzzle_has_the_right_channel_the_bots_and_others_once_each(known: int, named: int) -> None:
    channels = [Channel(f"c{n}", f"C{n}") for n in range(known)]
    guess = prediction(1.0).guesses[0]
    said = Mock(channel=channels[named], confidence=guess.probability)
    for _ in range(20):
        puzzle = puzzle_of(HeldOutThumbnail("v", channels[0], png(), said), channels)
        assert len(set(puzzle.options)) == len(puzzle.options) == min(known, OPTIONS)
        assert puzzle.options[puzzle.answer] == "c0"
        assert puzzle.options[puzzle.bot_choice] == f"c{named}"


async def test_a_round_that_can_not_be_shown_never_was(stage: Stage, store: Store) -> None:
    async def fail(reply: Reply, view: discord.ui.View) -> Any:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await stage.game.play(SERVER, CHANNEL, fail)
    assert await store.game.running() == ()
    assert await store.game.shown(SERVER) == ()
    stage.game.check(CHANNEL)


async def test_two_rounds_that_begin_at_the_same_time_are_one(stage: Stage, store: Store) -> None:
    outcomes = await asyncio.gather(stage.play(), stage.play(), return_exceptions=True)
    assert [type(it) for it in outcomes] == [type(None), GameError]
    assert len(await store.game.running()) == 1
    await stage.end()


async def test_a_round_ends_although_the_database_fails_for_a_moment(
    stage: Stage, store: Store, no_waiting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, failures = store.game.close, [StoreError("busy"), StoreError("busy")]

    async def closing(round_: int, server: int) -> Any:
        if failures:
            raise failures.pop()
        return await close(round_, server)

    monkeypatch.setattr(store.game, "close", closing)
    await stage.play()
    await stage.end()
    assert stage.message.edit.await_args.kwargs["view"] is None
    assert await store.game.running() == ()


async def test_a_round_that_the_database_can_not_end_is_left_to_the_next_start(
    stage: Stage, store: Store, no_waiting: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(store.game, "close", AsyncMock(side_effect=StoreError("The database is locked.")))
        await stage.play()
        await stage.end()
    assert "ends at the next start: The database is locked." in caplog.text
    stage.message.edit.assert_not_awaited()
    again = Stage(store)
    await again.game.resume(await store.game.running())
    with pytest.raises(GameError):
        again.game.check(CHANNEL)
    await again.end()
    again.message.edit.assert_awaited_once()
    assert await store.game.running() == ()


@pytest.mark.parametrize("how", ["stopped while it waits", "over during the shutdown"])
async def test_a_shutdown_leaves_the_round_to_the_next_start(how: str, stage: Stage, store: Store) -> None:
    await stage.play()
    if how == "stopped while it waits":
        stage.game.stop()
        await asyncio.gather(*stage.game._ends, return_exceptions=True)
    else:
        stage.in_flight.closing = True
        await stage.end()
    stage.message.edit.assert_not_awaited()
    assert len(await store.game.running()) == 1


async def test_no_round_begins_during_a_shutdown(stage: Stage, store: Store) -> None:
    stage.in_flight.closing = True
    with pytest.raises(ClosingError):
        await stage.play()
    assert await store.game.running() == ()


async def test_a_round_that_nobody_could_see_is_dropped_at_the_next_start(stage: Stage, store: Store) -> None:
    begun = await store.game.start(SERVER, CHANNEL, puzzle_of(DRAWN, (NERDOLOGIA, PEIXE)), lasts=ROUND, daily=False)
    assert begun.message is None
    await stage.game.resume(await store.game.running())
    assert await store.game.running() == ()
    assert await store.game.shown(SERVER) == ()
    stage.game.check(CHANNEL)
