"""A server's own settings, and what happens to them when the bot leaves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import watching as module
from bot.app import Thumbprint
from bot.cogs.servers import Servers
from bot.sandbox.discord import Channel as Place
from bot.sandbox.discord import Event, LocalDiscord, Permission
from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.youtube import LocalYouTube
from bot.store.values import Server
from classifier.values import Channel
from tests.bot.samples import png
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, refused, text_of
from tests.e2e.conftest import ScriptedEngine, bot_settings, handled, running


def embedded(event: Event) -> bool:
    """Whether an event is a message with an embed, as answers to pictures have."""
    return event.name == "MESSAGE_CREATE" and event.message is not None and bool(event.message.embeds)


@pytest.mark.parametrize("form", FORMS)
async def test_pictures_are_only_answered_in_watched_channels(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    general, random = local_discord.general, local_discord.random
    reply = await ask(local_discord, form, local_discord.admin, "watch")
    everywhere = "I answer pictures in every channel where I can write."
    assert text_of(reply) == f"{everywhere} Use `/watch` to limit me to certain channels."
    reply = await ask(local_discord, form, local_discord.admin, "watch", channel=random)
    assert text_of(reply) == f"I now answer posted pictures in <#{random.id}>; elsewhere I only answer when asked."
    async with local_discord.watch() as events:
        await local_discord.post(local_discord.member, general, "", [("a.png", png())])
        club = await local_discord.post(local_discord.member, local_discord.posters, "", [("b.png", png())])
        shown = await local_discord.post(local_discord.member, random, "", [("c.png", png())])
        answered = [(await events.next(embedded)).message for _ in range(2)]
    assert {message.reference_id for message in answered if message} == {club.id, shown.id}
    assert len(engine.pictures) == 2
    reply = await ask(local_discord, form, local_discord.admin, "watch")
    assert text_of(reply) == f"I only answer pictures in <#{random.id}>. Use `/unwatch` to remove a channel."
    reply = await ask(local_discord, form, local_discord.admin, "unwatch", channel=general)
    assert text_of(reply) == f"<#{general.id}> wasn't on the list. I only answer pictures in <#{random.id}>."
    reply = await ask(local_discord, form, local_discord.admin, "unwatch", channel=random)
    assert text_of(reply) == f"<#{random.id}> was the last channel on the list. From now on, {everywhere}"
    posted = await local_discord.post(local_discord.member, general, "", [("a.png", png())])
    assert (await local_discord.answer_to(posted)).embeds


async def test_watching_a_channel_names_the_missing_permissions(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    random = local_discord.random
    local_discord.world.overwrite(random, local_discord.bot, deny=Permission.EMBED_LINKS | Permission.ATTACH_FILES)
    reply = await ask(local_discord, "text", local_discord.admin, "watch", channel=random)
    assert text_of(reply).endswith(f"\nI'm missing permissions in <#{random.id}>: Embed Links, Attach Files.")


async def test_deleted_channels_are_no_longer_watched(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    watched, server = bot.services.store.watched, local_discord.guild.id
    await watched.add(server, 12345)
    reply = await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.random)
    assert "12345" not in text_of(reply)
    assert await watched.of(server) == {local_discord.random.id}


async def test_the_number_of_watched_channels_is_limited(
    local_discord: LocalDiscord, bot: Thumbprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WATCHED", 1)
    for _ in range(2):
        reply = await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.random)
        assert "I now answer posted pictures in" in text_of(reply), "a channel only counts once"
    reply = await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.general)
    assert text_of(reply) == "I can watch up to 1 channels. Remove one with `/unwatch` first."


@pytest.mark.parametrize("form", FORMS)
async def test_the_threshold_is_shown_and_set(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    async def threshold(**options: str) -> str:
        return text_of(await ask(local_discord, form, local_discord.admin, "threshold", **options))

    assert "I decide for myself" in await threshold()
    assert "at least **99%** sure" in await threshold(sure="99 %")
    for channel, title in (
        (local_discord.general, "None of the channels I know"),
        (local_discord.posters, "Nerdologia"),
    ):
        posted = await local_discord.post(local_discord.member, channel, "", [("a.png", png())])
        assert title in text_of(await local_discord.answer_to(posted)), "each server has its own threshold"
    assert "**99%**" in await threshold()
    assert "I decide for myself" in await threshold(sure="auto")
    assert await threshold(sure="very") == "Enter a percentage from 1 to 99, such as `80`, or `auto`."


async def test_thresholds_are_completed(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    offered = await local_discord.autocomplete(local_discord.admin, local_discord.general, "threshold", "sure", "9")
    assert [choice["value"] for choice in offered] == ["90%", "95%"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("command", ["watch", "unwatch", "threshold", "unknown"])
async def test_members_are_refused(form: Form, command: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    values = {"threshold": {"sure": "80"}, "unknown": {"action": "silent"}}
    options = values.get(command, {"channel": local_discord.random})
    assert await refused(local_discord, form, local_discord.member, command, **options) == ADMINS_ONLY
    server = local_discord.guild.id
    assert await bot.services.store.watched.of(server) == frozenset()
    assert await bot.services.store.servers.get(server) == Server(server)


@pytest.mark.parametrize("command", ["watch", "threshold 80", "unknown react"])
async def test_direct_messages_have_no_settings(command: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    owner = local_discord.owner
    reply = await ask(local_discord, "text", owner, command, where=local_discord.direct(owner))
    assert reply.content == "That only works in a server."


async def test_settings_survive_a_restart(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord):
        await ask(local_discord, "slash", local_discord.admin, "watch", channel=local_discord.random)
        await ask(local_discord, "slash", local_discord.admin, "threshold", sure="70")
        await ask(local_discord, "slash", local_discord.admin, "unknown", action="silent")
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord):
        reply = await ask(local_discord, "text", local_discord.admin, "watch")
        assert f"I only answer pictures in <#{local_discord.random.id}>." in text_of(reply)
        assert "**70%**" in text_of(await ask(local_discord, "text", local_discord.admin, "threshold"))
        assert "I ignore posted pictures" in text_of(await ask(local_discord, "text", local_discord.admin, "unknown"))


@pytest.fixture(params=[ChannelType.GUILD_FORUM, ChannelType.GUILD_MEDIA], ids=["forum", "media"])
def forum(local_discord: LocalDiscord, request: pytest.FixtureRequest) -> Place:
    """A channel that consists of posts, which are threads."""
    return local_discord.world.add_channel(local_discord.guild, "pictures", request.param)


@pytest.mark.parametrize("form", FORMS)
async def test_forums_and_media_channels_can_be_watched(
    form: Form, forum: Place, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    reply = await ask(local_discord, form, local_discord.admin, "watch", channel=forum)
    assert text_of(reply) == (f"I now answer posted pictures in <#{forum.id}>; elsewhere I only answer when asked.")
    _, asked = await local_discord.post_in_forum(local_discord.member, forum, "Which one?", "", [("dog.png", png(40))])
    assert (await local_discord.answer_to(asked)).embeds[0]["title"] == "Nerdologia"
    reply = await ask(local_discord, form, local_discord.admin, "unwatch", channel=forum)
    assert text_of(reply).startswith(f"<#{forum.id}> was the last channel on the list.")


async def test_threads_follow_their_channel(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, forum: Place
) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)
    member = local_discord.member
    await local_discord.post_in_forum(member, forum, "Not here", "", [("dog.png", png(99))])
    elsewhere = local_discord.start_thread(member, local_discord.general, "not here either")
    await local_discord.post(member, elsewhere, "", [("dog.png", png(99))])
    here = local_discord.start_thread(member, local_discord.random, "here")
    asked = await local_discord.post(member, here, "", [("dog.png", png(40))])
    assert (await local_discord.answer_to(asked)).embeds[0]["title"] == "Nerdologia"
    assert engine.pictures == [png(40)]


async def test_in_a_forum_the_bot_needs_the_permission_for_threads(
    forum: Place, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    local_discord.world.overwrite(forum, local_discord.bot, deny=Permission.SEND_MESSAGES_IN_THREADS)
    reply = await ask(local_discord, "text", local_discord.admin, "watch", channel=forum)
    assert text_of(reply).endswith(f"I'm missing permissions in <#{forum.id}>: Send Messages in Threads.")


async def test_the_slash_commands_offer_forums_and_media_channels(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    offered = {it["name"]: it for it in local_discord.offered(local_discord.admin, local_discord.general)}
    for name in ("watch", "unwatch"):
        assert set(offered[name]["options"][0]["channel_types"]) == {0, 2, 5, 13, 15, 16}


class Clock:
    """A clock that only moves when a test sets it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


