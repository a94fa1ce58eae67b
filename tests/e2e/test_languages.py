"""Everyone is answered in their own language, or in the one that a server's admins chose."""

import asyncio
from dataclasses import replace

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, User
from tests.bot.samples import png
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, refused, text_of
from tests.e2e.conftest import ScriptedEngine

PICTURE = ("dog.png", png())
NO_VIDEO = "https://example.org/"
WRONG_LINK = "Isso não é um link para um vídeo do YouTube."


def brazilian(user: User) -> User:
    """The same person, with a client in Portuguese."""
    return replace(user, locale="pt-BR")


async def test_each_person_is_answered_in_the_language_of_their_client(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    people = (brazilian(local_discord.member), local_discord.admin)
    answers = await asyncio.gather(
        *(ask(local_discord, "slash", who, "classify", link=NO_VIDEO) for who in people for _ in range(3))
    )
    assert [text_of(it).startswith(WRONG_LINK) for it in answers] == [True] * 3 + [False] * 3
    assert [text_of(it).startswith("That isn't a link") for it in answers] == [False] * 3 + [True] * 3


@pytest.mark.parametrize("form", FORMS)
async def test_admins_choose_one_language_for_everyone(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    admin = local_discord.admin
    assert text_of(await ask(local_discord, form, admin, "language")).startswith("I answer commands in the language of")
    chosen = await ask(local_discord, form, admin, "language", language="pt_BR" if form == "slash" else "português")
    assert text_of(chosen).startswith("Falo **Português (Brasil)** neste servidor.")
    by_text = await ask(local_discord, "text", local_discord.member, "classify", link=NO_VIDEO)
    by_slash = await ask(local_discord, "slash", local_discord.member, "classify", link=NO_VIDEO)
    assert [text_of(it)[: len(WRONG_LINK)] for it in (by_text, by_slash)] == [WRONG_LINK] * 2
    broken = await local_discord.post(local_discord.member, local_discord.general, "", [("dog.png", b"not a picture")])
    assert "Esse arquivo não é uma imagem compatível." in text_of(await local_discord.answer_to(broken))
    elsewhere = await ask(
        local_discord, "text", local_discord.member, "classify", where=local_discord.posters, link=NO_VIDEO
    )
    assert text_of(elsewhere).startswith("That isn't a link"), "each server has its own choice"
    back = await ask(local_discord, form, admin, "language", language="automatic")
    assert text_of(back).startswith("I answer commands in the language of")


async def test_a_posted_picture_and_its_buttons_speak_the_servers_language(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await bot.services.store.servers.set_language(local_discord.guild.id, "pt_BR")
    here = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    elsewhere = await local_discord.post(local_discord.member, local_discord.posters, "", [PICTURE])
    answer, english = await local_discord.answer_to(here), await local_discord.answer_to(elsewhere)
    assert "**Quase certeza**: 97%" in text_of(answer)
    assert "**Almost certain**: 97%" in text_of(english)
    assert list(buttons(answer)) == ["Certo", "Errado", "Por quê?"]
    assert list(buttons(english)) == ["Right", "Wrong", "Why?"]
    pressed = await local_discord.press(local_discord.member, answer, buttons(answer)["Certo"])
    assert text_of(await local_discord.answer_to(pressed)).startswith("Obrigado! Anotei que está certo.")
    await local_discord.answer_to(await local_discord.press(local_discord.member, answer, buttons(answer)["Por quê?"]))
    assert engine.words.planes == ("Vermelho", "Verde", "Azul"), "so do the figures"


@pytest.mark.parametrize("form", FORMS)
async def test_only_admins_choose_the_language(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    assert await refused(local_discord, form, local_discord.member, "language", language="pt_BR") == ADMINS_ONLY
    assert (await bot.services.store.servers.get(local_discord.guild.id)).language is None


async def test_discord_shows_the_commands_in_portuguese(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    commands = {it["name"]: it for it in local_discord.offered(local_discord.admin, local_discord.general)}
    classify = commands["classify"]
    assert classify["description_localizations"] == {
        "pt-BR": "Descobre de que canal do YouTube vem uma miniatura",
    }
    assert not classify["name_localizations"], "text commands and mentions have the same names"
    assert commands["Which channel is this?"]["name_localizations"] == {"pt-BR": "De que canal é isto?"}
