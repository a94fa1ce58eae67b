"""Only admins see, accept and drop feedback, and only that of their own server."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from discord import ui

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message, User
from bot.sandbox.youtube import LocalYouTube
from bot.store.values import ReviewedExample
from tests.bot.samples import prediction
from tests.e2e.chat import ADMINS_ONLY, FORMS, OWNER_ONLY, Form, ask, buttons, refused, text_of
from tests.e2e.conftest import ScriptedEngine, bot_settings, running

WRITER = 1_234_567_890


async def given(
    bot: Thumbprint, server: int | None, labels: Sequence[str | None], *, by: int = WRITER, first: int = 0
) -> list[int]:
    """Feedback on answers that named Nerdologia, one per label; returns the ids."""
    store = bot.services.store
    ids = []
    for number, label in enumerate(labels, first):
        answer = await store.answers.record(server, prediction(0.9, 0.1), video=f"video-{number:05}")
        ids.append((await store.feedback.correct(answer.id, by, label, quota=100)).id)
    return ids


async def press(local: LocalDiscord, who: User, message: Message, button: str) -> Message:
    """The message after somebody pressed its button, or the private answer."""
    pressed = await local.settled(await local.press(who, message, buttons(message)[button]))
    if pressed.response_id not in {None, message.id}:
        return await local.answer_to(pressed)
    return local.current(message)


@pytest.mark.parametrize("form", FORMS)
async def test_admins_review_the_queue(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    server, admin = local_discord.guild.id, local_discord.admin
    await given(bot, server, ["nerdologia", "peixe", None])
    await given(bot, local_discord.club.id, ["x"])
    queue = await ask(local_discord, form, admin, "feedback")
    assert queue.visible_to == (admin.id if form == "slash" else None)
    assert queue.content == "**3 to review.** The next training run uses what you accept."
    none, wrong, right = queue.embeds
    assert right["description"] == f"I said **Nerdologia** (90.0%).\n<@{WRITER}> says: right, **Nerdologia**"
    assert wrong["description"].endswith("says: wrong, **Peixe Babel**")
    assert none["description"].endswith("says: wrong, **none of the channels**")
    assert wrong["url"] == "https://youtu.be/video-00001#2"
    assert wrong["thumbnail"]["url"].endswith("/vi/video-00001/mqdefault.jpg")
    assert queue.mentions == ()
    queue = await press(local_discord, admin, queue, "Accept 2")
    assert "**2 to review.**" in queue.content
    assert [embed["title"] for embed in queue.embeds] == ["1. youtu.be/video-00002", "2. youtu.be/video-00000"]
    queue = await press(local_discord, admin, queue, "Drop 2")
    queue = await press(local_discord, admin, queue, "Accept 1")
    assert "There is no feedback to review." in text_of(queue)
    assert buttons(queue) == {}
    assert await bot.services.store.feedback.reviewed(server) == (
        ReviewedExample("video-00001", "peixe"),
        ReviewedExample("video-00002", None),
    )
    assert await bot.services.store.feedback.queued(local_discord.club.id) == 1


async def test_embeds_about_the_same_video_have_their_own_urls(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    """Else Discord would merge them, and show only one."""
    await given(bot, local_discord.guild.id, ["peixe"])
    await given(bot, local_discord.guild.id, [None], by=local_discord.member.id)
    queue = await ask(local_discord, "text", local_discord.admin, "feedback")
    assert [embed["url"] for embed in queue.embeds] == [f"https://youtu.be/video-00000#{n}" for n in (1, 2)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("direct", [False, True])
async def test_members_do_not_see_the_queue(
    form: Form, direct: bool, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    where = local_discord.direct(local_discord.member) if direct else None
    words = await refused(local_discord, form, local_discord.member, "feedback", where=where)
    assert (OWNER_ONLY if direct else ADMINS_ONLY) in words


async def test_an_empty_queue_says_so(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    owner = local_discord.owner
    for where in (local_discord.general, local_discord.direct(owner)):
        answer = await ask(local_discord, "text", owner, "feedback", where=where)
        assert "There is no feedback to review." in text_of(answer)


@pytest.mark.parametrize("button", ["Accept 1", "Drop 1", "Accept Page", "▶"])
async def test_members_cannot_use_the_buttons(button: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    await given(bot, local_discord.guild.id, ["peixe"] * 5)
    queue = await ask(local_discord, "text", local_discord.admin, "feedback")
    answer = await press(local_discord, local_discord.member, queue, button)
    assert answer.content == ADMINS_ONLY
    assert answer.visible_to == local_discord.member.id
    assert local_discord.current(queue).embeds == queue.embeds
    assert await bot.services.store.feedback.queued(local_discord.guild.id) == 5


async def test_pages_work_after_a_restart(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    admin, server = local_discord.admin, local_discord.guild.id
    first = Thumbprint(chosen, ScriptedEngine())
    async with running(first, local_discord):
        await given(first, server, ["peixe"] * 10)
        queue = await ask(local_discord, "slash", admin, "feedback")
        assert [embed["title"][:2] for embed in queue.embeds] == ["1.", "2.", "3.", "4."]
    second = Thumbprint(chosen, ScriptedEngine())
    async with running(second, local_discord):
        queue = await press(local_discord, admin, queue, "▶")
        assert [embed["title"][:2] for embed in queue.embeds] == ["5.", "6.", "7.", "8."]
        queue = await press(local_discord, admin, queue, "Drop 6")
        assert [embed["title"][-5:] for embed in queue.embeds] == ["00005", "00003", "00002", "00001"]
        queue = await press(local_discord, admin, queue, "▶")
        assert [embed["title"] for embed in queue.embeds] == ["9. youtu.be/video-00000"]
        assert "▶" not in buttons(queue)
        queue = await press(local_discord, admin, queue, "Accept 9")
        assert [embed["title"][:2] for embed in queue.embeds] == ["5.", "6.", "7.", "8."], "the last page is gone"
        assert await second.services.store.feedback.queued(server) == 8


async def test_feedback_that_another_admin_reviewed_is_refused(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    first, _ = await given(bot, local_discord.guild.id, ["peixe", "peixe"])
    queue = await ask(local_discord, "text", local_discord.admin, "feedback")
    await bot.services.store.feedback.review(first, local_discord.guild.id, accept=True, by=1)
    refused = await press(local_discord, local_discord.admin, queue, "Drop 2")
    assert "That feedback has already been reviewed. Use `/feedback` to see the rest." in text_of(refused)
    await bot.services.store.forget(WRITER)
    refused = await press(local_discord, local_discord.admin, queue, "Drop 1")
    assert refused.content == "That feedback is gone: its author has deleted it."


async def test_a_page_is_accepted_with_one_button(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    server, admin = local_discord.guild.id, local_discord.admin
    await given(bot, server, ["peixe"] * 6)
    queue = await ask(local_discord, "slash", admin, "feedback")
    await given(bot, server, ["peixe"], first=6)  # it came after the page was shown
    queue = await press(local_discord, admin, queue, "Accept Page")
    assert [embed["title"][-5:] for embed in queue.embeds] == ["00006", "00001", "00000"]
    reviewed = await bot.services.store.feedback.reviewed(server)
    assert [it.video[-1] for it in reviewed] == ["2", "3", "4", "5"]
    queue = await press(local_discord, admin, queue, "Accept Page")
    assert "There is no feedback to review." in text_of(queue)
    assert await bot.services.store.feedback.queued(server) == 0


@pytest.mark.parametrize("form", FORMS)
async def test_one_persons_feedback_is_reviewed(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    server, admin, member = local_discord.guild.id, local_discord.admin, local_discord.member
    await given(bot, server, ["peixe"] * 3)
    await given(bot, server, ["peixe"] * 5, by=member.id, first=3)
    queue = await ask(local_discord, form, admin, "feedback", person=member)
    assert queue.content.startswith(f"**5 from <@{member.id}> to review.**")
    assert queue.mentions == ()
    queue = await press(local_discord, admin, queue, "Accept Page")
    assert [embed["title"] for embed in queue.embeds] == ["1. youtu.be/video-00003"], "still only that person's"
    assert "Accept Page" not in buttons(queue)
    queue = await press(local_discord, admin, queue, "Drop 1")
    assert f"There is no feedback from <@{member.id}> to review." in text_of(queue)
    assert await bot.services.store.feedback.queued(server) == 3


@pytest.mark.parametrize("custom_id", ["accept:1", "drop:1", "queue:2"])
async def test_buttons_of_version_0_1_say_what_to_do_instead(
    custom_id: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    await given(bot, local_discord.guild.id, ["peixe"])
    view = ui.View(timeout=None).add_item(ui.Button(label="Accept 1", custom_id=custom_id))
    posted = await bot.get_partial_messageable(local_discord.general.id).send("**1 to review.**", view=view)
    view.stop()
    queue = local_discord.world.message(posted.channel.id, posted.id)
    assert (await press(local_discord, local_discord.member, queue, "Accept 1")).content == ADMINS_ONLY
    answer = await press(local_discord, local_discord.admin, queue, "Accept 1")
    assert text_of(answer) == ("These buttons are from an older version of me. Use `/feedback` to review what is left.")
    assert await bot.services.store.feedback.queued(local_discord.guild.id) == 1
