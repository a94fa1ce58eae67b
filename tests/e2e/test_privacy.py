"""What is kept of people, and that it goes when they say so."""

from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.sandbox.youtube import LocalYouTube
from classifier.values import Channel
from tests.bot.samples import prediction
from tests.e2e.asking import DOORS, By, ask, buttons, said
from tests.e2e.conftest import PlayedEngine, bot_settings, running


@pytest.mark.parametrize("by", DOORS)
@pytest.mark.parametrize("direct", [False, True])
async def test_everybody_is_told_what_is_kept(
    by: By, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    member = local_discord.member
    answer = await ask(local_discord, by, member, "privacy", where=local_discord.direct(member) if direct else None)
    assert "never people's pictures" in said(answer)
    assert "30 days" in said(answer)
    assert "`!forget me`" in said(answer)
    assert answer.visible_to == (member.id if by == "slash" else None)


async def opinions(bot: Thumbprint, *people: int) -> list[int]:
    """How many of what these people said are there."""
    waiting = await bot.services.store.feedback.queue(None)
    return [sum(given.user == person for given in waiting) for person in people]


@pytest.mark.parametrize("by", DOORS)
async def test_a_person_is_forgotten_once_they_confirm(
    by: By, local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    me, other = local_discord.member, local_discord.owner
    bot = Thumbprint(chosen, PlayedEngine())
    async with running(bot, local_discord):
        store = bot.services.store
        for person in (me.id, me.id, other.id):
            answer = await store.answers.record(None, prediction(0.9, 0.1), version="v", video="v")
            await store.feedback.agree(answer.id, person, quota=9)
        await store.channels.add(local_discord.guild.id, Channel("a", "A", "UCa"), me.id)
        asked = await ask(local_discord, by, me, "forget me")
        assert "can't be undone" in asked.content
        assert await opinions(bot, me.id, other.id) == [2, 1]
    bot = Thumbprint(chosen, PlayedEngine())
    async with running(bot, local_discord):
        button = buttons(asked)["Forget me"]
        if by == "text":
            refused = await local_discord.answer_to(await local_discord.press(other, asked, button))
            assert "for somebody else" in refused.content
            assert await opinions(bot, me.id, other.id) == [2, 1]
        await local_discord.settled(await local_discord.press(me, asked, button))
        done = local_discord.current(asked)
        assert "Deleted: 2 pieces of feedback." in said(done)
        assert done.content == ""
        assert buttons(done) == {}
        assert await opinions(bot, me.id, other.id) == [0, 1]
        assert [it.added_by for it in await bot.services.store.channels.of(local_discord.guild.id)] == [None]


async def test_forget_alone_asks_the_same(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await ask(local_discord, "text", local_discord.member, "forget")
    assert list(buttons(answer)) == ["Forget me"]
