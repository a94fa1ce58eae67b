"""What people can do where the bot itself is not, once they have installed it to their own account."""

from typing import Any

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Channel, LocalDiscord, Message, NotOfferedError, Permission
from tests.bot.samples import png
from tests.e2e.chat import buttons, menu, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine

MENU = "Which channel is this?"
EVERYWHERE = {"classify", "help", "privacy", "forget", MENU}
"""The commands of people who have installed the bot."""
PICTURE = ("dog.png", png(40))


@pytest.fixture(params=["server", "direct messages"])
def place(request: pytest.FixtureRequest, local_discord: LocalDiscord) -> Channel:
    """A chat where the bot is not: Max's, and in one of the two Ada's server."""
    world = local_discord.world
    if request.param == "direct messages":
        return world.add_direct(local_discord.member, local_discord.admin)
    guild = world.add_guild("Elsewhere", local_discord.admin, (local_discord.member,))
    return world.add_channel(guild, "lounge")


@pytest.fixture
def installed(local_discord: LocalDiscord) -> None:
    """Max has installed the bot."""
    local_discord.world.install(local_discord.member)


def names(local: LocalDiscord, place: Channel) -> set[str]:
    return {command["name"] for command in local.offered(local.member, place)}


async def pressed(local: LocalDiscord, message: Message, label: str) -> Message:
    return await local.answer_to(await local.press(local.member, message, buttons(message)[label]))


async def test_only_who_has_installed_the_bot_is_offered_its_commands(
    place: Channel, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    assert names(local_discord, place) == set()
    local_discord.world.install(local_discord.member)
    assert names(local_discord, place) == EVERYWHERE
    assert local_discord.offered(local_discord.admin, place) == []
    with pytest.raises(NotOfferedError):
        await local_discord.slash(local_discord.member, place, "retrain")
    local_discord.world.install(local_discord.member, installed=False)
    assert names(local_discord, place) == set()


async def test_where_the_bot_is_nothing_changes(local_discord: LocalDiscord, bot: Thumbprint, installed: None) -> None:
    assert names(local_discord, local_discord.general) > EVERYWHERE
    direct = names(local_discord, local_discord.direct(local_discord.member))
    assert direct > EVERYWHERE
    assert not direct & {"watch", "unwatch", "threshold", "unknown"}


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("entry", ["picture", "link", "menu"])
async def test_pictures_are_answered_with_the_default_model_and_explained(
    entry: str, place: Channel, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local, member = local_discord, local_discord.member
    asked: Any
    if entry == "menu":
        posted = await local.post(local.admin, place, "", [PICTURE])
        asked = await local.context_menu(member, posted, MENU)
    elif entry == "link":
        asked = await local.slash(member, place, "classify", {"link": f"https://youtu.be/{VIDEO}"})
    else:
        asked = await local.slash(member, place, "classify", {"picture": PICTURE})
    answer = await local.answer_to(asked)
    assert answer.embeds[0]["title"] == "Nerdologia"
    assert answer.visible_to is None
    assert engine.owners == [None]
    assert (await pressed(local, answer, "Why?")).embeds[0]["title"] == "Why Nerdologia?"
    assert "noted as right" in (await pressed(local, answer, "Right")).content
    assert "Which channel is it from?" in (await pressed(local, answer, "Wrong")).content
    (week,) = await bot.services.store.statistics.weekly(None, weeks=1)
    assert (week.answered, week.right_by_feedback) == (1, 1)
    assert await bot.services.store.servers.all() == {}, "nothing is stored about a server that the bot is not in"


@pytest.mark.usefixtures("installed")
async def test_others_can_use_the_buttons_of_an_answer(
    place: Channel, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await local_discord.slash(local_discord.member, place, "classify", {"picture": PICTURE})
    answer = await local_discord.answer_to(asked)
    press = await local_discord.press(local_discord.admin, answer, buttons(answer)["Right"])
    assert "noted as right" in (await local_discord.answer_to(press)).content


@pytest.mark.usefixtures("installed")
async def test_one_of_several_pictures_is_chosen_but_can_not_be_explained(
    place: Channel, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    posted = await local_discord.post(local_discord.admin, place, "", [PICTURE, ("cat.png", png(41))])
    answer = await local_discord.answer_to(await local_discord.context_menu(local_discord.member, posted, MENU))
    about = menu(answer)
    chosen = await local_discord.choose(
        local_discord.member, answer, about["custom_id"], [about["options"][1]["value"]]
    )
    await local_discord.settled(chosen)
    answer = local_discord.current(answer)
    assert [option["default"] for option in menu(answer)["options"]] == [False, True]
    refused = await pressed(local_discord, answer, "Why?")
    assert text_of(refused) == (
        "I can't read messages in this chat, so I can't find that picture again. Use `/classify` with it."
    )


@pytest.mark.usefixtures("installed")
async def test_errors_are_reported(place: Channel, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = await local_discord.slash(local_discord.member, place, "classify", {"link": "nothing"})
    refused = await local_discord.answer_to(asked)
    assert refused.visible_to == local_discord.member.id
    assert "YouTube" in refused.content


@pytest.mark.usefixtures("installed")
async def test_help_and_privacy_work(place: Channel, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local, member = local_discord, local_discord.member
    help_page = await local.answer_to(await local.slash(member, place, "help"))
    assert "my default list" in text_of(help_page)
    assert "server admins" not in text_of(help_page)
    assert "</classify:" in str(help_page.embeds)
    assert (await local.answer_to(await local.slash(member, place, "privacy show"))).embeds
    asked = await local.answer_to(await local.slash(member, place, "forget me"))
    assert "I no longer store anything about you." in text_of(await pressed(local, asked, "Forget Me"))


async def test_an_admin_elsewhere_is_nobody_here(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    """The server that added the bot decides, not one that has only a member who installed it."""
    local = local_discord
    guild = local.world.add_guild("Elsewhere", local.admin, (local.member,))
    channel = local.world.add_channel(guild, "lounge")
    local.world.install(local.admin)
    asked = await local.settled(await local.slash(local.admin, channel, "help"))
    start = local.people._state.interactions.start
    # Discord never sends this, but the model of everybody would be at stake.
    forged = start(asked.kind, asked.user, asked.channel, asked.data | {"name": "retrain"}, asked.owners)
    assert "only my owner can do that" in (await local.answer_to(forged)).content


@pytest.mark.usefixtures("installed")
async def test_where_others_apps_are_not_welcome_only_the_person_sees_the_answer(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    local = local_discord
    guild = local.world.add_guild("Elsewhere", local.admin, (local.member,))
    channel = local.world.add_channel(guild, "lounge")
    local.world.overwrite(channel, local.member, deny=Permission.USE_EXTERNAL_APPS)
    answer = await local.answer_to(await local.slash(local.member, channel, "classify", {"picture": PICTURE}))
    assert answer.visible_to == local.member.id
    assert (await pressed(local, answer, "Why?")).embeds


@pytest.mark.usefixtures("installed")
async def test_a_server_with_the_bot_uses_its_own_model(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify", {"picture": PICTURE})
    await local_discord.answer_to(asked)
    assert engine.owners == [local_discord.guild.id]
