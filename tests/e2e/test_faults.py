"""Faults of Discord's REST API: no answer is lost that could be given, and nobody is alarmed where none could."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import stamina
from aiohttp import web

from bot.app import Thumbprint
from bot.rest import ATTEMPTS
from bot.sandbox.discord import Channel, LocalDiscord, Message, Permission
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.rest import Rest, Route
from classifier.values import Prediction
from tests.bot.samples import png, retrain_report
from tests.e2e.chat import buttons
from tests.e2e.conftest import VIDEO, ScriptedEngine, handled
from tests.e2e.test_retrain import NOT_SWAPPED, SWAPPED, WORSE, with_text

PICTURE = ("dog.png", png())
MENU = "Which channel is this?"
ENTRIES = ("post", "command", "slash", "menu")


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    stamina.set_testing(True, attempts=ATTEMPTS)
    yield
    stamina.set_testing(False)


AddFault = Callable[..., None]


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> AddFault:
    """Adds a fault to the next requests whose method and path match: a broken connection, or one of Discord's errors.

    `served` says whether the request has its effect before that.
    """
    waiting: list[tuple[re.Pattern[str], int, bool]] = []
    usual = Rest._serve

    async def serve(self: Rest, request: web.Request, route: Route) -> web.Response:
        for entry in waiting:
            pattern, code, served = entry
            if pattern.search(f"{request.method} {request.path}"):
                waiting.remove(entry)
                if served:
                    await usual(self, request, route)
                if code:
                    error = ApiError(code)
                    body = json.dumps(error.payload()).encode()
                    return web.Response(status=error.status, body=body, content_type="application/json")
                assert request.transport is not None
                request.transport.close()
                return web.Response()
        return await usual(self, request, route)

    def add(pattern: str, code: int = 0, *, times: int = 1, served: bool = False) -> None:
        waiting.extend([(re.compile(pattern), code, served)] * times)

    monkeypatch.setattr(Rest, "_serve", serve)
    return add


async def ask(local: LocalDiscord, entry: str, *, where: Channel | None = None) -> Any:
    """Ask about a picture in one of the ways."""
    place, member = where or local.general, local.member
    if entry == "post":
        return await local.post(member, place, "", [PICTURE])
    if entry == "command":
        return await local.post(member, place, f"!classify https://youtu.be/{VIDEO}")
    if entry == "slash":
        return await local.slash(member, place, "classify", {"link": f"https://youtu.be/{VIDEO}"})
    posted = await local.post(local.admin, place, f"https://youtu.be/{VIDEO}")
    return await local.context_menu(member, posted, MENU)


async def assert_answered(local: LocalDiscord, asked: Any) -> None:
    answer = await local.answer_to(asked)
    assert answer.embeds, answer.content
    assert answer.embeds[0]["title"] == "Nerdologia"


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log has for the bot's owner, beside discord.py's hints at what is not installed."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelname in ("ERROR", "CRITICAL") or (record.levelname == "WARNING" and record.exc_info)
    ]


@asynccontextmanager
async def logged(words: str) -> AsyncIterator[None]:
    """Waits at the end of the block until the bot logs these words."""
    found = asyncio.Event()

    class Waiting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                found.set()

    handler = Waiting()
    logging.getLogger("bot").addHandler(handler)
    try:
        yield
        async with asyncio.timeout(10):
            await found.wait()
    finally:
        logging.getLogger("bot").removeHandler(handler)


# Typing


@pytest.mark.parametrize("status", [403, 404, 503])
@pytest.mark.parametrize("content", ["", f"!classify https://youtu.be/{VIDEO}", "!model", "!stats"])
async def test_an_answer_needs_no_typing(
    status: int, content: str, local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    local_discord.fail_next(status, "/typing", times=9)
    asked = await local_discord.post(local_discord.member, local_discord.general, content, [] if content else [PICTURE])
    assert (await local_discord.answer_to(asked)).embeds
    assert not alarms(caplog)


async def test_an_answer_does_not_wait_for_typing(
    local_discord: LocalDiscord, bot: Thumbprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def stuck(channel: int) -> None:
        del channel
        await never.wait()

    monkeypatch.setattr(bot.http, "send_typing", stuck)
    await assert_answered(local_discord, await ask(local_discord, "post"))


# Connections that break


@pytest.mark.parametrize(
    ("entry", "request_"),
    [
        ("post", "POST .*/typing"),
        ("post", "POST .*/messages"),
        ("command", "POST .*/messages"),
        ("slash", "POST .*/callback"),
        ("slash", "POST /api/v10/webhooks/"),
        ("menu", "POST .*/callback"),
        ("menu", "POST /api/v10/webhooks/"),
    ],
)
async def test_an_answer_survives_a_broken_connection(
    entry: str, request_: str, local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault
) -> None:
    await assert_answered(local_discord, await ask(local_discord, "post"))  # so that there is a connection to keep
    fault(request_)
    await assert_answered(local_discord, await ask(local_discord, entry))


async def test_an_answer_that_arrived_all_the_same_is_not_given_twice(
    local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault
) -> None:
    fault("POST .*/messages$", served=True)
    asked = await ask(local_discord, "post")
    await assert_answered(local_discord, asked)
    await handled("message")
    answers = [it for it in local_discord.world.messages[asked.channel_id].values() if it.reference_id == asked.id]
    assert len(answers) == 1


async def test_an_acknowledgement_that_arrived_all_the_same_is_fine(
    local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault
) -> None:
    fault("POST .*/callback", served=True)
    await assert_answered(local_discord, await ask(local_discord, "slash"))
    posted = await local_discord.answer_to(await ask(local_discord, "post"))
    fault("POST .*/callback", served=True)
    pressed = await local_discord.press(local_discord.member, posted, buttons(posted)["Right"])
    assert "noted as right" in (await local_discord.answer_to(pressed)).content


@pytest.mark.parametrize("entry", ["post", "command", "slash"])
async def test_if_discord_stays_out_of_order_the_log_says_so(
    entry: str, local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault, caplog: pytest.LogCaptureFixture
) -> None:
    fault("POST .*/messages|POST .*/webhooks/", times=ATTEMPTS)
    asked = await ask(local_discord, entry)
    answer = await local_discord.answer_to(asked)
    assert answer.content == "Discord is having problems. Try again in a minute."
    assert not alarms(caplog)


# Places that are gone


GONE = {
    "message": lambda local, asked: local.delete(local.member, asked),
    "channel": lambda local, _: local.world.channels.pop(local.general.id),
    "server": lambda local, _: local.world.leave(local.guild, local.bot),
}


@pytest.mark.parametrize("failing", [False, True], ids=["answer", "error"])
@pytest.mark.parametrize("what", GONE)
@pytest.mark.parametrize("entry", ["post", "command"])
async def test_nobody_is_alarmed_if_the_place_goes_while_the_bot_looks(
    entry: str,
    what: str,
    failing: bool,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: ScriptedEngine,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual, looking, go_on = engine.classify, asyncio.Event(), asyncio.Event()

    async def slow(owner: int | None, picture: bytes, *, find_video: bool = True) -> Prediction:
        looking.set()
        await go_on.wait()
        return await usual(owner, b"no picture" if failing else picture, find_video=find_video)

    monkeypatch.setattr(engine, "classify", slow)
    asked = await ask(local_discord, entry)
    await looking.wait()
    GONE[what](local_discord, asked)
    go_on.set()
    await handled("message")
    assert not alarms(caplog)
    assert not any("Traceback" in line for line in caplog.text.splitlines())


@pytest.mark.parametrize("code", [10003, 10008, 10062, 50007, 50027])
@pytest.mark.parametrize("entry", ENTRIES)
async def test_discords_codes_for_what_is_gone_alarm_nobody(
    code: int,
    entry: str,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    fault: AddFault,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot")
    fault("POST .*/messages|POST .*/webhooks/|PATCH ", code, times=9)
    async with logged("no answer in"):
        await ask(local_discord, entry)
    assert not alarms(caplog)


async def test_an_interaction_that_lapsed_is_answered_in_the_channel(
    local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault
) -> None:
    fault("POST .*/callback", 10062, times=2)
    async with local_discord.watch() as events:
        await ask(local_discord, "slash")
        answer = await events.next(lambda e: e.name == "MESSAGE_CREATE" and e.user == local_discord.bot)
    assert answer.message is not None
    assert answer.message.embeds[0]["title"] == "Nerdologia"


async def test_an_interaction_that_was_acknowledged_already_is_followed_up(
    local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault
) -> None:
    fault("POST .*/callback", 40060, times=2, served=True)
    async with local_discord.watch() as events:
        await ask(local_discord, "slash")
        answer = await events.next(lambda e: e.message is not None and bool(e.message.embeds))
    assert answer.message is not None
    assert answer.message.embeds[0]["title"] == "Nerdologia"


# Where the bot can write, but not read what was before


@pytest.fixture
def no_history(local_discord: LocalDiscord) -> Channel:
    return local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.READ_MESSAGE_HISTORY)


async def test_pictures_are_answered_without_a_reference(
    local_discord: LocalDiscord, bot: Thumbprint, no_history: Channel
) -> None:
    async with local_discord.watch() as events:
        await ask(local_discord, "post", where=no_history)
        answer = await events.next(lambda e: e.name == "MESSAGE_CREATE" and e.user == local_discord.bot)
    assert answer.message is not None
    assert answer.message.embeds[0]["title"] == "Nerdologia"
    assert answer.message.reference_id is None


async def trained(local: LocalDiscord, engine: ScriptedEngine, command: str, where: Channel) -> Message:
    """Start a training, wait for its first message, and let it begin."""
    async with local.watch() as events:
        if command == "!retrain":
            await local.post(local.admin, where, command)
        else:
            await local.slash(local.admin, where, "retrain", {})
        first = await events.next(with_text("**Training.**"))
        await engine.started.wait()
    assert first.message is not None
    return first.message


@pytest.mark.parametrize("command", ["!retrain", "/retrain"])
async def test_a_training_ends_in_its_report_and_button(
    command: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, no_history: Channel
) -> None:
    async with local_discord.watch() as events:
        await trained(local_discord, engine, command, no_history)
        engine.finish(retrain_report(**WORSE))
        report = (await events.next(with_text(NOT_SWAPPED))).message
    assert report is not None
    assert list(buttons(report)) == ["Use It Anyway"]


# Reports


@pytest.mark.parametrize("status", [0, 503])
async def test_a_report_is_sent_again_until_discord_takes_it(
    status: int, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, fault: AddFault
) -> None:
    # Testing allows as many tries of the report as of each request.
    failures = ATTEMPTS * ATTEMPTS - 1
    async with local_discord.watch() as events:
        await trained(local_discord, engine, "!retrain", local_discord.general)
        if status:
            local_discord.fail_next(status, "/messages$", method="POST", times=failures)
        else:
            fault("POST .*/messages$", times=failures)
        engine.finish(retrain_report(**WORSE))
        report = (await events.next(with_text(NOT_SWAPPED))).message
    assert report is not None
    assert list(buttons(report)) == ["Use It Anyway"]


async def test_a_report_says_that_it_cannot_be_shown(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    async with local_discord.watch() as events:
        await trained(local_discord, engine, "!retrain", local_discord.general)
        local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.EMBED_LINKS)
        engine.finish(retrain_report(**WORSE))
        report = (await events.next(with_text("I can't show the report here"))).message
    assert report is not None
    assert list(buttons(report)) == ["Use It Anyway"]


async def test_a_training_whose_channel_goes_ends_in_silence(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    await trained(local_discord, engine, "!retrain", local_discord.general)
    del local_discord.world.channels[local_discord.general.id]
    engine.finish()
    await handled("message")
    assert "the result could not be reported: the channel is gone" in caplog.text
    assert not alarms(caplog)
    assert (await bot.services.store.runs.latest(local_discord.guild.id))[0].version == "v2"
    assert SWAPPED not in caplog.text


async def test_a_button_of_a_deleted_message_alarms_nobody(
    local_discord: LocalDiscord, bot: Thumbprint, fault: AddFault, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await local_discord.answer_to(await ask(local_discord, "post"))
    for code in (10062, 10008):
        caplog.clear()
        caplog.set_level("INFO", "bot")
        fault("POST .*/callback", code, times=2)
        async with logged("no answer in interaction"):
            await local_discord.press(local_discord.member, answer, buttons(answer)["Right"])
        assert not alarms(caplog)
