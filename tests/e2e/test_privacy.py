"""What is stored about people, and how they delete it."""

from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from classifier.values import Channel
from tests.bot.samples import prediction
from tests.e2e.chat import FORMS, Form, ask, buttons, text_of
from tests.e2e.conftest import ScriptedEngine, bot_settings, running


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direct", [False, True])
async def test_everybody_can_see_what_is_stored(
    form: Form, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    member = local_discord.member
    answer = await ask(local_discord, form, member, "privacy", where=local_discord.direct(member) if direct else None)
    assert "never people's pictures" in text_of(answer)
    assert "30 days" in text_of(answer)
    assert "`/forget me` immediately deletes what I store about you." in text_of(answer)
    assert answer.visible_to == (member.id if form == "slash" else None)


async def feedback_of(bot: Thumbprint, *people: int) -> list[int]:
    """How much feedback of these people is stored."""
    waiting = await bot.services.store.feedback.queue(None)
    return [sum(given.user == person for given in waiting) for person in people]


@pytest.mark.parametrize("form", FORMS)
async def test_a_person_is_forgotten_after_confirming(
    form: Form, local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    me, other = local_discord.member, local_discord.owner
    bot = Thumbprint(chosen, ScriptedEngine())
    async with running(bot, local_discord):
        store = bot.services.store
        for person in (me.id, me.id, other.id):
            answer = await store.answers.record(None, prediction(0.9, 0.1), video="v")
            await store.feedback.agree(answer.id, person, quota=9)
        await store.channels.add(local_discord.guild.id, Channel("a", "A", "UCa"), me.id)
        asked = await ask(local_discord, form, me, "forget me")
        assert "can't be undone" in asked.content
        assert await feedback_of(bot, me.id, other.id) == [2, 1]
    bot = Thumbprint(chosen, ScriptedEngine())
    async with running(bot, local_discord):
        button = buttons(asked)["Forget Me"]
        if form == "text":
            refused = await local_discord.answer_to(await local_discord.press(other, asked, button))
            assert "That button isn't yours. Use `/forget me` to get your own." in text_of(refused)
            assert await feedback_of(bot, me.id, other.id) == [2, 1]
        await local_discord.settled(await local_discord.press(me, asked, button))
        done = local_discord.current(asked)
        assert "Deleted 2 pieces of feedback. I no longer store anything about you." in text_of(done)
        assert done.content == ""
        assert buttons(done) == {}
        assert await feedback_of(bot, me.id, other.id) == [0, 1]
        assert [it.added_by for it in await bot.services.store.channels.of(local_discord.guild.id)] == [None]


async def test_forget_without_a_sub_command_asks_the_same(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "text", local_discord.member, "forget")
    assert list(buttons(answer)) == ["Forget Me"]
