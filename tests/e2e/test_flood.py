"""One member posts far more pictures than anyone can look at."""

import asyncio

from bot.app import Thumbprint
from bot.classification import MAX_WAITING_EACH
from bot.sandbox.discord import LocalDiscord
from classifier.values import Prediction
from tests.bot.samples import png
from tests.e2e.conftest import ScriptedEngine

DROPPED = 5


async def test_others_are_answered_and_the_flooder_is_warned_once(
    bot: Thumbprint, local_discord: LocalDiscord, engine: ScriptedEngine
) -> None:
    go_on, classify = asyncio.Event(), engine.classify
    picture, calm_picture = png(), png() + b"calm"

    async def held(owner: int | None, content: bytes, *, find_video: bool = True) -> Prediction:
        if content == picture:
            await go_on.wait()
        return await classify(owner, content, find_video=find_video)

    engine.classify = held  # type: ignore[method-assign]
    general, flooder, calm = local_discord.general, local_discord.member, local_discord.admin
    async with local_discord.watch() as events:
        posted = {
            (await local_discord.post(flooder, general, files=[(f"{number}.png", picture)])).id
            for number in range(MAX_WAITING_EACH + DROPPED)
        }
        warning = await events.next(lambda event: event.message is not None and "already" in event.message.content)
        assert warning.message is not None
        assert warning.message.content.startswith(f"You have {MAX_WAITING_EACH} pictures waiting already")
        question = await local_discord.post(calm, general, files=[("calm.png", calm_picture)])
        assert (await local_discord.answer_to(question)).attachments
        go_on.set()
        answered = set()
        for _ in range(MAX_WAITING_EACH):
            answer = await events.next(
                lambda event: (
                    event.message is not None
                    and event.message.reference_id in posted - answered
                    and bool(event.message.attachments)
                ),
                within=60,
            )
            assert answer.message is not None
            answered.add(answer.message.reference_id)
    again = await local_discord.post(flooder, general, files=[("again.png", picture)])
    assert (await local_discord.answer_to(again)).attachments
    replies = [it.reference_id for it in local_discord._state.world.messages[general.id].values()]
    silent = posted.difference(replies)
    assert len(silent) == DROPPED - 1  # all but the one that the warning replies to