async def received(bot: Thumbprint, event: str) -> None:
    """Wait until the bot has received and handled an event."""
    await bot.wait_for(event, timeout=10)
    await handled(event)


async def test_all_data_of_a_server_is_deleted_30_days_after_the_bot_left(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    bot = Thumbprint(chosen, engine)
    clock, server, club = Clock(), local_discord.guild.id, local_discord.club
    store = bot.services.store
    store._database.now = clock
    async with running(bot, local_discord):
        cog = bot.get_cog("Servers")
        assert isinstance(cog, Servers)
        cog._daily.cancel()  # this test runs the clean-up itself
        for place in (server, club.id):
            await store.channels.add(place, Channel("a", "A", "UCa"), 1)
        local_discord.world.leave(club, local_discord.bot)
        await received(bot, "guild_remove")
        assert (await store.servers.get(club.id)).left_at == clock.now
        clock.now += timedelta(days=29)
        await cog._daily()
        assert await store.channels.of(club.id)
        clock.now += timedelta(days=2)
        await cog._daily()
        assert not await store.channels.of(club.id)
        assert await store.channels.of(server)
        assert engine.forgotten == [club.id]


async def test_a_server_that_the_bot_rejoins_keeps_its_settings(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    bot, club = Thumbprint(chosen, engine), local_discord.club
    clock, store = Clock(), bot.services.store
    store._database.now = clock
    async with running(bot, local_discord):
        await bot.wait_until_ready()  # before that, discord.py sends no event for a joined server
        await store.servers.set_threshold(club.id, 0.7)
        local_discord.world.leave(club, local_discord.bot)
        await received(bot, "guild_remove")
        assert (await store.servers.get(club.id)).left_at == clock.now
        local_discord.world.join(club, local_discord.bot)
        await received(bot, "guild_join")
        assert (await store.servers.get(club.id)).left_at is None
        assert (await store.servers.get(club.id)).threshold == 0.7


async def test_servers_that_were_left_while_the_bot_was_offline_are_found(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    first = Thumbprint(chosen, ScriptedEngine())
    async with running(first, local_discord):
        for server in (local_discord.guild.id, local_discord.club.id):
            await first.services.store.servers.set_threshold(server, 0.5)
    local_discord.world.leave(local_discord.club, local_discord.bot)
    second = Thumbprint(chosen, ScriptedEngine())
    async with running(second, local_discord):
        cog = second.get_cog("Servers")
        assert isinstance(cog, Servers)
        await second.wait_until_ready()
        await cog._daily()
        assert (await second.services.store.servers.get(local_discord.club.id)).left_at is not None
        assert (await second.services.store.servers.get(local_discord.guild.id)).left_at is None
