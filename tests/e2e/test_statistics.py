"""How the bot did, week by week, as a plot with its numbers in words."""

from collections.abc import Sequence

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.store.values import FactRow
from tests.bot.samples import prediction
from tests.e2e.asking import DOORS, By, ask, said


async def answered(bot: Thumbprint, server: int | None, facts: Sequence[bool | None], *, unknown: int = 0) -> list[int]:
    """Keep answers in the store, those of `facts` and then unknown ones."""
    record = bot.services.store.answers.record
    known = [
        await record(
            server, prediction(0.9, 0.1), version="v", video="v", fact=None if it is None else FactRow("UC", it)
        )
        for it in facts
    ]
    others = [await record(server, prediction(0.5, 0.5, unknown=True), version="v") for _ in range(unknown)]
    return [answer.id for answer in (*known, *others)]


@pytest.mark.parametrize("by", DOORS)
async def test_everybody_sees_totals_and_a_plot(by: By, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    server = local_discord.guild.id
    first, second, *_ = await answered(bot, server, [True, True, True, False, None], unknown=3)
    await answered(bot, local_discord.club.id, [True])
    await bot.services.store.feedback.agree(first, 1, quota=9)
    await bot.services.store.feedback.correct(second, 2, "peixe", quota=9)
    answer = await ask(local_discord, by, local_discord.member, "stats")
    fields = {field["name"]: field["value"] for field in answer.embeds[0]["fields"]}
    assert fields == {
        "Answered": "8",
        "None that I know": "3 (37.5%)",
        "Right by YouTube's word": "**75.0%** (3 of 4)",
        "Right by your feedback": "**50.0%** (1 of 2)",
    }
    (plot,) = answer.attachments
    assert answer.embeds[0]["image"]["url"] == f"attachment://{plot.filename}"
    assert local_discord.read(plot).startswith(b"\x89PNG")
    assert plot.description is not None
    assert f"Answers: {'0, ' * 11}8." in plot.description
    assert f"None that I know: {'0, ' * 11}3." in plot.description
    club = await ask(local_discord, by, local_discord.member, "stats", where=local_discord.posters)
    assert "Answered: 1" in said(club)
    assert "Right by your feedback: nothing was told yet" in said(club)


@pytest.mark.parametrize("by", DOORS)
@pytest.mark.parametrize("direct", [False, True])
async def test_without_answers_there_is_no_plot(
    by: By, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    where = local_discord.direct(local_discord.member) if direct else None
    answer = await ask(local_discord, by, local_discord.member, "stats", where=where)
    assert "I have answered nothing here" in said(answer)
    assert answer.attachments == ()
