"""Channels that a training left out: the report names them, and a button removes those that are gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from bot.store.store import Store
from bot.store.values import RunState
from classifier.errors import TooFewThumbnailsError
from classifier.left_out import check_enough
from classifier.values import Channel, LeftOut
from tests.bot.samples import comparison, retrain_report
from tests.e2e.chat import ADMINS_ONLY, buttons, text_of
from tests.e2e.conftest import ScriptedEngine, bot_settings, running

SHUT = Channel("shut", "Shut *Down*", "UC" + "s" * 22, "@shut")
OPEN = Channel("open", "Open", "UC" + "o" * 22, "@open")
WEAK = LeftOut(Channel("weak", "Weak", "UC" + "w" * 22, "@weak"), "It has 3 readable thumbnails.")
GONE = "YouTube has no such channel."
SHUT_BY_ID = LeftOut(Channel(SHUT.id or "", SHUT.id or "", SHUT.id), GONE, gone=True)
"""What a crawl knows of a channel that was closed before it was ever crawled."""


pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    """Settings with a key of the local YouTube, which has only Nerdologia."""
    usual = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    return usual.model_copy(update={"youtube": local_youtube.settings})


async def trained(discord: LocalDiscord, engine: ScriptedEngine, *left_out: LeftOut, worse: bool = False) -> Message:
    """The report of a training that left some channels out."""
    values = {"swapped": False, "comparison": comparison(0.99, worse=True)} if worse else {}
    async with discord.watch() as events:
        await discord.post(discord.admin, discord.general, "!retrain")
        await engine.started.wait()
        engine.finish(retrain_report(left_out=left_out, **values))
        message = (
            await events.next(lambda event: event.message is not None and len(event.message.embeds) == 2)
        ).message
    assert message is not None
    return message


async def press(discord: LocalDiscord, report: Message, label: str) -> Message:
    """Press a button as an admin, and wait for the message that says what was done."""
    async with discord.watch() as events:
        await discord.press(discord.admin, report, buttons(report)[label])
        message = (await events.next(lambda event: event.name == "MESSAGE_CREATE")).message
    assert message is not None
    return message


async def own_list(bot: Thumbprint, server: int, *channels: Channel) -> None:
    for channel in channels:
        await bot.services.store.channels.add(server, channel, 1)


async def handles(bot: Thumbprint, server: int) -> list[str | None]:
    return [it.channel.handle for it in await bot.services.store.channels.of(server)]


async def test_the_report_names_channels_by_title_and_handle(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await own_list(bot, local_discord.guild.id, OPEN, SHUT)
    report = await trained(local_discord, engine, SHUT_BY_ID, WEAK)
    text = text_of(report)
    assert "The new model is now live" in text
    assert "Left out: 2 channels" in text
    assert rf"- [**Shut \*Down\***](https://www.youtube.com/channel/{SHUT.id}) (@shut): {GONE}" in text
    assert "(@weak): It has 3 readable thumbnails." in text
    assert list(buttons(report)) == ["Remove @shut"], "a weak channel may grow"


async def test_a_button_removes_a_channel_that_is_gone(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await own_list(bot, local_discord.guild.id, OPEN, SHUT)
    report = await trained(local_discord, engine, SHUT_BY_ID)
    pressed = await local_discord.press(local_discord.member, report, buttons(report)["Remove @shut"])
    refused = await local_discord.answer_to(pressed)
    assert refused.content == ADMINS_ONLY
    assert await handles(bot, local_discord.guild.id) == ["@open", "@shut"]
    answer = await press(local_discord, report, "Remove @shut")
    assert r"Removed [**Shut \*Down\***]" in text_of(answer)
    assert await handles(bot, local_discord.guild.id) == ["@open"]
    assert buttons(local_discord.current(report)) == {}
    assert local_discord.current(report).embeds == report.embeds


async def test_the_button_does_nothing_to_a_channel_that_was_removed_before(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await own_list(bot, local_discord.guild.id, OPEN, SHUT)
    report = await trained(local_discord, engine, SHUT_BY_ID)
    await bot.services.store.channels.remove(local_discord.guild.id, SHUT.id or "")
    answer = await press(local_discord, report, "Remove @shut")
    assert answer.content.startswith("That channel isn't on this server's list.")
    assert answer.visible_to == local_discord.admin.id
    assert buttons(local_discord.current(report)) == {}


async def test_the_buttons_of_a_report_do_not_remove_each_other_even_after_a_restart(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        await own_list(bot, local_discord.guild.id, OPEN, SHUT, WEAK.channel)
        report = await trained(local_discord, engine, SHUT_BY_ID, replace(WEAK, gone=True), worse=True)
    assert list(buttons(report)) == ["Use It Anyway", "Remove @shut", "Remove @weak"]
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        for label, left in (
            ("Remove @shut", ["Use It Anyway", "Remove @weak"]),
            ("Use It Anyway", ["Remove @weak"]),
            ("Remove @weak", []),
        ):
            await press(local_discord, local_discord.current(report), label)
            assert list(buttons(local_discord.current(report))) == left
        assert await handles(bot, local_discord.guild.id) == ["@open"]


async def test_a_channel_of_the_default_list_can_be_removed_by_its_button(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    settings = chosen.model_copy(update={"channels": ("@nerdologia", "@renamed")})
    async with running(Thumbprint(settings, engine), local_discord) as bot:
        gone = LeftOut(Channel("renamed", "@renamed", None, "@renamed"), GONE, gone=True)
        report = await trained(local_discord, engine, gone)
        assert "**@renamed**: " in text_of(report)
        answer = await press(local_discord, report, "Remove @renamed")
        assert "Removed **@renamed**" in text_of(answer)
        assert "This server now has its own list" in text_of(answer)
        assert await handles(bot, local_discord.guild.id) == ["@nerdologia"]


async def test_the_default_model_has_no_button_because_its_list_is_a_setting(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    direct = local_discord.direct(local_discord.owner)
    async with local_discord.watch() as events:
        await local_discord.post(local_discord.owner, direct, "!retrain")
        await engine.started.wait()
        engine.finish(retrain_report(left_out=(SHUT_BY_ID,)))
        report = (await events.next(lambda event: event.message is not None and len(event.message.embeds) == 2)).message
    assert report is not None
    assert "`THUMBPRINT_CHANNELS`" in text_of(report)
    assert "[a channel without a known name](https://www.youtube.com/channel/UCsss" in text_of(report)
    assert buttons(report) == {}


async def test_a_training_without_enough_channels_names_who_is_missing(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await own_list(bot, local_discord.guild.id, OPEN, SHUT)
    with pytest.raises(TooFewThumbnailsError) as too_few:
        check_enough(1, (SHUT_BY_ID,))
    async with local_discord.watch() as events:
        await local_discord.post(local_discord.admin, local_discord.general, "!retrain")
        await engine.started.wait()
        engine.outcome.set_exception(too_few.value)
        report = (await events.next(lambda event: event.message is not None and len(event.message.embeds) == 1)).message
    assert report is not None
    assert report.content.startswith("Training needs at least 2 channels, and only 1 has enough thumbnails.")
    assert rf"[**Shut \*Down\***](https://www.youtube.com/channel/{SHUT.id}) (@shut): {GONE}" in text_of(report)
    assert list(buttons(report)) == ["Remove @shut"]


async def test_the_weekly_training_names_them_too(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    guild = local_discord.guild.id
    store = Store(chosen.database, clock=lambda: datetime.now(UTC) - timedelta(days=8))
    await store.open()
    await store.servers.set_weekly(guild, weekly=True)
    run = await store.runs.start(guild, channel=local_discord.random.id, by=None)
    await store.runs.finish(run.id, RunState.DONE)
    await store.channels.add(guild, SHUT, 1)
    await store.close()
    async with local_discord.watch() as events, running(Thumbprint(chosen, engine), local_discord):
        await engine.started.wait()
        engine.finish(retrain_report(left_out=(SHUT_BY_ID,)))
        report = (await events.next(lambda event: event.message is not None and len(event.message.embeds) == 2)).message
    assert report is not None
    assert report.channel_id == local_discord.random.id
    assert list(buttons(report)) == ["Remove @shut"]
