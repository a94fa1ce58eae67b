"""Every way to have a picture classified."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import Exchange, LocalDiscord, Message, Permission
from bot.sandbox.youtube import LocalYouTube
from classifier.errors import NoModelError
from classifier.values import Guess, Prediction
from tests.bot.samples import HOSTILE, png, prediction
from tests.discord_fixtures import MakeDiscord
from tests.e2e.chat import FORMS, Form, ask, text_of, unlinked
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, handled, running

ALT = "Bar chart of the confidence in each channel: Nerdologia 97%, Peixe Babel 3%."
PICTURE = ("dog.png", png())


def assert_answered(local_discord: LocalDiscord, answer: Message, pictures: int = 1) -> None:
    """Each picture got its channel, its confidence in words and numbers, and its part of the plot and the alt text."""
    (embed,), (plot,) = answer.embeds, answer.attachments
    if pictures == 1:
        assert embed["title"] == "Nerdologia"
        assert "**Almost certain**: 97%" in embed["description"]
        assert plot.description == ALT
    else:
        lines = [line for line in embed["description"].splitlines() if not line.startswith("YouTube says")]
        assert len(lines) == pictures
        assert all("**Nerdologia** · 97%" in line for line in lines)
        assert (plot.description or "").count(ALT) == pictures
    assert embed["image"]["url"] == f"attachment://{plot.filename}"
    assert plot.content_type == "image/png"
    assert local_discord.read(plot).startswith(b"\x89PNG")
    assert plot.width == 680


async def test_a_posted_image_is_answered(local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine) -> None:
    async with local_discord.watch() as events:
        asked = await local_discord.post(local_discord.member, local_discord.general, "Which channel?", [PICTURE])
        await events.next(lambda event: event.name == "TYPING_START")
        answer = await local_discord.answer_to(asked)
    assert_answered(local_discord, answer)
    assert engine.pictures == [png()]
    assert answer.reference_id == asked.id
    assert answer.mentions == ()
    assert not answer.mention_everyone


async def test_a_posted_image_is_answered_in_direct_messages(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    channel = local_discord.direct(local_discord.member)
    assert_answered(
        local_discord,
        await local_discord.answer_to(await local_discord.post(local_discord.member, channel, "", [PICTURE])),
    )


async def test_each_of_several_images_is_answered(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    pictures = [(f"{n}.png", png(10 + n)) for n in range(6)]
    answer = await local_discord.answer_to(
        await local_discord.post(local_discord.member, local_discord.general, "", pictures)
    )
    assert_answered(local_discord, answer, 4)
    lines = answer.embeds[0]["description"].splitlines()
    assert [line[:5] for line in lines] == ["**1**", "**2**", "**3**", "**4**"]
    assert answer.content == "I look at up to 4 pictures per message; I skipped 2."


async def test_a_bad_image_among_good_ones_is_named(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = await local_discord.post(
        local_discord.member, local_discord.general, "", [PICTURE, ("bad_one.jpg", b"not a picture")]
    )
    answer = await local_discord.answer_to(asked)
    assert_answered(local_discord, answer)
    assert answer.content == r"bad\_one.jpg: That file isn't a supported image. Send a JPEG, PNG, WebP or GIF."


LINKS = [
    f"https://www.youtube.com/watch?v={VIDEO}",
    f"https://www.youtube.com/watch?app=desktop&list=PLx&v={VIDEO}&t=3s",
    f"https://youtu.be/{VIDEO}?si=x",
    f"<https://m.youtube.com/shorts/{VIDEO}>",
    f"[this one](https://youtube.com/live/{VIDEO})",
    f"https://www.youtube-nocookie.com/embed/{VIDEO}.",
    f"HTTPS://YOUTU.BE/{VIDEO}",
    f"music.youtube.com/watch?v={VIDEO}",
    f"https://i.ytimg.com/vi/{VIDEO}/maxresdefault.jpg",
    f"please look at https://youtu.be/{VIDEO} now",
]


@pytest.mark.parametrize("link", LINKS)
async def test_classify_accepts_every_form_of_link(
    link: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    asked = await local_discord.post(local_discord.member, local_discord.general, f"!classify {link}")
    answer = await local_discord.answer_to(asked)
    assert_answered(local_discord, answer)
    assert f"https://youtu.be/{VIDEO}" in answer.embeds[0]["description"]
    assert len(engine.pictures) == 1


async def test_classify_works_with_a_mention_and_in_any_case(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    text = f"<@{local_discord.bot.id}> Classify https://youtu.be/{VIDEO}"
    asked = await local_discord.post(local_discord.member, local_discord.general, text)
    assert_answered(local_discord, await local_discord.answer_to(asked))


async def test_classify_with_an_attachment_answers_once(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    async with local_discord.watch() as events:
        asked = await local_discord.post(local_discord.member, local_discord.general, "!classify", [PICTURE])
        assert_answered(local_discord, await local_discord.answer_to(asked))
        # Any other answer to it would come before the answer to the next command.
        after = await local_discord.post(local_discord.member, local_discord.general, "!help")
        await events.next(lambda event: event.message is not None and event.message.reference_id == asked.id)
        await events.next(lambda event: event.message is not None and event.message.reference_id == after.id)
        with pytest.raises(TimeoutError):
            await events.next(lambda e: e.message is not None and e.message.reference_id == asked.id, within=0)


@pytest.mark.parametrize(
    ("content", "files"),
    [("", [PICTURE]), (f"have you seen https://youtu.be/{VIDEO} yet", [])],
    ids=["picture", "link"],
)
async def test_classify_as_a_reply(
    content: str, files: Sequence[tuple[str, bytes]], local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    shown = await local_discord.post(local_discord.admin, local_discord.general, content, files)
    asked = await local_discord.post(local_discord.member, local_discord.general, "!classify", reply_to=shown)
    assert_answered(local_discord, await local_discord.answer_to(asked))


async def test_classify_as_a_reply_to_an_embedded_picture(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    first = await local_discord.post(local_discord.admin, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(first)
    embedded = ({"title": "News", "url": f"https://www.youtube.com/watch?v={VIDEO}"},)
    shown = replace(answer, attachments=(), embeds=embedded)
    local_discord.world.messages[answer.channel_id][answer.id] = shown
    asked = await local_discord.post(local_discord.member, local_discord.general, "!classify", reply_to=shown)
    assert_answered(local_discord, await local_discord.answer_to(asked))


@pytest.mark.parametrize(
    "options", [{"link": f"https://youtu.be/{VIDEO}"}, {"picture": PICTURE}], ids=["link", "picture"]
)
async def test_slash_classify_takes_a_link_or_a_picture(
    options: dict[str, str | tuple[str, bytes]], local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify", options)
    assert_answered(local_discord, await local_discord.answer_to(asked))


async def test_slash_classify_takes_a_link_and_a_picture(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    options = {"link": f"https://youtu.be/{VIDEO}", "picture": PICTURE}
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify", options)
    assert_answered(local_discord, await local_discord.answer_to(asked), 2)


async def test_an_unknown_picture_is_not_named(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.prediction = prediction(0.6, 0.4, unknown=True)
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert answer.embeds[0]["title"] == "None of the channels I know"
    assert "Closest match: **Nerdologia**" in answer.embeds[0]["description"]


async def test_a_hostile_title_pings_nobody(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.prediction = Prediction((Guess(HOSTILE, 1.0),), unknown=False, version="v2")
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert answer.mentions == ()
    assert not answer.mention_everyone
    assert "[free](" not in answer.embeds[0]["title"]


REFUSED = [
    ("!classify", [], "Send a YouTube link or a picture, or reply to a message that has one."),
    ("!classify https://example.org/x", [], "That isn't a link to a YouTube video."),
    ("!classify https://www.youtube.com/@nerdologia", [], "That link is a channel, not a video."),
    ("!classify https://youtu.be/AAAAAAAAAAA", [], "That video doesn't exist, or it is private or deleted."),
    ("!classify", [("a.txt", b"words")], "That file isn't a supported image. Send a JPEG, PNG, WebP or GIF."),
    ("", [("a.jpg", b"words")], "That file isn't a supported image. Send a JPEG, PNG, WebP or GIF."),
]


@pytest.mark.parametrize(("content", "files", "words"), REFUSED)
async def test_what_cannot_be_classified_is_explained(
    content: str, files: list[tuple[str, bytes]], words: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await local_discord.post(local_discord.member, local_discord.general, content, files)
    answer = await local_discord.answer_to(asked)
    assert words in answer.content
    assert answer.attachments == ()


async def test_a_refusal_of_a_slash_command_is_private(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify")
    answer = await local_discord.answer_to(asked)
    assert "Send a YouTube link or a picture, or reply to a message that has one." in answer.content
    assert answer.visible_to == local_discord.member.id


async def test_before_the_first_training_it_says_who_can_start_one(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.failure = NoModelError("There is no model yet. Train one first.")
    owner, member = local_discord.owner, local_discord.member
    for who, channel, expected in (
        (member, local_discord.general, "A server admin can start with `/retrain`."),
        (owner, local_discord.general, "A server admin can start with `/retrain`."),
        (member, local_discord.direct(member), "My owner can start with `/retrain`."),
        (owner, local_discord.direct(owner), "You can start with `/retrain`."),
    ):
        answer = await local_discord.answer_to(await local_discord.post(who, channel, "", [PICTURE]))
        assert unlinked(answer.content) == f"I haven't been trained yet. {expected}"


@pytest.mark.parametrize("content", ["", f"!classify https://youtu.be/{VIDEO}"], ids=["post", "command"])
async def test_an_unexpected_error_is_shown_as_a_code(
    content: str, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.failure = ZeroDivisionError("secret detail")
    asked = await local_discord.post(local_discord.member, local_discord.general, content, [] if content else [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert "Something unexpected went wrong. Please give the bot's owner this code:" in answer.content
    assert "secret detail" not in answer.content


async def test_missing_permissions_are_named(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.ATTACH_FILES)
    channel = local_discord.world.channel(local_discord.general.id)
    asked = await local_discord.post(local_discord.member, channel, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert answer.content == "I'm missing permissions in this channel: **Attach Files**. Ask an admin to allow them."


async def test_pictures_are_ignored_where_the_bot_cannot_write(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.SEND_MESSAGES)
    silent = local_discord.world.channel(local_discord.general.id)
    await local_discord.post(local_discord.member, silent, "", [("unseen.png", png(99))])
    seen = await local_discord.post(local_discord.member, local_discord.random, "", [PICTURE])
    assert_answered(local_discord, await local_discord.answer_to(seen))
    assert engine.pictures == [png()]


@pytest.mark.parametrize("content", ["!help", f"!classify https://youtu.be/{VIDEO}", "!model", "!retrain now please"])
async def test_text_commands_cause_no_request_where_the_bot_cannot_write(
    content: str,
    discord_addresses: None,
    local_youtube: LocalYouTube,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> None:
    exchanges: list[Exchange] = []
    async with LocalDiscord(on_exchange=exchanges.append) as local:
        chosen = bot_settings(local, tmp_path / "data", local_youtube.thumbnails_url)
        async with running(Thumbprint(chosen, engine), local) as bot:
            await bot.wait_until_ready()
            local.world.overwrite(local.general, local.bot, deny=Permission.SEND_MESSAGES)
            exchanges.clear()
            received = bot.wait_for("message", timeout=10)
            await local.post(local.admin, local.world.channel(local.general.id), content)
            await received
            await handled("message")
            assert exchanges == []
            await ask(local, "text", local.admin, "help", where=local.random)
            assert exchanges
    assert engine.pictures == []
    assert not engine.started.is_set()


async def test_text_other_files_and_bots_get_no_answer(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    other_bot = local_discord.world.add_user("Other", bot=True)
    world = local_discord.world
    guild = world.add_guild("Bots", local_discord.admin, (other_bot, local_discord.bot))
    await local_discord.post(other_bot, world.add_channel(guild, "noise"), "", [("unseen.png", png(99))])
    ignored = await local_discord.post(local_discord.member, local_discord.general, "hello", [("a.txt", b"words")])
    unknown = await local_discord.post(local_discord.member, local_discord.general, "!play music")
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    assert_answered(local_discord, await local_discord.answer_to(asked))
    assert engine.pictures == [png()]
    answered = {message.reference_id for message in local_discord.world.messages[asked.channel_id].values()}
    assert not answered & {ignored.id, unknown.id}


async def test_too_many_commands_are_refused(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = [await local_discord.post(local_discord.member, local_discord.general, "!classify") for _ in range(6)]
    answers = [(await local_discord.answer_to(message)).content for message in asked]
    assert len([answer for answer in answers if answer.startswith("You're doing that too often. Try again in")]) == 1


@pytest.mark.parametrize("form", FORMS)
async def test_help_explains_every_way(form: Form, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    text = text_of(await ask(local_discord, form, local_discord.member, "help"))
    for part in ("Post a picture in a channel.", "/classify", " https://youtu.be/", "`!classify`", "/retrain", "Reply"):
        assert part in text


async def test_without_message_content_everything_else_works(
    make_discord: MakeDiscord,
    local_youtube: LocalYouTube,
    engine: ScriptedEngine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot")
    async with make_discord(message_content_allowed=False) as local:
        chosen = bot_settings(local, tmp_path / "data", local_youtube.thumbnails_url, message_content=False)
        async with running(Thumbprint(chosen, engine), local) as bot:
            await bot.wait_until_ready()
            await local.post(local.member, local.general, "", [("unseen.png", png(99))])
            mention = f"<@{local.bot.id}>"
            for content, files in (
                (f"{mention} classify https://youtu.be/{VIDEO}", []),
                (f"{mention} classify", [PICTURE]),
                (f"{mention} which one is it?", [PICTURE]),
            ):
                asked = await local.post(local.member, local.general, content, files)
                assert_answered(local, await local.answer_to(asked))
            direct = await local.post(local.member, local.direct(local.member), "", [PICTURE])
            assert_answered(local, await local.answer_to(direct))
            slash = await local.slash(local.member, local.general, "classify", {"picture": PICTURE})
            assert_answered(local, await local.answer_to(slash))
            assert "`@Thumbprint classify` to a message" in text_of(await ask(local, "slash", local.member, "help"))
    assert png(99) not in engine.pictures
    assert any("slash commands, messages that mention" in record.getMessage() for record in caplog.records)


async def test_the_bot_needs_no_other_privileged_intents_and_pings_nobody(bot: Thumbprint) -> None:
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == discord.AllowedMentions.none().to_dict()
    assert not bot.intents.members
    assert not bot.intents.presences
