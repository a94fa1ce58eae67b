"""Pictures and links that are not in a message itself: forwarded ones, and those that Discord adds later."""

import sys
from dataclasses import replace
from typing import Any

import pytest

from bot.app import Thumbprint
from bot.cogs import classify
from bot.sandbox.discord import Event, LocalDiscord, Message, payloads
from bot.sandbox.discord.world import World
from tests.bot.messages import snapshot
from tests.bot.samples import png
from tests.e2e.chat import ask
from tests.e2e.conftest import VIDEO, ScriptedEngine, handled

PICTURE = ("dog.png", png(77))
LINK = f"https://youtu.be/{VIDEO}"
MENU = "Which channel is this?"

Fields = dict[int, dict[str, Any]]


@pytest.fixture(scope="session")
def openapi_checker() -> None:
    """None: Discord's description does not have references of forwarded messages yet."""


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch) -> Fields:
    """Fields that Discord sends with a message beside the sandbox's own, by the message's id."""
    extra: Fields = {}
    usual = payloads.message_payload

    def message_payload(world: World, message: Message) -> dict[str, Any]:
        return usual(world, message) | extra.get(message.id, {})

    for name, module in tuple(sys.modules.items()):
        if name.startswith("bot.sandbox.discord") and getattr(module, "message_payload", None) is usual:
            monkeypatch.setattr(module, "message_payload", message_payload)
    return extra


async def forward(local: LocalDiscord, fields: Fields, original: Message) -> Message:
    """Max forwards a message to #general: Discord sends what it holds in a snapshot, and nothing else."""
    sent = payloads.message_payload(local.world, original)
    held = {key: sent[key] for key in ("content", "embeds", "attachments", "components")}
    number = local.world.new_id()
    fields[number] = {
        "content": "",
        "flags": 1 << 14,
        "message_snapshots": [snapshot(**held)],
        "message_reference": {"type": 1, "channel_id": str(original.channel_id), "message_id": str(original.id)},
    }
    posted = Message(number, local.general.id, local.member.id)
    local._state.posts.add(posted)
    return posted


async def test_a_forwarded_picture_is_answered(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, fields: Fields
) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.general.id)
    original = await local_discord.post(local_discord.admin, local_discord.random, "look", [PICTURE])
    answer = await local_discord.answer_to(await forward(local_discord, fields, original))
    assert answer.embeds[0]["title"] == "Nerdologia"
    assert engine.pictures == [png(77)]


@pytest.mark.parametrize("link", ["", LINK], ids=["picture", "link"])
@pytest.mark.parametrize("entry", ["menu", "reply"])
async def test_a_forwarded_message_can_be_asked_about(
    entry: str, link: str, local_discord: LocalDiscord, bot: Thumbprint, fields: Fields
) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.trailers.id)
    original = await local_discord.post(local_discord.admin, local_discord.random, link, [] if link else [PICTURE])
    shown = await forward(local_discord, fields, original)
    if entry == "menu":
        asked: Any = await local_discord.context_menu(local_discord.member, shown, MENU)
    else:
        asked = await local_discord.post(local_discord.member, local_discord.general, "!classify", reply_to=shown)
    assert (await local_discord.answer_to(asked)).embeds[0]["title"] == "Nerdologia"


async def test_a_forwarded_answer_is_not_answered(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, fields: Fields
) -> None:
    asked = await local_discord.post(local_discord.admin, local_discord.random, "", [PICTURE])
    plot = await local_discord.answer_to(asked)
    shown = await forward(local_discord, fields, plot)
    await ask(local_discord, "text", local_discord.member, "help")
    await handled("message")
    assert engine.pictures == [png(77)]
    refused = await local_discord.answer_to(await local_discord.context_menu(local_discord.member, shown, MENU))
    assert refused.content == "I can't find a picture or a YouTube link in that message."


async def test_the_menu_of_an_answer_is_about_its_picture(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await local_discord.post(local_discord.admin, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    again = await local_discord.answer_to(await local_discord.context_menu(local_discord.member, answer, MENU))
    assert again.embeds[0]["title"] == "Nerdologia"
    assert engine.pictures == [png(77)] * 2


# Previews of links, which Discord adds to a message some moments after it was posted


def preview(local: LocalDiscord, posted: Message, *, kind: str, address: str) -> None:
    """Discord adds a preview to a message."""
    shown = {"url": address, "proxy_url": address}
    edited = replace(posted, embeds=({"type": kind, "url": address, "thumbnail": shown},))
    local.world.messages[posted.channel_id][posted.id] = edited
    channel = local.world.channels[posted.channel_id]
    author, guild = local.world.users[posted.author_id], local.world.guild_of(channel)
    local.world.feed.publish(Event("MESSAGE_UPDATE", edited, channel, guild, author))


@pytest.fixture
async def address(local_discord: LocalDiscord, bot: Thumbprint) -> str:
    """The address of a picture that Discord can show."""
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.general.id)
    elsewhere = await local_discord.post(local_discord.admin, local_discord.random, "", [PICTURE])
    return elsewhere.attachments[0].url


async def test_a_picture_that_a_link_leads_to_is_answered_once(
    address: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    posted = await local_discord.post(local_discord.member, local_discord.general, address)
    for _ in range(2):
        preview(local_discord, posted, kind="image", address=address)
    assert (await local_discord.answer_to(posted)).embeds[0]["title"] == "Nerdologia"
    await ask(local_discord, "text", local_discord.member, "help")
    await handled("raw_message_edit")
    assert engine.pictures == [png(77)]


@pytest.mark.parametrize("case", ["a preview of a page", "a video", "an old message", "not watched", "a command"])
async def test_other_previews_are_not_answered(
    case: str,
    address: str,
    local_discord: LocalDiscord,
    bot: Thumbprint,
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if case == "an old message":
        monkeypatch.setattr(classify, "JUST_POSTED", -classify.JUST_POSTED)
    channel = local_discord.random if case == "not watched" else local_discord.general
    content = f"!help {address}" if case == "a command" else address
    posted = await local_discord.post(local_discord.member, channel, content)
    kind = {"a preview of a page": "article", "a video": "video"}.get(case, "image")
    edited = bot.wait_for("raw_message_edit", timeout=10)
    preview(local_discord, posted, kind=kind, address=LINK if case == "a video" else address)
    await edited
    await handled("raw_message_edit")
    assert engine.pictures == []
