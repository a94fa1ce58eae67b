"""A server's own settings, and what becomes of them when the bot is sent away."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.cogs import servers as module
from bot.cogs.servers import Servers
from bot.sandbox.discord import Event, LocalDiscord, Permission
from bot.sandbox.youtube import LocalYouTube
from classifier.errors import ArtifactError
from classifier.values import Channel
from tests.bot.samples import png
from tests.e2e.asking import DOORS, REFUSAL, By, ask, said
from tests.e2e.conftest import PlayedEngine, bot_settings, heard, running


def embedded(event: Event) -> bool:
    """Whether the bot says something of a picture."""
    return event.name == "MESSAGE_CREATE" and event.message is not None and bool(event.message.embeds)


@pytest.mark.parametrize("by", DOORS)
async def test_pictures_are_answered_in_watched_channels_alone(
    by: By, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    general, random = local_discord.general, local_discord.random
    told = await ask(local_discord, by, local_discord.admin, "watch")
    assert "every channel where I can write" in said(told)
    told = await ask(local_discord, by, local_discord.admin, "watch", channel=random)
    assert f"<#{random.id}>, and nowhere else" in said(told)
    assert "permissions" not in said(told)
    async with local_discord.watch() as events:
        await local_discord.post(local_discord.member, general, "", [("a.png", png())])
        club = await local_discord.post(local_discord.member, local_discord.posters, "", [("b.png", png())])
        shown = await local_discord.post(local_discord.member, random, "", [("c.png", png())])
        answered = [(await events.next(embedded)).message for _ in range(2)]
    assert {message.reference_id for message in answered if message} == {club.id, shown.id}
    assert len(engine.pictures) == 2
    told = await ask(local_discord, by, local_discord.admin, "watch")
    assert f"in <#{random.id}> alone" in said(told)
    told = await ask(local_discord, by, local_discord.admin, "unwatch", channel=general)
    assert f"did not watch <#{general.id}> in particular: I answer in <#{random.id}> alone" in said(told)
    told = await ask(local_discord, by, local_discord.admin, "unwatch", channel=random)
    assert "was the last channel that I watched" in said(told)
    posted = await local_discord.post(local_discord.member, general, "", [("a.png", png())])
    assert (await local_discord.answer_to(posted)).embeds


async def test_watching_where_the_bot_may_not_write_says_so(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    random = local_discord.random
    local_discord.world.overwrite(random, local_discord.bot, deny=Permission.SEND_MESSAGES)
    told = await ask(local_discord, "text", local_discord.admin, "watch", channel=random)
    assert "I lack permissions" in said(told)


async def test_channels_that_are_gone_do_not_stay_watched(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    watched, server = bot.services.store.watched, local_discord.guild.id
    await watched.add(server, 12345)
    told = await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.random)
    assert "12345" not in said(told)
    assert await watched.of(server) == {local_discord.random.id}


async def test_no_server_watches_without_end(
    local_discord: LocalDiscord, bot: Thumbprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WATCHED", 1)
    for _ in range(2):
        told = await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.random)
        assert "nowhere else" in said(told), "again is not once more"
    told = await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.general)
    assert "1 channels at most" in said(told)


@pytest.mark.parametrize("by", DOORS)
async def test_the_threshold_is_told_set_and_left_to_the_model(
    by: By, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    assert "I decide myself" in said(await ask(local_discord, by, local_discord.admin, "threshold"))
    assert "at least **99%** sure" in said(await ask(local_discord, by, local_discord.admin, "threshold", sure="99 %"))
    for channel, title in (
        (local_discord.general, "None of the channels I know"),
        (local_discord.posters, "Nerdologia"),
    ):
        posted = await local_discord.post(local_discord.member, channel, "", [("a.png", png())])
        assert title in said(await local_discord.answer_to(posted)), "each server has its own"
    assert "**99%**" in said(await ask(local_discord, by, local_discord.admin, "threshold"))
    assert "I decide myself" in said(await ask(local_discord, by, local_discord.admin, "threshold", sure="auto"))
    assert "Tell me per cent" in said(await ask(local_discord, by, local_discord.admin, "threshold", sure="very"))


async def test_usual_thresholds_are_offered(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    offered = await local_discord.autocomplete(local_discord.admin, local_discord.general, "threshold", "sure", "9")
    assert [choice["value"] for choice in offered] == ["90%", "95%"]


@pytest.mark.parametrize("by", DOORS)
@pytest.mark.parametrize("command", ["watch", "unwatch", "threshold"])
async def test_members_are_refused(by: By, command: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    options = {"sure": "80"} if command == "threshold" else {"channel": local_discord.random}
    told = await ask(local_discord, by, local_discord.member, command, **options)
    assert REFUSAL in told.content
    server = local_discord.guild.id
    assert await bot.services.store.watched.of(server) == frozenset()
    assert (await bot.services.store.servers.get(server)).threshold is None


@pytest.mark.parametrize("command", ["watch", "threshold 80"])
async def test_direct_messages_have_no_settings(command: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    owner = local_discord.owner
    told = await ask(local_discord, "text", owner, command, where=local_discord.direct(owner))
    assert "works in a server only" in told.content


async def test_settings_outlive_a_restart(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, PlayedEngine()), local_discord):
        await ask(local_discord, "slash", local_discord.admin, "watch", channel=local_discord.random)
        await ask(local_discord, "slash", local_discord.admin, "threshold", sure="70")
    async with running(Thumbprint(chosen, PlayedEngine()), local_discord):
        told = await ask(local_discord, "text", local_discord.admin, "watch")
        assert f"in <#{local_discord.random.id}> alone" in said(told)
        assert "**70%**" in said(await ask(local_discord, "text", local_discord.admin, "threshold"))


class Days:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def handled(bot: Thumbprint, event: str) -> None:
    """Wait for an event, and until the bot is done with it."""
    await bot.wait_for(event, timeout=10)
    await heard(event)


async def test_all_of_a_server_goes_30_days_after_the_bot(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: PlayedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    bot = Thumbprint(chosen, engine)
    clock, server, club = Days(), local_discord.guild.id, local_discord.club
    store = bot.services.store
    store._database.now = clock
    async with running(bot, local_discord):
        cog = bot.get_cog("Servers")
        assert isinstance(cog, Servers)
        cog._daily.cancel()  # this test says when
        for place in (server, club.id):
            await store.channels.add(place, Channel("a", "A", "UCa"), 1)
        local_discord.world.leave(club, local_discord.bot)
        await handled(bot, "guild_remove")
        assert (await store.servers.get(club.id)).left_at == clock.now
        clock.now += timedelta(days=29)
        await cog.tidy()
        assert await store.channels.of(club.id)
        clock.now += timedelta(days=2)
        await cog.tidy()
        assert not await store.channels.of(club.id)
        assert await store.channels.of(server)
        assert engine.forgotten == [club.id]


async def test_what_could_not_be_deleted_is_deleted_the_next_day(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, cog, broken, other = bot.services.store, bot.get_cog("Servers"), 1, 2
    assert isinstance(cog, Servers)
    cog._daily.cancel()
    forget = engine.forget

    async def fail(server: int) -> None:
        if server == broken:
            raise ArtifactError("The disk is read-only. Mend it.")
        await forget(server)

    for server in (broken, other):
        await store.channels.add(server, Channel("a", "A", "UCa"), 1)
        await store.servers.left(server)
    now = store._database.now() + timedelta(days=31)
    monkeypatch.setattr(store._database, "now", lambda: now)
    monkeypatch.setattr(engine, "forget", fail)
    await cog.tidy()
    assert engine.forgotten == [other], "one that fails does not keep the others"
    assert await store.servers.expired() == (broken,)
    monkeypatch.setattr(engine, "forget", forget)
    await cog.tidy()
    assert engine.forgotten == [other, broken]
    assert await store.servers.expired() == ()


async def test_a_server_that_is_back_keeps_what_it_had(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: PlayedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    bot, club = Thumbprint(chosen, engine), local_discord.club
    clock, store = Days(), bot.services.store
    store._database.now = clock
    async with running(bot, local_discord):
        await bot.wait_until_ready()  # before, discord.py tells of no server that is joined
        await store.servers.set_threshold(club.id, 0.7)
        local_discord.world.leave(club, local_discord.bot)
        await handled(bot, "guild_remove")
        assert (await store.servers.get(club.id)).left_at == clock.now
        local_discord.world.join(club, local_discord.bot)
        await handled(bot, "guild_join")
        assert (await store.servers.get(club.id)).left_at is None
        assert (await store.servers.get(club.id)).threshold == 0.7


async def test_who_left_while_the_bot_was_away_is_found_out(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    first = Thumbprint(chosen, PlayedEngine())
    async with running(first, local_discord):
        for server in (local_discord.guild.id, local_discord.club.id):
            await first.services.store.servers.set_threshold(server, 0.5)
    local_discord.world.leave(local_discord.club, local_discord.bot)
    second = Thumbprint(chosen, PlayedEngine())
    async with running(second, local_discord):
        cog = second.get_cog("Servers")
        assert isinstance(cog, Servers)
        await second.wait_until_ready()
        await cog.tidy()
        assert (await second.services.store.servers.get(local_discord.club.id)).left_at is not None
        assert (await second.services.store.servers.get(local_discord.guild.id)).left_at is None
