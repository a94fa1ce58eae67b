"""A server's pause between trainings and its budget of YouTube's quota, which a restart does not reset."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from bot.store.store import Store
from bot.store.values import RunState
from tests.bot.samples import retrain_report
from tests.e2e.chat import FORMS, Form, ask, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, running

USED = "This server has used its YouTube budget for today. Try again <t:"
TOO_SOON = "I have just trained for this server. You can train again <t:"

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    usual = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url, channels=("@nerdologia",))
    return usual.model_copy(update={"youtube": local_youtube.settings})


@asynccontextmanager
async def store_of(chosen: Settings, *, ago: timedelta = timedelta()) -> AsyncIterator[Store]:
    """The bot's store, as it was written some time ago."""
    store = Store(chosen.database, clock=lambda: datetime.now(UTC) - ago)
    await store.open()
    yield store
    await store.close()


async def trained(chosen: Settings, server: int, *, minutes: float) -> None:
    """Record a training that ended some minutes ago."""
    async with store_of(chosen, ago=timedelta(minutes=minutes)) as store:
        run = await store.runs.start(server, channel=1, by=3)
        await store.runs.finish(run.id, RunState.DONE)


@pytest.mark.parametrize("form", FORMS)
async def test_a_server_that_has_just_trained_is_asked_to_wait_but_not_the_owner_or_others(
    form: Form, local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    await trained(chosen, local_discord.guild.id, minutes=9)
    async with running(Thumbprint(chosen, engine), local_discord):
        refused = await ask(local_discord, form, local_discord.admin, "retrain")
        assert refused.content.startswith(TOO_SOON)
        assert not engine.started.is_set()
        allowed = await ask(local_discord, "text", local_discord.owner, "retrain")
        assert "**Training.**" in allowed.content
        await engine.started.wait()
        busy = await ask(local_discord, form, local_discord.admin, "retrain")
        assert busy.content.startswith("Training is already running.")
        engine.finish()


async def test_after_the_pause_a_server_can_train_again(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    await trained(chosen, local_discord.guild.id, minutes=11)
    await trained(chosen, local_discord.club.id, minutes=1)
    async with running(Thumbprint(chosen, engine), local_discord):
        allowed = await ask(local_discord, "slash", local_discord.admin, "retrain")
        assert "**Training.**" in allowed.content
        engine.finish()


@pytest.mark.parametrize("form", FORMS)
async def test_a_server_without_budget_can_neither_train_nor_add_but_still_remove(
    form: Form, local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    guild = local_discord.guild.id
    async with store_of(chosen) as store:
        await store.quota.spend(guild, chosen.quota_per_server)
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        for command, options in (("retrain", {}), ("channel add", {"channel": "@nerdologia"})):
            answer = await ask(local_discord, form, local_discord.admin, command, **options)
            assert answer.content.startswith(USED)
        removed = await ask(local_discord, form, local_discord.admin, "channel remove", channel="@nerdologia")
        assert "Removed" in text_of(removed)
        by_owner = await ask(local_discord, "text", local_discord.owner, "channel add", channel="@nerdologia")
        assert "is already on the list" in text_of(by_owner)
        assert not engine.started.is_set()
        elsewhere = await ask(local_discord, form, local_discord.member, "retrain", where=local_discord.posters)
        assert "**Training.**" in elsewhere.content
        engine.finish()
        assert await bot.services.store.quota.spent(guild) > chosen.quota_per_server


async def test_yesterdays_quota_does_not_count(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    async with store_of(chosen, ago=timedelta(hours=26)) as store:
        await store.quota.spend(local_discord.guild.id, chosen.quota_per_server)
    async with running(Thumbprint(chosen, engine), local_discord):
        allowed = await ask(local_discord, "text", local_discord.admin, "retrain")
        assert "**Training.**" in allowed.content
        engine.finish()


async def test_what_a_server_uses_is_counted(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    guild = local_discord.guild.id
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        quota = bot.services.store.quota
        await ask(local_discord, "text", local_discord.member, "classify", link=f"https://youtu.be/{VIDEO}")
        assert await quota.spent(guild) == 1
        await ask(local_discord, "text", local_discord.member, "classify", link=f"https://youtu.be/{VIDEO}")
        assert await quota.spent(guild) == 1, "YouTube is not asked again"
        await ask(local_discord, "text", local_discord.admin, "channel add", channel="@nobody")
        assert await quota.spent(guild) == 3, "the default channel was looked up too"
        async with local_discord.watch() as events:
            await ask(local_discord, "text", local_discord.admin, "retrain")
            await engine.started.wait()
            assert await quota.spent(guild) == 3 + 9
            engine.finish(retrain_report(units=5))
            await events.next(lambda event: event.message is not None and bool(event.message.embeds))
        assert await quota.spent(guild) == 3 + 5
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord) as bot:
        assert await bot.services.store.quota.spent(guild) == 8


async def test_without_budget_videos_are_still_looked_up_by_what_costs_nothing(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, chosen: Settings, engine: ScriptedEngine
) -> None:
    async with store_of(chosen) as store:
        await store.quota.spend(local_discord.guild.id, chosen.quota_per_server)
    async with running(Thumbprint(chosen, engine), local_discord):
        answer = await ask(local_discord, "text", local_discord.member, "classify", link=f"https://youtu.be/{VIDEO}")
    assert "Nerdologia" in text_of(answer)
    assert local_youtube.units == 0
    assert "/oembed" in local_youtube.requests


async def test_a_weekly_training_waits_until_there_is_budget_again(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    spent, due = local_discord.guild.id, local_discord.club.id
    async with store_of(chosen) as store:
        for server in (spent, due):
            await store.servers.set_weekly(server, weekly=True)
        await store.quota.spend(spent, chosen.quota_per_server)
    async with running(Thumbprint(chosen, engine), local_discord):
        await engine.started.wait()
        engine.finish()
    assert engine.owners == [due]
    assert f"the training of server {spent} waits until tomorrow" in caplog.text
