"""A picture that is a known thumbnail is answered as that video, whoever asks and however."""

import pytest

from bot.app import Thumbprint
from bot.cogs.classify import MENU
from bot.sandbox.discord import LocalDiscord, Message
from tests.bot.samples import exact_prediction, png, prediction
from tests.e2e.chat import FORMS, Form, ask, buttons, fields_of, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine

pytestmark = pytest.mark.every_database

PICTURE = ("dog.png", png())


@pytest.fixture(autouse=True)
def exact(engine: ScriptedEngine) -> None:
    engine.prediction = exact_prediction()


def assert_names_the_video(answer: Message) -> None:
    (embed,) = answer.embeds
    assert (embed["title"], embed["url"]) == (r"What is \*time\*?", "https://youtu.be/jNQXAC9IVRw")
    assert "**Exact match**: it is this video by [**Nerdologia**]" in embed["description"]
    assert answer.attachments == ()
    assert list(buttons(answer)) == ["Right", "Wrong", "Why?"]


async def test_a_posted_picture_is_its_video(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    for who in (local_discord.member, local_discord.admin):
        posted = await local_discord.post(who, local_discord.general, "", [PICTURE])
        assert_names_the_video(await local_discord.answer_to(posted))


@pytest.mark.parametrize("form", FORMS)
async def test_a_command_names_it_too(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, form, local_discord.member, "classify", link=f"https://youtu.be/{VIDEO}")
    assert "**Exact match**" in text_of(answer)


async def test_the_message_menu_names_it_too(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)
    posted = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    used = await local_discord.context_menu(local_discord.member, posted, MENU)
    assert_names_the_video(await local_discord.answer_to(used))


async def test_exact_matches_are_no_part_of_the_accuracy(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    answer = await ask(local_discord, "text", local_discord.member, "classify", link=f"https://youtu.be/{VIDEO}")
    await local_discord.answer_to(await local_discord.press(local_discord.member, answer, buttons(answer)["Right"]))
    engine.prediction = prediction(0.9, 0.1, unknown=True)
    await local_discord.answer_to(await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE]))
    shown = await ask(local_discord, "text", local_discord.member, "stats")
    assert fields_of(shown) == {
        "Answered": "2",
        "Unknown": "1 (50.0%)",
        "Exact matches": "1 (50.0%)",
        "Right (checked with YouTube)": "no data yet",
        "Right (according to feedback)": "no data yet",
    }
