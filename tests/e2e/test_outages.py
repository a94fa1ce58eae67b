"""Outages of Discord's gateway: the bot comes back by itself, and answers what was posted meanwhile, once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bot import gateway, missed
from bot.app import Thumbprint
from bot.heartbeat import beat
from bot.sandbox.discord import Channel, LocalDiscord, Message
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from tests.bot.samples import png
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, handled, running

HANG_UP = 0
PICTURE = ("dog.png", png())


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    async def no_wait(*_: object, **__: object) -> None:
        """Replaces discord.py's wait of 5 s before it begins a new session."""

    monkeypatch.setattr(gateway, "LONGEST_PAUSE", 0.0)
    monkeypatch.setattr(Thumbprint, "before_identify_hook", no_wait)


@pytest.fixture
async def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    return bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)


async def post(local: LocalDiscord, content: str = "", *, channel: Channel | None = None, width: int = 32) -> Message:
    """A person posts a picture, or a text."""
    files = [] if content else [("dog.png", png(width))]
    return await local.post(local.member, channel or local.general, content, files)


def replies(local: LocalDiscord, asked: Message) -> list[Message]:
    """The bot's answers to a message."""
    return [it for it in local.world.messages[asked.channel_id].values() if it.reference_id == asked.id]


@pytest.mark.parametrize(
    "refusals",
    [[502] * 3, [HANG_UP] * 3, [502, HANG_UP, 503, HANG_UP, 500]],
    ids=["handshakes fail", "connections close before the first frame", "both"],
)
async def test_the_session_is_resumed_after_an_outage(
    refusals: Sequence[int], local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    async with local_discord.watch() as events:
        for status in refusals:
            local_discord.gateway.refuse_next(status)
        local_discord.gateway.drop()
        await events.next(lambda event: event.name == "GATEWAY_REFUSED")
        asked = [await post(local_discord), await post(local_discord, "!help")]
        back = await events.next(lambda event: event.name in ("GATEWAY_RESUMED", "GATEWAY_READY"))
        for message in asked:
            await local_discord.answer_to(message)
    assert back.name == "GATEWAY_RESUMED"


async def test_the_first_connection_is_tried_until_it_works(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    for status in (502, HANG_UP, 503):
        local_discord.gateway.refuse_next(status)
    async with running(Thumbprint(chosen, engine), local_discord):
        await local_discord.answer_to(await post(local_discord))


async def test_a_pause_precedes_every_connection(
    local_discord: LocalDiscord, bot: Thumbprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    usual = gateway.Pauses.next

    def recorded(self: gateway.Pauses) -> float:
        tries.append(self.tries)
        return usual(self)

    monkeypatch.setattr(gateway.Pauses, "next", recorded)
    async with local_discord.watch() as events:
        local_discord.gateway.refuse_next(HANG_UP, times=5)
        local_discord.gateway.drop()
        await events.next(lambda event: event.name == "GATEWAY_RESUMED")
    assert tries == [0, 1, 2, 3, 4, 5]


async def test_what_cannot_be_read_is_survived(
    local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    (connection,) = local_discord.gateway._connections
    session = connection.session
    assert session is not None
    async with local_discord.watch() as events:
        session.dispatch("MESSAGE_CREATE", {"id": "no number"})
        session.dispatch("GUILD_CREATE", [])
        await local_discord.answer_to(await post(local_discord))
        connection.send_frame("no frame")  # type: ignore[arg-type]
        await events.next(lambda event: event.name == "GATEWAY_RESUMED")
        await local_discord.answer_to(await post(local_discord))
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 3
    assert not any(record.exc_info for record in errors)


async def test_a_repeated_message_is_answered_once(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await post(local_discord)
    await local_discord.answer_to(asked)
    async with local_discord.watch() as events:
        (session,) = local_discord.gateway._sessions.values()
        posted = next(frame["s"] for frame in session.sent if frame["d"].get("id") == str(asked.id))
        bot.get_shard(0)._parent.ws.sequence = posted - 1  # type: ignore[union-attr]
        local_discord.gateway.drop()
        await events.next(lambda event: event.name == "GATEWAY_RESUMED")
        await local_discord.answer_to(await post(local_discord, "!help"))
    assert len(replies(local_discord, asked)) == 1
    assert len(engine.pictures) == 1


LoseSession = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


@pytest.fixture
async def lose_session(local_discord: LocalDiscord, bot: Thumbprint) -> LoseSession:
    """Ends the session for good, does something that the bot's gateway can't see, and waits for the new one."""

    async def lose(meanwhile: Callable[[], Awaitable[None]]) -> None:
        await bot.wait_until_ready()
        available = bot.wait_for("guild_available", check=lambda it: it.id == local_discord.guild.id, timeout=10)
        async with local_discord.watch() as events:
            local_discord.gateway.refuse_next(times=100_000)
            local_discord.gateway.invalidate()
            await events.next(lambda event: event.name == "GATEWAY_REFUSED")
            await meanwhile()
            local_discord.gateway.end_outage()
            await available
        async with asyncio.timeout(10):
            await handled("guild_available")
            await handled("message")

    return lose


async def test_a_picture_posted_while_there_was_no_session_is_answered_once(
    local_discord: LocalDiscord, lose_session: LoseSession, engine: ScriptedEngine
) -> None:
    before = await post(local_discord)
    await local_discord.answer_to(before)
    asked: list[Message] = []

    async def meanwhile() -> None:
        asked.append(await post(local_discord, width=40))
        asked.append(await post(local_discord, f"!classify https://youtu.be/{VIDEO}", channel=local_discord.random))

    await lose_session(meanwhile)
    for message in asked:
        assert (await local_discord.answer_to(message)).embeds[0]["title"] == "Nerdologia"
    await lose_session(meanwhile)
    assert [len(replies(local_discord, message)) for message in (before, *asked)] == [1] * 5
    assert engine.pictures.count(png(40)) == 2


async def test_only_pictures_are_answered_late(
    local_discord: LocalDiscord, lose_session: LoseSession, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)
    asked: list[Message] = []

    async def meanwhile() -> None:
        asked.append(await post(local_discord))  # in a channel that is not watched
        retrain = await local_discord.post(local_discord.admin, local_discord.random, "!retrain")
        asked.extend([retrain, await post(local_discord, "!help", channel=local_discord.random)])

    await lose_session(meanwhile)
    assert [replies(local_discord, message) for message in asked] == [[], [], []]
    assert not engine.started.is_set()


@pytest.mark.parametrize(
    ("limit", "value", "answered"), [("MESSAGES", 2, 2), ("CHANNELS", 0, 0), ("OLDEST", timedelta(), 0)]
)
async def test_what_is_answered_late_is_bounded(
    limit: str,
    value: object,
    answered: int,
    local_discord: LocalDiscord,
    lose_session: LoseSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(missed, limit, value)
    asked: list[Message] = []

    async def meanwhile() -> None:
        asked.extend([await post(local_discord) for _ in range(3)])

    await lose_session(meanwhile)
    assert [len(replies(local_discord, message)) for message in asked] == [0] * (3 - answered) + [1] * answered


async def test_a_picture_posted_during_a_restart_is_answered_once(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    async with running(Thumbprint(chosen, engine), local_discord):
        before = await post(local_discord)
        await local_discord.answer_to(before)
    beat(chosen.data_dir)
    asked = await post(local_discord)
    later = ScriptedEngine()
    async with running(Thumbprint(chosen, later), local_discord):
        await local_discord.answer_to(asked)
        await local_discord.answer_to(await post(local_discord, "!help"))
        await handled("message")
    assert len(replies(local_discord, before)) == len(replies(local_discord, asked)) == 1
    assert len(later.pictures) == 1


@pytest.mark.parametrize("content", [png(), b"no picture"], ids=["an answer", "an error"])
async def test_two_processes_that_answer_the_same_picture_send_one_reply(
    content: bytes, local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine, tmp_path: Path
) -> None:
    other = chosen.model_copy(update={"data_dir": tmp_path / "other"})
    later = ScriptedEngine()
    async with running(Thumbprint(chosen, engine), local_discord), running(Thumbprint(other, later), local_discord):
        asked = await local_discord.post(local_discord.member, local_discord.general, "", [("dog.png", content)])
        await local_discord.answer_to(asked)
        async with asyncio.timeout(10):
            await handled("message")
    assert engine.pictures == later.pictures == [content]
    assert len(replies(local_discord, asked)) == 1


async def test_at_the_first_start_nothing_was_missed(local_discord: LocalDiscord, chosen: Settings) -> None:
    await post(local_discord)
    engine = ScriptedEngine()
    async with running(Thumbprint(chosen, engine), local_discord):
        await local_discord.answer_to(await post(local_discord, "!help"))
        await handled("guild_available")
        await handled("message")
    assert engine.pictures == []
