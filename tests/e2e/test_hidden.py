"""What the author of a picture hides behind a spoiler stays hidden in every answer that others can see."""

from typing import Any

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from tests.bot.samples import png
from tests.e2e.chat import buttons, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine

HIDDEN = ("SPOILER_end.png", png(50))
LINK = f"https://youtu.be/{VIDEO}"
MENU = "Which channel is this?"


@pytest.fixture
async def quiet(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    """Posted pictures are not answered in #general."""
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)


async def ask(local: LocalDiscord, entry: str) -> tuple[str, Any]:
    """Ask about a hidden picture; returns its address, and what was asked."""
    if entry == "slash":
        asked: Any = await local.slash(local.member, local.general, "classify", {"picture": HIDDEN})
        (attachment,) = asked.data["resolved"]["attachments"].values()
        return attachment["url"], asked
    channel = local.random if entry == "post" else local.general
    posted = await local.post(local.admin, channel, "", [HIDDEN])
    asked = posted
    if entry == "reply":
        asked = await local.post(local.member, local.general, "!classify", reply_to=posted)
    elif entry == "menu":
        asked = await local.context_menu(local.member, posted, MENU)
    return posted.attachments[0].url, asked


@pytest.mark.parametrize("entry", ["post", "reply", "menu", "slash"])
async def test_an_answer_never_shows_a_hidden_picture(
    entry: str, local_discord: LocalDiscord, bot: Thumbprint, quiet: None
) -> None:
    address, asked = await ask(local_discord, entry)
    answer = await local_discord.answer_to(asked)
    assert answer.embeds[0]["title"] == "Nerdologia"
    assert answer.visible_to is None
    assert address not in str(answer)
    assert "SPOILER" not in text_of(answer)


@pytest.mark.parametrize("entry", ["post", "reply", "menu"])
async def test_why_shows_a_hidden_picture_behind_a_spoiler(
    entry: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, quiet: None
) -> None:
    _, asked = await ask(local_discord, entry)
    answer = await local_discord.answer_to(asked)
    pressed = await local_discord.press(local_discord.member, answer, buttons(answer)["Why?"])
    shown = await local_discord.answer_to(pressed)
    assert engine.explained == [png(50)]
    assert [file.filename for file in shown.attachments] == [
        "SPOILER_heatmap.png",
        "SPOILER_planes.png",
        "SPOILER_histograms.png",
    ]
    assert not any("image" in embed for embed in shown.embeds)


async def test_an_open_picture_is_shown_beside_an_answer_to_the_menu(
    local_discord: LocalDiscord, bot: Thumbprint, quiet: None
) -> None:
    posted = await local_discord.post(local_discord.admin, local_discord.general, "", [("dog.png", png())])
    answer = await local_discord.answer_to(await local_discord.context_menu(local_discord.member, posted, MENU))
    assert answer.embeds[0]["thumbnail"]["url"] == posted.attachments[0].url


@pytest.mark.parametrize("entry", ["command", "reply", "menu"])
async def test_a_hidden_link_stays_hidden(entry: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    member, general = local_discord.member, local_discord.general
    if entry == "command":
        asked: Any = await local_discord.post(member, general, f"!classify ||{LINK}||")
    else:
        posted = await local_discord.post(local_discord.admin, general, f"so that is how it ends: ||{LINK}||")
        if entry == "reply":
            asked = await local_discord.post(member, general, "!classify", reply_to=posted)
        else:
            asked = await local_discord.context_menu(member, posted, MENU)
    answer = await local_discord.answer_to(asked)
    assert f"||[video]({LINK})||" in answer.embeds[0]["description"]
    assert text_of(answer).count(VIDEO) == 1
    why = await local_discord.answer_to(await local_discord.press(member, answer, buttons(answer)["Why?"]))
    assert all(file.filename.startswith("SPOILER_") for file in why.attachments)


async def test_the_name_of_a_hidden_picture_is_not_given_away(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    files = [("a.png", png()), ("SPOILER_he_was_dead_all_along.png", png(50)), ("SPOILER_x.jpg", b"no picture")]
    asked = await local_discord.post(local_discord.admin, local_discord.general, "", files)
    answer = await local_discord.answer_to(asked)
    assert "he_was_dead" not in str(answer.embeds) + str(answer.components)
    assert answer.content == ("hidden picture: That file isn't a supported image. Send a JPEG, PNG, WebP or GIF.")
