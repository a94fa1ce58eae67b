"""How typical a picture is of a channel, by every form of the command."""

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Permission, User
from classifier.errors import NoIndexError
from tests.bot.samples import png
from tests.e2e.chat import text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine

pytestmark = pytest.mark.every_database

PICTURE = ("draft.png", png(20))
LINK = f"https://youtu.be/{VIDEO}"


def people(local: LocalDiscord) -> tuple[User, User]:
    return local.member, local.admin


@pytest.mark.parametrize("words", ["@nerdologia", "Nerdologia", "  nerdologia ", "UC" + "n" * 22])
async def test_an_attached_picture_is_compared_by_a_text_command(
    words: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    for who in people(local_discord):
        asked = await local_discord.post(who, local_discord.general, f"!compare {words}", [PICTURE])
        answer = await local_discord.answer_to(asked)
        assert answer.embeds[0]["title"] == "Compared with Nerdologia"
        assert "than 63% of its own thumbnails" in text_of(answer)
        (file,) = answer.attachments
        assert file.description is not None
        assert "#c81e28 >99%" in file.description
    assert engine.compared == [(local_discord.guild.id, PICTURE[1], "nerdologia")] * 2


@pytest.mark.parametrize("text", [f"!compare Peixe Babel {LINK}", f"!compare {LINK}  Peixe   Babel"])
async def test_a_videos_thumbnail_is_compared_by_a_text_command(
    text: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await local_discord.answer_to(await local_discord.post(local_discord.member, local_discord.general, text))
    ((server, picture, label),) = engine.compared
    assert (server, label) == (local_discord.guild.id, "peixe")
    assert picture.startswith(b"\xff\xd8")


async def test_a_slash_command_compares_a_picture_and_shows_it(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    options = {"channel": "@nerdologia", "picture": PICTURE}
    used = await local_discord.slash(local_discord.member, local_discord.general, "compare", options)
    answer = await local_discord.answer_to(used)
    assert answer.embeds[0]["thumbnail"]["url"]
    assert engine.compared == [(local_discord.guild.id, PICTURE[1], "nerdologia")]


async def test_a_slash_command_compares_a_link(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    used = await local_discord.slash(
        local_discord.member, local_discord.general, "compare", {"channel": "Peixe Babel", "link": LINK}
    )
    await local_discord.answer_to(used)
    assert [label for _, _, label in engine.compared] == ["peixe"]


async def test_the_models_channels_are_offered_while_typing(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    offered = await local_discord.autocomplete(local_discord.member, local_discord.general, "compare", "channel", "bab")
    assert [choice["name"] for choice in offered] == ["Peixe Babel"]
    every = await local_discord.autocomplete(local_discord.member, local_discord.general, "compare", "channel", "")
    assert [choice["name"] for choice in every] == ["Nerdologia", "Peixe Babel"]


async def test_the_default_model_compares_in_direct_messages(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    place = local_discord.direct(local_discord.member)
    await local_discord.answer_to(
        await local_discord.post(local_discord.member, place, "!compare @nerdologia", [PICTURE])
    )
    assert [server for server, _, _ in engine.compared] == [None]


@pytest.mark.parametrize(
    ("text", "files", "words"),
    [
        ("!compare @nobody", [PICTURE], "I haven't learned that channel. See"),
        ("!compare @nerdologia", [], "Attach a picture, or add a link to a YouTube video."),
        ("!compare @nerdologia", [("a.txt", b"text")], "That file isn't a supported image."),
        ("!compare", [PICTURE], "`channel` is missing."),
    ],
)
async def test_what_is_missing_is_named(
    text: str, files: list[tuple[str, bytes]], words: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await local_discord.post(local_discord.member, local_discord.general, text, files)
    assert words in text_of(await local_discord.answer_to(asked))


async def test_a_model_that_can_not_compare_says_what_to_do(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.failure = NoIndexError("The model can't compare pictures with its channels yet. Train it again.")
    asked = await local_discord.post(local_discord.member, local_discord.general, "!compare @nerdologia", [PICTURE])
    assert "Train it again." in (await local_discord.answer_to(asked)).content


async def test_missing_permissions_are_named(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.ATTACH_FILES)
    place = local_discord.world.channel(local_discord.general.id)
    asked = await local_discord.post(local_discord.member, place, "!compare @nerdologia", [PICTURE])
    refused = "I'm missing permissions in this channel: **Attach Files**. Ask an admin to allow them."
    assert (await local_discord.answer_to(asked)).content == refused
    assert engine.compared == []
