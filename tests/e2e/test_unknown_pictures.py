"""What the bot does with pictures that it doesn't know, which each server's admins choose."""

from typing import Any

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Event, LocalDiscord, Message, Permission
from bot.store.values import UnknownPictures
from classifier.errors import VerticalPictureError
from classifier.values import Prediction
from tests.bot.samples import png, prediction
from tests.e2e.chat import FORMS, Form, ask, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine

pytestmark = pytest.mark.every_database

UNKNOWN = "None of the channels I know"
PICTURE = ("dog.png", png())
MENU = "Which channel is this?"


@pytest.fixture(autouse=True)
def unknown(engine: ScriptedEngine) -> None:
    """Every picture is from none of the channels that the bot knows."""
    engine.prediction = prediction(0.6, 0.4, unknown=True)


async def reacted(local: LocalDiscord, text: str = "", *files: tuple[str, bytes]) -> Message:
    """Post pictures; returns the message with the bot's reaction."""
    async with local.watch() as events:
        posted = await local.post(local.member, local.general, text, list(files) or [PICTURE])
        await events.next(lambda event: event.name == "MESSAGE_REACTION_ADD")
    return local.current(posted)


async def replies(local: LocalDiscord) -> list[Message]:
    """What the bot wrote in #general until it has answered a picture that is posted now, and mentions it."""
    asked = await local.post(local.member, local.general, f"<@{local.bot.id}>", [("last.png", png(60))])
    await local.answer_to(asked)
    messages = local.world.messages[local.general.id].values()
    return [it for it in messages if it.author_id == local.bot.id and it.reference_id != asked.id]


