"""Every door that answers a picture."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.app import Thumbprint
from bot.sandbox.discord import LocalDiscord, Message, Permission
from bot.sandbox.youtube import LocalYouTube
from classifier.errors import NoModelError
from classifier.values import Guess, Prediction
from tests.bot.samples import HOSTILE, png, prediction
from tests.discord_fixtures import MakeDiscord
from tests.e2e.conftest import VIDEO, PlayedEngine, bot_settings, running

ALT = "Bar chart of the confidence in each channel: Nerdologia 97%, Peixe Babel 3%."
PICTURE = ("dog.png", png())


def assert_answered(local_discord: LocalDiscord, answer: Message, pictures: int = 1) -> None:
    """Each picture got the channel, its confidence in words and numbers, and its part of the plot, with alt text."""
    (embed,), (plot,) = answer.embeds, answer.attachments
    if pictures == 1:
        assert embed["title"] == "Nerdologia"
        assert "**Almost certain**: 97%" in embed["description"]
        assert plot.description == ALT
    else:
        told = [field["value"] for field in embed["fields"]]
        assert len(told) == pictures
        assert all("**Nerdologia**\nAlmost certain: 97%" in text for text in told)
        assert (plot.description or "").count(ALT) == pictures
    assert embed["image"]["url"] == f"attachment://{plot.filename}"
    assert plot.content_type == "image/png"
    assert local_discord.read(plot).startswith(b"\x89PNG")
    assert plot.width == (1040 if pictures == 1 else 2080)


async def test_a_posted_image_is_answered(local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine) -> None:
    async with local_discord.watch() as events:
        asked = await local_discord.post(local_discord.member, local_discord.general, "whose?", [PICTURE])
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
    names = [field["name"] for field in answer.embeds[0]["fields"]]
    assert names == ["1 · 0.png", "2 · 1.png", "3 · 2.png", "4 · 3.png"]
    assert answer.content == "I look at 4 pictures a message; 2 were left out."


async def test_a_bad_image_among_good_ones_is_named(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = await local_discord.post(
        local_discord.member, local_discord.general, "", [PICTURE, ("bad_one.jpg", b"not a picture")]
    )
    answer = await local_discord.answer_to(asked)
    assert_answered(local_discord, answer)
    assert answer.content.startswith(r"bad\_one.jpg: That is no picture that I can read.")


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
async def test_classify_takes_every_form_of_link(
    link: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    asked = await local_discord.post(local_discord.member, local_discord.general, f"!classify {link}")
    answer = await local_discord.answer_to(asked)
    assert_answered(local_discord, answer)
    assert f"https://youtu.be/{VIDEO}" in answer.embeds[0]["description"]
    assert len(engine.pictures) == 1


async def test_classify_by_mention_and_in_any_case(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    text = f"<@{local_discord.bot.id}> Classify https://youtu.be/{VIDEO}"
    asked = await local_discord.post(local_discord.member, local_discord.general, text)
    assert_answered(local_discord, await local_discord.answer_to(asked))


async def test_classify_with_an_attachment_answers_once(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    async with local_discord.watch() as events:
        asked = await local_discord.post(local_discord.member, local_discord.general, "!classify", [PICTURE])
        assert_answered(local_discord, await local_discord.answer_to(asked))
        # Whatever else was said to it came before the answer to what is asked next.
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
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
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
async def test_slash_classify(
    options: dict[str, str | tuple[str, bytes]], local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify", options)
    assert_answered(local_discord, await local_discord.answer_to(asked))


async def test_slash_classify_takes_both_at_once(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    options = {"link": f"https://youtu.be/{VIDEO}", "picture": PICTURE}
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify", options)
    assert_answered(local_discord, await local_discord.answer_to(asked), 2)


async def test_an_unknown_picture_is_told_as_such(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    engine.prediction = prediction(0.6, 0.4, unknown=True)
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert answer.embeds[0]["title"] == "None of the channels I know"
    assert "nearest is **Nerdologia**" in answer.embeds[0]["description"]


async def test_a_hostile_title_pings_nobody(local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine) -> None:
    engine.prediction = Prediction((Guess(HOSTILE, 1.0),), unknown=False)
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert answer.mentions == ()
    assert not answer.mention_everyone
    assert "[free](" not in answer.embeds[0]["title"]


REFUSED = [
    ("!classify", [], "Give me a YouTube link or a picture"),
    ("!classify https://example.org/x", [], "no link to a YouTube video"),
    ("!classify https://www.youtube.com/@nerdologia", [], "is a channel, not a video"),
    ("!classify https://youtu.be/AAAAAAAAAAA", [], "no such video, or it is private or deleted"),
    ("!classify", [("a.txt", b"words")], "That file is no picture"),
    ("", [("a.jpg", b"words")], "no picture that I can read"),
]


@pytest.mark.parametrize(("content", "files", "words"), REFUSED)
async def test_what_can_not_be_classified_is_told(
    content: str, files: list[tuple[str, bytes]], words: str, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    asked = await local_discord.post(local_discord.member, local_discord.general, content, files)
    answer = await local_discord.answer_to(asked)
    assert words in answer.content
    assert answer.attachments == ()


async def test_a_refusal_of_a_slash_command_is_private(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = await local_discord.slash(local_discord.member, local_discord.general, "classify")
    answer = await local_discord.answer_to(asked)
    assert "Give me a YouTube link or a picture" in answer.content
    assert answer.visible_to == local_discord.member.id


async def test_before_the_first_training_it_says_so(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    engine.failure = NoModelError("I know no channels yet; an admin can teach me.")
    asked = await local_discord.post(local_discord.member, local_discord.general, "", [PICTURE])
    assert (await local_discord.answer_to(asked)).content == "I know no channels yet; an admin can teach me."


@pytest.mark.parametrize("content", ["", f"!classify https://youtu.be/{VIDEO}"], ids=["post", "command"])
async def test_an_unforeseen_error_is_told_by_a_number(
    content: str, local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    engine.failure = ZeroDivisionError("secret detail")
    asked = await local_discord.post(local_discord.member, local_discord.general, content, [] if content else [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert "did not foresee" in answer.content
    assert "secret detail" not in answer.content


async def test_missing_permissions_are_named(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.ATTACH_FILES)
    channel = local_discord.world.channel(local_discord.general.id)
    asked = await local_discord.post(local_discord.member, channel, "", [PICTURE])
    answer = await local_discord.answer_to(asked)
    assert answer.content == "I need **Attach Files** in this channel. Ask an admin to allow it."


async def test_where_it_can_not_write_it_does_not_look(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
) -> None:
    local_discord.world.overwrite(local_discord.general, local_discord.bot, deny=Permission.SEND_MESSAGES)
    silent = local_discord.world.channel(local_discord.general.id)
    await local_discord.post(local_discord.member, silent, "", [("unseen.png", png(99))])
    seen = await local_discord.post(local_discord.member, local_discord.random, "", [PICTURE])
    assert_answered(local_discord, await local_discord.answer_to(seen))
    assert engine.pictures == [png()]


async def test_words_files_and_bots_get_no_answer(
    local_discord: LocalDiscord, bot: Thumbprint, engine: PlayedEngine
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


async def test_many_commands_at_once_are_slowed_down(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    asked = [await local_discord.post(local_discord.member, local_discord.general, "!classify") for _ in range(6)]
    answers = [(await local_discord.answer_to(message)).content for message in asked]
    assert len([answer for answer in answers if answer.startswith("That was quick. Try again in")]) == 1


@pytest.mark.parametrize("door", ["!help", "/help"])
async def test_help_lists_the_doors(door: str, local_discord: LocalDiscord, bot: Thumbprint) -> None:
    if door == "/help":
        asked = await local_discord.slash(local_discord.member, local_discord.general, "help")
        answer = await local_discord.answer_to(asked)
    else:
        answer = await local_discord.answer_to(
            await local_discord.post(local_discord.member, local_discord.general, door)
        )
    text = str(answer.embeds)
    assert all(
        word in text for word in ("Post an image", "!classify https://youtu.be/", "/classify", "!retrain", "Reply")
    )


async def test_without_message_content_the_other_doors_work(
    make_discord: MakeDiscord,
    local_youtube: LocalYouTube,
    engine: PlayedEngine,
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
                (f"{mention} whose is it?", [PICTURE]),
            ):
                asked = await local.post(local.member, local.general, content, files)
                assert_answered(local, await local.answer_to(asked))
            direct = await local.post(local.member, local.direct(local.member), "", [PICTURE])
            assert_answered(local, await local.answer_to(direct))
            slash = await local.slash(local.member, local.general, "classify", {"picture": PICTURE})
            assert_answered(local, await local.answer_to(slash))
            told = await local.answer_to(await local.slash(local.member, local.general, "help"))
            assert "@Thumbprint classify" in str(told.embeds)
    assert png(99) not in engine.pictures
    assert any("slash commands, messages that mention" in record.getMessage() for record in caplog.records)


async def test_stock_intents_and_no_pings(bot: Thumbprint) -> None:
    assert bot.allowed_mentions is not None
    assert bot.allowed_mentions.to_dict() == discord.AllowedMentions.none().to_dict()
    assert not bot.intents.members
    assert not bot.intents.presences
