"""The set-up card: where it is posted, its buttons, menus and form, and who can use them."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from discord import ui

from bot.app import Thumbprint
from bot.sandbox.discord import Event, Interaction, LocalDiscord, Message, NotOfferedError, Permission, User
from bot.sandbox.discord.values import Guild
from bot.sandbox.youtube import LocalYouTube
from bot.settings import Settings
from bot.setup import Setup
from bot.store.values import RunState
from bot.views.setup import card_view
from bot.views.training import Cancel
from classifier.values import Progress, Version
from tests.bot.samples import NERDOLOGIA, model, png
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, fields_of, refused, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, handled, running

pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
async def local_youtube(tmp_path: Path) -> AsyncIterator[LocalYouTube]:
    """A local YouTube with three channels, one video each."""
    for channel, video in (("nerdologia", VIDEO), ("CanalPeixeBabel", "b" * 11), ("Pirulla25", "c" * 11)):
        folder = tmp_path / "youtube" / channel
        folder.mkdir(parents=True)
        (folder / f"{video}.png").write_bytes(png())
    (tmp_path / "youtube" / "nerdologia" / "channel.json").write_text(json.dumps({"id": NERDOLOGIA.id}))
    async with LocalYouTube(tmp_path / "youtube") as youtube:
        yield youtube


@pytest.fixture
def chosen(local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path) -> Settings:
    """The bot's settings, with a key of the local YouTube and no default channels."""
    settings = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url, channels=())
    return settings.model_copy(update={"youtube": local_youtube.settings})


@pytest.fixture
async def bot(local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine) -> AsyncIterator[Thumbprint]:
    """The bot, logged in."""
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        await bot.wait_until_ready()  # before that, discord.py sends no event for a joined server
        yield bot


def is_card(event: Event) -> bool:
    """Whether an event is a new card."""
    return event.name == "MESSAGE_CREATE" and event.message is not None and bool(event.message.components)


def changes(event: Event, card: Message) -> bool:
    """Whether an event changes this message."""
    return event.message is not None and event.message.id == card.id


async def joined(local: LocalDiscord, guild: Guild, *, by: User | None = None) -> Message:
    """Add the bot to a server again, and wait for its card."""
    local.world.leave(guild, local.bot)
    async with local.watch() as events:
        local.world.join(guild, local.bot, by=by)
        message = (await events.next(is_card)).message
    assert message is not None
    return message


def ids_of(message: Message) -> dict[str, str]:
    """The custom ids of a card's buttons and menus by what they do."""
    parts = [part for row in message.components for part in row["components"]]
    return {part["custom_id"].split(":")[0]: part["custom_id"] for part in parts}


def chosen_in(message: Message, name: str) -> str:
    """The label of the option that a menu of a card shows."""
    parts = [part for row in message.components for part in row["components"]]
    (menu,) = (part for part in parts if part["custom_id"] == ids_of(message)[name])
    return next(option["label"] for option in menu["options"] if option.get("default"))


async def card_of(local: LocalDiscord, form: Form = "text") -> Message:
    return await ask(local, form, local.admin, "setup")


async def pressed(local: LocalDiscord, who: User, card: Message, name: str) -> Interaction:
    return await local.press(who, card, ids_of(card)[name])


async def chose(local: LocalDiscord, who: User, card: Message, name: str, *values: str) -> Interaction:
    return await local.settled(await local.choose(who, card, ids_of(card)[name], values))