@pytest.mark.parametrize("form", FORMS)
async def test_admins_choose_between_an_answer_a_reaction_and_silence(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    async def chosen(**options: str) -> str:
        return text_of(await ask(local_discord, form, local_discord.admin, "unknown", **options))

    assert (await chosen()).startswith("I answer posted pictures also when")
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    assert (await local_discord.answer_to(posted)).embeds[0]["title"] == UNKNOWN
    assert (await chosen(action="react")).startswith("I react with ❔ to posted pictures")
    assert (await reacted(local_discord)).reactions == (("❔", local_discord.bot.id),)
    assert (await chosen(action="silent")).startswith("I ignore posted pictures")
    assert (await chosen()).startswith("I ignore posted pictures")
    elsewhere = await local_discord.post(local_discord.member, local_discord.posters, "", [PICTURE])
    assert (await local_discord.answer_to(elsewhere)).embeds[0]["title"] == UNKNOWN, "each server has its own choice"
    if form == "text":
        assert await chosen(action="shrug") == "Choose `answer`, `react` or `silent`."


async def test_a_reaction_is_no_reply_and_counts_in_the_statistics(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    await bot.services.store.servers.set_unknown_pictures(local_discord.guild.id, UnknownPictures.REACT)
    await reacted(local_discord)
    assert await replies(local_discord) == []
    (week,) = await bot.services.store.statistics.weekly(local_discord.guild.id, weeks=1)
    assert (week.answered, week.unknown) == (2, 2)


async def test_silence_is_silent_and_nobody_sees_the_bot_typing(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await bot.services.store.servers.set_unknown_pictures(local_discord.guild.id, UnknownPictures.SILENT)
    seen: list[Event] = []
    stop = local_discord.world.feed.listen(seen.append)
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    known = await local_discord.post(local_discord.member, local_discord.posters, "", [PICTURE])
    await local_discord.answer_to(known)
    assert await replies(local_discord) == []
    stop()
    before = seen[: next(place for place, event in enumerate(seen) if event.message and "<@" in event.message.content)]
    assert not [it for it in before if it.name == "TYPING_START" and it.channel == local_discord.general]
    assert local_discord.current(posted).reactions == ()
    assert engine.pictures == [png(), png(), png(60)]


@pytest.mark.parametrize("action", [UnknownPictures.REACT, UnknownPictures.SILENT])
async def test_known_pictures_and_facts_are_answered(
    action: UnknownPictures, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await bot.services.store.servers.set_unknown_pictures(local_discord.guild.id, action)
    engine.prediction = prediction(0.9, 0.1)
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    assert (await local_discord.answer_to(posted)).embeds[0]["title"] == "Nerdologia"


@pytest.mark.parametrize("entry", ["text", "reply", "slash", "menu", "link", "mention", "direct"])
async def test_whoever_asks_gets_an_answer(entry: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local = local_discord
    await bot.services.store.servers.set_unknown_pictures(local.guild.id, UnknownPictures.SILENT)
    member, general = local.member, local.general
    posted = await local.post(local.admin, general, "", [PICTURE])
    asked: Any
    if entry == "text":
        asked = await local.post(member, general, "!classify", [PICTURE])
    elif entry == "reply":
        asked = await local.post(member, general, "!classify", reply_to=posted)
    elif entry == "slash":
        asked = await local.slash(member, general, "classify", {"picture": PICTURE})
    elif entry == "menu":
        asked = await local.context_menu(member, posted, MENU)
    elif entry == "link":
        asked = await local.post(member, general, f"!classify https://youtu.be/{VIDEO}")
    elif entry == "mention":
        asked = await local.post(member, general, f"<@{local.bot.id}>", [PICTURE])
    else:
        asked = await local.post(member, local.direct(member), "", [PICTURE])
    assert (await local.answer_to(asked)).embeds[0]["title"] == UNKNOWN


async def test_without_the_permission_to_react_the_bot_says_so(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local = local_discord
    local.world.overwrite(local.general, local.bot, deny=Permission.ADD_REACTIONS)
    reply = await ask(local, "slash", local.admin, "unknown", action="react")
    missing = f"I can't react in <#{local.general.id}>: I need Add Reactions and Read Message History there."
    assert text_of(reply).endswith(f"\n{missing}")
    posted = await local.post(local.member, local.general, "", [PICTURE])
    words = "I'm missing permissions in this channel: **Add Reactions**. Ask an admin to allow them."
    assert (await local.answer_to(posted)).content == words
    await ask(local, "text", local.admin, "watch", channel=local.random)
    assert "I can't react" not in text_of(await ask(local, "text", local.admin, "unknown"))


class WithShorts(ScriptedEngine):
    """Refuses pictures that are narrower than high."""

    async def classify(self, owner: int | None, picture: bytes, *, find_video: bool = True) -> Prediction:
        found = await super().classify(owner, picture, find_video=find_video)
        if picture == SHORT[1]:
            raise VerticalPictureError("It is a Short.")
        return found


SHORT = ("short.png", png(9, 16))


@pytest.fixture
async def engine() -> ScriptedEngine:
    return WithShorts()


@pytest.mark.parametrize("entry", ["post", "text", "slash", "menu"])
async def test_a_vertical_picture_is_answered_as_what_it_is(
    entry: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    local, member, general = local_discord, local_discord.member, local_discord.general
    asked: Any
    if entry == "slash":
        asked = await local.slash(member, general, "classify", {"picture": SHORT})
    else:
        asked = await local.post(member, general, "!classify" if entry == "text" else "", [SHORT])
    if entry == "menu":
        asked = await local.context_menu(member, asked, MENU)
    answer = await local.answer_to(asked)
    assert (answer.content, answer.embeds, answer.attachments) == ("It is a Short.", (), ())


async def test_beside_other_pictures_a_vertical_one_gets_one_line(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [SHORT, PICTURE])
    answer = await local_discord.answer_to(posted)
    assert answer.content == "short.png: It is a Short."
    assert answer.embeds[0]["title"] == UNKNOWN


async def test_vertical_pictures_count_as_unknown(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    await bot.services.store.servers.set_unknown_pictures(local_discord.guild.id, UnknownPictures.REACT)
    assert (await reacted(local_discord, "", SHORT)).reactions == (("❔", local_discord.bot.id),)
    assert (await reacted(local_discord, "", SHORT, PICTURE)).reactions == (("❔", local_discord.bot.id),)
    broken = await local_discord.post(local_discord.member, local_discord.general, "", [("a.jpg", b"x"), SHORT])
    assert "isn't a supported image" in (await local_discord.answer_to(broken)).content
