"""How the bot did, week by week, as a chart with its numbers in the alt text."""

from collections.abc import Sequence

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord
from bot.store.values import FactRow
from tests.bot.samples import prediction
from tests.e2e.chat import FORMS, Form, ask, fields_of, text_of

pytestmark = pytest.mark.every_database


async def answered(bot: Thumbprint, server: int | None, facts: Sequence[bool | None], *, unknown: int = 0) -> list[int]:
    """Store answers that YouTube says are correct or not (None: not known), and then unknown ones."""
    record = bot.services.store.answers.record
    known = [
        await record(server, prediction(0.9, 0.1), video="v", fact=None if it is None else FactRow("UC", correct=it))
        for it in facts
    ]
    others = [await record(server, prediction(0.5, 0.5, unknown=True)) for _ in range(unknown)]
    return [answer.id for answer in (*known, *others)]


@pytest.mark.parametrize("form", FORMS)
async def test_everybody_sees_totals_and_a_chart(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    server = local_discord.guild.id
    first, second, *_ = await answered(bot, server, [True, True, True, False, None], unknown=3)
    await answered(bot, local_discord.club.id, [True])
    await bot.services.store.feedback.agree(first, 1, quota=9)
    await bot.services.store.feedback.correct(second, 2, "peixe", quota=9)
    answer = await ask(local_discord, form, local_discord.member, "stats")
    assert fields_of(answer) == {
        "Answered": "8",
        "Unknown": "3 (37.5%)",
        "Right (checked with YouTube)": "**75.0%** (3 of 4)",
        "Right (according to feedback)": "**50.0%** (1 of 2)",
    }
    (chart,) = answer.attachments
    assert answer.embeds[0]["image"]["url"] == f"attachment://{chart.filename}"
    assert local_discord.read(chart).startswith(b"\x89PNG")
    assert chart.description is not None
    assert f"Answers: {'0, ' * 11}8." in chart.description
    assert f"Unknown: {'0, ' * 11}3." in chart.description
    club = await ask(local_discord, form, local_discord.member, "stats", where=local_discord.posters)
    assert "Answered: 1" in text_of(club)
    assert "Right (according to feedback): no data yet" in text_of(club)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direct", [False, True])
async def test_without_answers_there_is_no_chart(
    form: Form, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    where = local_discord.direct(local_discord.member) if direct else None
    answer = await ask(local_discord, form, local_discord.member, "stats", where=where)
    assert "I haven't answered anything here in that time." in text_of(answer)
    assert answer.attachments == ()