async def test_the_card_is_posted_in_the_system_channel(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local_discord.world.set_system_channel(local_discord.guild, local_discord.random)
    card = await joined(local_discord, local_discord.guild)
    assert card.channel_id == local_discord.random.id
    assert "I say which YouTube channel it comes from" in text_of(card)
    assert list(fields_of(card)) == ["⬜ 1 · YouTube channels", "✅ 2 · Where I answer", "⬜ 3 · Training"]
    assert set(ids_of(card)) == {"setup-add", "setup-train", "setup-where", "setup-language"}


async def test_else_in_the_first_channel_in_which_the_bot_can_write(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    world = local_discord.world
    world.set_system_channel(local_discord.guild, local_discord.general)
    everyone = world.guild(local_discord.guild.id).roles[0]
    world.overwrite(local_discord.general, everyone, deny=Permission.SEND_MESSAGES)
    assert (await joined(local_discord, local_discord.guild)).channel_id == local_discord.random.id


def silence(local: LocalDiscord) -> None:
    """Let the bot write nowhere in the server."""
    everyone = local.world.guild(local.guild.id).roles[0]
    for channel in (local.general, local.random):
        local.world.overwrite(channel, everyone, deny=Permission.SEND_MESSAGES)


def grant(local: LocalDiscord, permission: Permission) -> None:
    """Give everybody in the server a permission, also the bot."""
    guild = local.world.guild(local.guild.id)
    everyone = replace(guild.roles[0], permissions=guild.roles[0].permissions | permission)
    local.world.guilds[guild.id] = replace(guild, roles=(everyone, *guild.roles[1:]))


async def test_else_it_is_sent_to_who_added_the_bot_and_works_there(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    silence(local_discord)
    admin, server = local_discord.admin, local_discord.guild.id
    grant(local_discord, Permission.VIEW_AUDIT_LOG)
    card = await joined(local_discord, local_discord.guild, by=admin)
    assert card.channel_id == local_discord.direct(admin).id
    form = await local_discord.settled(await pressed(local_discord, admin, card, "setup-add"))
    field = form.modal["components"][0]["component"]["custom_id"] if form.modal else ""
    sent = await local_discord.submit(admin, form, {field: "@nerdologia\n@CanalPeixeBabel"})
    await local_discord.answer_to(sent)
    assert len(await bot.services.store.channels.of(server)) == 2
    await chose(local_discord, admin, card, "setup-where", "asked")
    assert (await bot.services.store.servers.get(server)).only_asked
    await pressed(local_discord, admin, card, "setup-train")
    await engine.started.wait()
    assert engine.owners[-1] == server
    cancel = buttons(local_discord.current(card))["Cancel"]
    async with local_discord.watch() as events:
        await local_discord.press(admin, card, cancel)
        await events.next(lambda it: it.message is not None and "was cancelled" in it.message.content)


@pytest.mark.parametrize("closed", [False, True])
async def test_who_added_it_is_unknown_or_takes_no_messages_then_the_owner_gets_it(
    closed: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    silence(local_discord)
    if closed:
        grant(local_discord, Permission.VIEW_AUDIT_LOG)
        local_discord.world.closed.add(local_discord.member.id)
    card = await joined(local_discord, local_discord.guild, by=local_discord.member)
    assert local_discord.guild.owner_id == local_discord.admin.id
    assert card.channel_id == local_discord.direct(local_discord.admin).id


async def test_else_only_the_log_says_so(
    local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    silence(local_discord)
    local_discord.world.closed.add(local_discord.admin.id)
    local_discord.world.leave(local_discord.guild, local_discord.bot)
    caplog.set_level("INFO")
    local_discord.world.join(local_discord.guild, local_discord.bot, by=local_discord.admin)
    await bot.wait_for("guild_join", timeout=10)
    await handled("guild_join")
    assert "there is nowhere to post the set-up card" in caplog.text


@pytest.mark.parametrize("done", ["channels", "watched", "asked", "trained"])
async def test_a_server_that_is_set_up_gets_no_second_card(
    done: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    store, server = bot.services.store, local_discord.guild.id
    if done == "channels":
        await store.channels.add(server, NERDOLOGIA, 1)
    elif done == "watched":
        await store.watched.add(server, local_discord.random.id)
    elif done == "asked":
        await store.servers.set_only_asked(server, only_asked=True)
    else:
        run = await store.runs.start(server, channel=None, by=1)
        await store.runs.finish(run.id, RunState.DONE)
    local_discord.world.leave(local_discord.guild, local_discord.bot)
    async with local_discord.watch() as events:
        local_discord.world.join(local_discord.guild, local_discord.bot)
        await bot.wait_for("guild_join", timeout=10)
        await handled("guild_join")
        with pytest.raises(TimeoutError):
            await events.next(is_card, within=0)


@pytest.mark.parametrize("form", FORMS)
async def test_admins_get_the_card_again_and_members_do_not(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    assert "Thumbprint" in text_of(await card_of(local_discord, form))
    assert await refused(local_discord, form, local_discord.member, "setup") == ADMINS_ONLY


async def test_channels_are_added_in_a_form_and_what_fails_is_explained(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    admin, card = local_discord.admin, await card_of(local_discord)
    form = await local_discord.settled(await pressed(local_discord, admin, card, "setup-add"))
    assert form.modal is not None
    field = form.modal["components"][0]["component"]["custom_id"]
    await bot.services.store.channels.add(local_discord.guild.id, NERDOLOGIA, admin.id)
    names = ["@nerdologia", " https://www.youtube.com/@CanalPeixeBabel,", "", "@nobody", "not a channel"]
    async with local_discord.watch() as events:
        await local_discord.submit(admin, form, {field: "\n".join(names)})
        event = await events.next(lambda it: it.message is not None and it.message.visible_to == admin.id)
    assert event.message is not None
    assert "I couldn't add these:" in event.message.content
    assert "@nerdologia: It is on the list already." in event.message.content
    assert "@nobody: YouTube has no channel @nobody." in event.message.content
    assert "not a channel: " in event.message.content
    titles = [it.channel.title for it in await bot.services.store.channels.of(local_discord.guild.id)]
    assert titles == ["Nerdologia", "Canalpeixebabel"]
    assert fields_of(local_discord.current(card))["✅ 1 · YouTube channels"] == "Nerdologia, Canalpeixebabel."


async def test_a_form_takes_ten_channels(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    admin, card = local_discord.admin, await card_of(local_discord)
    form = await local_discord.settled(await pressed(local_discord, admin, card, "setup-add"))
    assert form.modal is not None
    field = form.modal["components"][0]["component"]["custom_id"]
    async with local_discord.watch() as events:
        await local_discord.submit(
            admin, form, {field: "\n".join([*(f"@nobody{n}" for n in range(10)), "@Pirulla25", "@nobody0"])}
        )
        event = await events.next(lambda it: it.message is not None and it.message.visible_to == admin.id)
    assert event.message is not None
    assert event.message.content.endswith("\n- @Pirulla25: I add up to 10 channels at a time.")
    assert event.message.content.count("@nobody0:") == 1
    assert await bot.services.store.channels.of(local_discord.guild.id) == ()


async def test_where_to_answer_is_chosen(local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine) -> None:
    admin, card, random = local_discord.admin, await card_of(local_discord), local_discord.random
    where = "✅ 2 · Where I answer"
    await chose(local_discord, admin, card, "setup-where", "asked")
    card = local_discord.current(card)
    assert fields_of(card)[where] == "I only answer when asked, not posted pictures."
    reply = await ask(local_discord, "text", admin, "watch")
    assert text_of(reply) == "I only answer when asked, not posted pictures. Use `/setup` to change that."
    await local_discord.post(local_discord.member, local_discord.general, "", [("a.png", png())])

    await chose(local_discord, admin, card, "setup-where", "chosen")
    card = local_discord.current(card)
    assert "setup-places" in ids_of(card)
    await chose(local_discord, admin, card, "setup-places", str(random.id))
    card = local_discord.current(card)
    assert fields_of(card)[where] == f"I only answer pictures in <#{random.id}>."
    await local_discord.post(local_discord.member, local_discord.general, "", [("b.png", png())])
    posted = await local_discord.post(local_discord.member, random, "", [("c.png", png())])
    assert (await local_discord.answer_to(posted)).embeds
    assert len(engine.pictures) == 1

    await chose(local_discord, admin, card, "setup-where", "everywhere")
    card = local_discord.current(card)
    assert fields_of(card)[where] == "I answer pictures in every channel where I can write."
    assert "setup-places" not in ids_of(card)
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [("d.png", png())])
    assert (await local_discord.answer_to(posted)).embeds


async def test_the_language_is_chosen_and_the_card_speaks_it_at_once(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    admin, servers, server = local_discord.admin, bot.services.store.servers, local_discord.guild.id
    await servers.set_log_channel(server, local_discord.random.id)
    card = await card_of(local_discord)
    assert chosen_in(card, "setup-language") == "Everyone's own language"
    async with local_discord.watch() as events:
        await chose(local_discord, admin, card, "setup-language", "pt_BR")
        logged = await events.next(
            lambda it: it.message is not None and it.message.channel_id == local_discord.random.id
        )
    assert logged.message is not None
    assert logged.message.content == f"<@{admin.id}> escolheu **Português (Brasil)** como meu idioma."
    assert (await servers.get(server)).language == "pt_BR"
    card = local_discord.current(card)
    assert chosen_in(card, "setup-language") == "Português (Brasil)"
    assert list(buttons(card)) == ["Adicionar canais do YouTube", "Treinar agora"]
    await chose(local_discord, admin, card, "setup-language", "automatic")
    assert (await servers.get(server)).language is None
    assert "Train Now" in buttons(local_discord.current(card))


async def test_a_forged_language_is_refused(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    custom_id = f"setup-language:{local_discord.guild.id}"
    menu: ui.Select[ui.View] = ui.Select(custom_id=custom_id, options=[discord.SelectOption(label="x", value="../x")])
    sent = await bot.get_partial_messageable(local_discord.general.id).send("forged", view=ui.View().add_item(menu))
    forged = local_discord.world.message(local_discord.general.id, sent.id)
    answered = await chose(local_discord, local_discord.admin, forged, "setup-language", "../x")
    assert text_of(await local_discord.answer_to(answered)).startswith("I don't speak that language.")


async def test_watching_a_channel_ends_only_answering_when_asked(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    await bot.services.store.servers.set_only_asked(local_discord.guild.id, only_asked=True)
    await ask(local_discord, "text", local_discord.admin, "watch", channel=local_discord.general)
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [("d.png", png())])
    assert (await local_discord.answer_to(posted)).embeds


async def test_the_card_names_missing_permissions(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    random = local_discord.random
    local_discord.world.overwrite(random, local_discord.bot, deny=Permission.ATTACH_FILES)
    await bot.services.store.watched.add(local_discord.guild.id, random.id)
    assert f"I'm missing permissions in <#{random.id}>: Attach Files." in text_of(await card_of(local_discord))


async def test_a_training_shows_its_progress_in_the_card(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.available = (Version(replace(model(), version="v0"), serving=True),)  # the default one
    server, admin, card = local_discord.guild.id, local_discord.admin, await card_of(local_discord)
    for channel in model().channels:
        known = replace(channel, id=channel.id or "UCpeixe", handle=channel.handle or "@peixe")
        await bot.services.store.channels.add(server, known, admin.id)
    asked = await pressed(local_discord, admin, card, "setup-train")
    await local_discord.settled(asked)
    await engine.started.wait()
    async with local_discord.watch() as events:
        engine.on_progress(Progress("crawl", 5, 10))
        await events.next(lambda it: changes(it, card) and "5/10" in local_discord.current(card).content)
        assert set(buttons(local_discord.current(card))) == {"Add YouTube Channels", "Cancel"}
        await chose(local_discord, admin, card, "setup-where", "asked")
        assert "Cancel" in buttons(local_discord.current(card)), "other buttons leave the training alone"
        again = await local_discord.press(admin, card, f"setup-add:{server}")
        assert (await local_discord.settled(again)).modal
        engine.available = (Version(model(), serving=True),)
        engine.finish()
        done = await events.next(
            lambda it: (
                it.message is not None and it.message.id == card.id and "✅ 3 · Training" in fields_of(it.message)
            )
        )
        report = await events.next(lambda it: it.message is not None and it.message.reference_id == card.id)
    assert done.message is not None
    assert report.message is not None
    assert done.message.content.startswith("**Training is done.**")
    assert "Accuracy: " in fields_of(done.message)["✅ 3 · Training"]
    assert set(buttons(done.message)) == {"Add YouTube Channels", "Train Now"}
    assert report.message.embeds[0]["title"] == "The new model is now live"


async def test_the_card_works_after_a_restart_also_one_that_interrupted_its_training(
    local_discord: LocalDiscord, chosen: Settings, engine: ScriptedEngine
) -> None:
    server, general = local_discord.guild, local_discord.general.id
    async with running(Thumbprint(chosen, engine), local_discord) as first:
        card = await card_of(local_discord)
        run = await first.services.store.runs.start(server.id, channel=general, by=2)
        await first.services.store.runs.set_message(run.id, card.id)
        setup = await Setup(first.services).of(first.get_guild(server.id) or pytest.fail("no server"))
        view = card_view(setup, server.id, direct=False, others=[Cancel(run.id)])
        await first.get_partial_messageable(general).get_partial_message(card.id).edit(view=view)
    assert "Cancel" in buttons(local_discord.current(card))
    async with local_discord.watch() as events, running(Thumbprint(chosen, ScriptedEngine()), local_discord) as second:
        await events.next(lambda it: changes(it, card) and "I restarted" in local_discord.current(card).content)
        card = local_discord.current(card)
        assert set(buttons(card)) == {"Add YouTube Channels", "Train Now"}
        await chose(local_discord, local_discord.admin, card, "setup-where", "asked")
        assert (await second.services.store.servers.get(server.id)).only_asked


async def test_members_cannot_use_the_card(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    member, card, server = local_discord.member, await card_of(local_discord), local_discord.guild.id
    for name in ("setup-add", "setup-train"):
        answer = await local_discord.answer_to(await pressed(local_discord, member, card, name))
        assert answer.content == ADMINS_ONLY
        assert answer.visible_to == member.id
    for name, value in (("setup-where", "asked"), ("setup-language", "pt_BR")):
        answered = await chose(local_discord, member, card, name, value)
        assert (await local_discord.answer_to(answered)).content == ADMINS_ONLY
    assert (await bot.services.store.servers.get(server)).language is None
    await chose(local_discord, local_discord.admin, card, "setup-where", "chosen")
    card = local_discord.current(card)
    answered = await chose(local_discord, member, card, "setup-places", str(local_discord.random.id))
    assert (await local_discord.answer_to(answered)).content == ADMINS_ONLY
    assert not engine.started.is_set()
    assert not (await bot.services.store.servers.get(server)).only_asked
    assert await bot.services.store.watched.of(server) == frozenset()


async def test_who_is_no_admin_any_more_cannot_send_the_form(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    world, member = local_discord.world, local_discord.member
    guild = world.add_role(local_discord.guild, "Manager", Permission.MANAGE_GUILD, member)
    card = await card_of(local_discord)
    form = await local_discord.settled(await pressed(local_discord, member, card, "setup-add"))
    assert form.modal is not None
    world.guilds[guild.id] = replace(guild, roles=guild.roles[:-1])
    field = form.modal["components"][0]["component"]["custom_id"]
    sent = await local_discord.submit(member, form, {field: "@nerdologia"})
    assert (await local_discord.answer_to(sent)).content == ADMINS_ONLY
    assert await bot.services.store.channels.of(guild.id) == ()


async def test_the_card_of_another_server_is_refused(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    custom_id = f"setup-add:{local_discord.club.id}"
    view = ui.View(timeout=None).add_item(ui.Button(custom_id=custom_id, label="Forged"))
    sent = await bot.get_partial_messageable(local_discord.general.id).send("forged", view=view)
    message = local_discord.world.message(local_discord.general.id, sent.id)
    answer = await local_discord.answer_to(await local_discord.press(local_discord.admin, message, custom_id))
    assert text_of(answer).startswith("That card belongs to another server.")


async def test_slash_set_up_is_not_offered_in_direct_messages(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    with pytest.raises(NotOfferedError):
        await local_discord.slash(local_discord.owner, local_discord.direct(local_discord.owner), "setup")
