"""Below an answer: what YouTube says, feedback, and why."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message
from bot.sandbox.youtube import LocalYouTube
from bot.store.values import FeedbackState, Verdict
from classifier.values import KnownVideo, Nearest
from tests.bot.samples import NERDOLOGIA, PEIXE, png, prediction
from tests.e2e.chat import buttons, menu
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, handled, running

PICTURE = ("dog.png", png())
LINK = f"!classify https://youtu.be/{VIDEO}"


async def answered(local: LocalDiscord, content: str = "", pictures: int = 1) -> Message:
    files = [] if content else [PICTURE] * pictures
    return await local.answer_to(await local.post(local.member, local.general, content, files))


async def pressed(local: LocalDiscord, message: Message, label: str) -> Message:
    return await local.answer_to(await local.press(local.member, message, buttons(message)[label]))


async def turned(local: LocalDiscord, answer: Message, number: int) -> Message:
    """An answer after somebody chose one of its pictures."""
    about = menu(answer)
    chosen = await local.choose(local.member, answer, about["custom_id"], [about["options"][number - 1]["value"]])
    await local.settled(chosen)
    return local.current(answer)


async def test_an_answer_is_compared_with_youtube_and_counted(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    right = await answered(local_discord, LINK)
    assert right.embeds[0]["description"].endswith("YouTube says: **Nerdologia** ✅ I was right.")
    engine.prediction = prediction(0.9, 0.1, unknown=True)
    wrong = await answered(local_discord, LINK)
    assert wrong.embeds[0]["description"].endswith("YouTube says: **Nerdologia** ❌ I was wrong.")
    (week,) = await bot.services.store.statistics.weekly(local_discord.guild.id, weeks=1)
    assert (week.answered, week.unknown, week.right_by_fact, week.wrong_by_fact) == (2, 1, 1, 1)
    assert set(buttons(right)) == {"Right", "Wrong", "Why?"}


async def test_right_is_recorded(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    answer = await answered(local_discord)
    assert list(buttons(answer)) == ["Right", "Wrong", "Why?"]
    thanks = await pressed(local_discord, answer, "Right")
    assert thanks.visible_to == local_discord.member.id
    assert thanks.content == "Thanks, noted as right. It counts in the statistics; I only train on YouTube thumbnails."
    (week,) = await bot.services.store.statistics.weekly(local_discord.guild.id, weeks=1)
    assert (week.right_by_feedback, week.wrong_by_feedback) == (1, 0)


@pytest.mark.parametrize(
    ("choice", "words"),
    [("peixe", "Thanks, noted: **Peixe Babel**."), (":none", "Thanks, noted: none of these channels.")],
)
async def test_wrong_asks_for_the_right_channel(
    choice: str, words: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await pressed(local_discord, await answered(local_discord), "Wrong")
    (whose,) = asked.components[0]["components"]
    assert [option["label"] for option in whose["options"]] == ["None of these", "Nerdologia", "Peixe Babel"]
    assert whose["placeholder"] == "Choose a Channel"
    assert asked.content == "Which channel is it from? Only you can see this."
    assert asked.visible_to == local_discord.member.id
    thanks = await local_discord.answer_to(
        await local_discord.choose(local_discord.member, asked, whose["custom_id"], [choice])
    )
    assert words in thanks.content
    assert thanks.components == ()
    (week,) = await bot.services.store.statistics.weekly(local_discord.guild.id, weeks=1)
    assert (week.right_by_feedback, week.wrong_by_feedback) == (0, 1)


async def test_feedback_is_limited_per_person_and_day(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url, feedback_per_day=1)
    async with running(Thumbprint(chosen, engine), local_discord):
        first, second = await answered(local_discord), await answered(local_discord)
        await pressed(local_discord, first, "Right")
        refused = await pressed(local_discord, second, "Right")
    assert refused.content == "You've reached today's feedback limit (1). Come back tomorrow."


async def test_why_shows_a_heatmap_and_the_colours(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    shown = await pressed(local_discord, await answered(local_discord), "Why?")
    assert shown.visible_to == local_discord.member.id
    assert shown.embeds[0]["title"] == "Why Nerdologia?"
    assert [file.filename for file in shown.attachments] == ["heatmap.png", "planes.png", "histograms.png"]
    assert all(file.description for file in shown.attachments)
    assert engine.explained == [png()]


async def test_why_shows_the_most_similar_thumbnails(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    videos = tuple(KnownVideo(VIDEO[:-1] + str(number), f"Video {number}", NERDOLOGIA) for number in range(3))
    engine.nearest = (Nearest(NERDOLOGIA, videos, png()), Nearest(PEIXE, videos[:1], png()))
    shown = await pressed(local_discord, await answered(local_discord), "Why?")
    assert shown.visible_to == local_discord.member.id
    assert shown.embeds[1]["description"].count("](https://youtu.be/") == 3
    assert shown.embeds[2]["title"] == "Next best match: Peixe Babel"
    names = [file.filename for file in shown.attachments]
    assert names == ["heatmap.png", "nearest1.png", "nearest2.png", "planes.png", "histograms.png"]
    assert all(file.description for file in shown.attachments)


async def test_why_of_one_of_several_pictures(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    files = [(f"{n}.png", png(10 + n)) for n in range(3)]
    asked = await local_discord.post(local_discord.member, local_discord.general, "", files)
    answer = await local_discord.answer_to(asked)
    about = menu(answer)
    assert [option["label"] for option in about["options"]] == [f"About picture {n}" for n in (1, 2, 3)]
    assert [option["default"] for option in about["options"]] == [True, False, False]
    assert list(buttons(answer)) == ["Right", "Wrong", "Why?"]
    await pressed(local_discord, answer, "Why?")
    answer = await turned(local_discord, answer, 2)
    await pressed(local_discord, answer, "Why?")
    assert engine.explained == [png(10), png(11)]
    assert [option["default"] for option in menu(answer)["options"]] == [False, True, False]
    assert answer.attachments[0].filename == "confidence.png"
    answer = await turned(local_discord, answer, 1)
    await pressed(local_discord, answer, "Why?")
    assert engine.explained[2:] == [png(10)]


async def test_the_menu_of_pictures_and_older_rows_of_buttons_work_after_a_restart(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    files = [(f"{n}.png", png(10 + n)) for n in range(2)]
    async with running(Thumbprint(chosen, engine), local_discord):
        asked = await local_discord.post(local_discord.member, local_discord.general, "", files)
        answer = await local_discord.answer_to(asked)
    ids = [option["value"].split(":")[0] for option in menu(answer)["options"]]
    old = [
        {"type": 1, "components": [{"type": 2, "style": 2, "label": f"{name} {n + 1}", "custom_id": custom_id}]}
        for n, number in enumerate(ids)
        for name, custom_id in (("Right", f"right:{number}"), ("Why", f"why:{number}:{n}"))
    ]
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        answer = await turned(local_discord, answer, 2)
        await pressed(local_discord, answer, "Right")
        local_discord.world.messages[answer.channel_id][answer.id] = earlier = replace(answer, components=tuple(old))
        await pressed(local_discord, earlier, "Why 2")
        assert engine.explained == [png(11)]
        assert "noted as right" in (await pressed(local_discord, earlier, "Right 1")).content
        (week,) = await bot.services.store.statistics.weekly(local_discord.guild.id, weeks=1)
    assert (week.right_by_feedback, week.wrong_by_feedback) == (2, 0)


async def test_why_of_a_picture_of_a_slash_command(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await local_discord.slash(
        local_discord.member, local_discord.general, "classify", {"picture": ("mine.png", png(40))}
    )
    answer = await local_discord.answer_to(asked)
    assert answer.embeds[0]["thumbnail"]["url"]
    await pressed(local_discord, answer, "Why?")
    assert engine.explained == [png(40)]


async def test_why_of_one_of_several_pictures_from_the_message_menu(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    files = [(f"{n}.png", png(10 + n)) for n in range(3)]
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)
    posted = await local_discord.post(local_discord.member, local_discord.general, "", files)
    asked = await local_discord.context_menu(local_discord.member, posted, "Which channel is this?")
    answer = await turned(local_discord, await local_discord.answer_to(asked), 2)
    await pressed(local_discord, answer, "Why?")
    assert engine.explained == [png(11)]


async def test_why_of_a_picture_that_was_classified_by_a_reply(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    posted = await local_discord.post(local_discord.admin, local_discord.general, "", [PICTURE])
    asked = await local_discord.post(local_discord.member, local_discord.general, "!classify", reply_to=posted)
    await pressed(local_discord, await local_discord.answer_to(asked), "Why?")
    assert engine.explained == [png()]


async def test_why_of_pictures_with_a_link(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    files = [(f"{n}.png", png(10 + n)) for n in range(2)]
    answer = await local_discord.answer_to(
        await local_discord.post(local_discord.member, local_discord.general, LINK, files)
    )
    for number in (1, 2):
        await pressed(local_discord, await turned(local_discord, answer, number), "Why?")
    assert engine.explained == [png(10), png(11)]


async def test_why_of_a_video(local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine) -> None:
    await pressed(local_discord, await answered(local_discord, LINK), "Why?")
    (picture,) = engine.explained
    assert picture.startswith(b"\xff\xd8")  # as YouTube serves it


async def test_why_of_a_deleted_picture_is_refused(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    local_discord.delete(local_discord.member, asked)
    refused = await pressed(local_discord, answer, "Why?")
    assert refused.content == "I can't find that picture any more. Post it again."


async def test_buttons_work_after_a_restart(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, engine: ScriptedEngine, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, engine), local_discord):
        answer = await answered(local_discord)
        asked = await pressed(local_discord, answer, "Wrong")
    async with running(Thumbprint(chosen, engine), local_discord) as bot:
        custom_id = menu(asked)["custom_id"]
        chosen_later = await local_discord.choose(local_discord.member, asked, custom_id, ["peixe"])
        assert "Peixe Babel" in (await local_discord.answer_to(chosen_later)).content
        thanks = await pressed(local_discord, answer, "Right")
        assert "noted as right" in thanks.content
        (week,) = await bot.services.store.statistics.weekly(local_discord.guild.id, weeks=1)
    assert (week.right_by_feedback, week.wrong_by_feedback) == (1, 0)


async def test_feedback_on_a_youtube_thumbnail_is_queued_for_review(
    local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    answer = await answered(local_discord, LINK)
    thanks = await pressed(local_discord, answer, "Right")
    assert "Once an admin accepts it, the next training run uses it." in thanks.content
    (waiting,) = await bot.services.store.feedback.queue(local_discord.guild.id)
    assert (waiting.state, waiting.verdict, waiting.label) == (FeedbackState.QUEUED, Verdict.RIGHT, "nerdologia")
    assert waiting.answer.video == VIDEO


async def test_a_message_is_classified_from_its_menu(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    posted = await local_discord.post(local_discord.admin, local_discord.general, f"see https://youtu.be/{VIDEO}")
    asked = await local_discord.context_menu(local_discord.member, posted, "Which channel is this?")
    answer = await local_discord.answer_to(asked)
    assert answer.embeds[0]["title"] == "Nerdologia"
    empty = await local_discord.post(local_discord.admin, local_discord.general, "no picture here")
    refused = await local_discord.answer_to(
        await local_discord.context_menu(local_discord.member, empty, "Which channel is this?")
    )
    assert refused.visible_to == local_discord.member.id
    assert refused.content == "I can't find a picture or a YouTube link in that message."


async def test_only_watched_channels_are_answered(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    await bot.services.store.watched.add(local_discord.guild.id, local_discord.random.id)
    await local_discord.post(local_discord.member, local_discord.general, "", [("unseen.png", png(99))])
    asked = await local_discord.post(local_discord.member, local_discord.random, "", [PICTURE])
    await local_discord.answer_to(asked)
    assert engine.pictures == [png()]


async def test_a_threshold_only_applies_in_its_server(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.prediction = prediction(0.8, 0.2)
    await bot.services.store.servers.set_threshold(local_discord.guild.id, 0.9)
    assert (await answered(local_discord)).embeds[0]["title"] == "None of the channels I know"
    elsewhere = local_discord.world.channels_of(local_discord.club)[0]
    asked = await local_discord.post(local_discord.member, elsewhere, "", [PICTURE])
    assert (await local_discord.answer_to(asked)).embeds[0]["title"] == "Nerdologia"


@pytest.mark.parametrize("shared", [False, True], ids=["the only process", "one of several"])
async def test_pictures_during_a_shutdown_are_left_to_whichever_process_comes_next(
    shared: bool, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    bot.services.group.shared = shared
    bot.services.in_flight.closing = True
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    private = await local_discord.post(local_discord.member, local_discord.direct(local_discord.member), "", [PICTURE])
    assert "restarting" in (await local_discord.answer_to(private)).content, "nobody reads what was missed there"
    await handled("message")
    replies = [it for it in local_discord.world.messages[asked.channel_id].values() if it.reference_id == asked.id]
    assert len(replies) == (0 if shared else 1)
    assert engine.pictures == []
