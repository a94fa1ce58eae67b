"""Every error becomes one short message that says what to do next."""

import logging
from typing import Any
from unittest.mock import AsyncMock, Mock

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.errors import Audience, answer_interaction, answer_message, explain
from bot.replies.commands import CommandMentions
from bot.rights import AdminsOnlyError
from classifier import errors
from tests.bot.samples import HOSTILE

REWORDED = (
    errors.NoModelError,
    errors.WrongKeyError,
    errors.QuotaExceededError,
    errors.NoNetworkError,
    errors.UnknownChannelError,
    errors.EmptyChannelError,
    errors.TooFewHeldOutError,
    errors.TooFewThumbnailsError,
    errors.ClosingError,
    errors.CancelledTrainingError,
)
"""The classifier's errors for which the bot has its own words."""


def subclasses(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(deeper for direct in kind.__subclasses__() for deeper in subclasses(direct))]


@pytest.mark.parametrize("kind", [it for it in subclasses(errors.ThumbprintError) if not issubclass(it, REWORDED)])
def test_other_errors_of_ours_keep_their_own_sentence(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    errors.ThumbprintError.__init__(error, "Do this next.")
    assert explain(error) == "Do this next."


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            errors.NoVersionError("There is no earlier version to go back to."),
            "There is no earlier version to go back to. `/model` lists the versions.",
        ),
        (
            errors.MissingKeyError("Set YOUTUBE_API_KEY."),
            "I can't look up channels without a YouTube API key. My owner needs to set one.",
        ),
        (errors.WrongKeyError("Check YOUTUBE_API_KEY."), "YouTube refused my API key. My owner needs to check it."),
        (
            errors.QuotaExceededError("Run it again tomorrow."),
            "I've used up my YouTube quota for today. Try again after midnight Pacific time.",
        ),
        (
            errors.NoNetworkError("Check the network."),
            "I can't reach YouTube right now. Try again in a few minutes.",
        ),
        (
            errors.UnknownChannelError("No such channel.", channel="@nobody"),
            "YouTube has no channel @nobody. Check its @handle, or use its channel id.",
        ),
        (
            errors.RefusedError("Check the network.", answered="407"),
            "I can't reach YouTube's thumbnails: the picture host answered 407. My owner needs to check the network; a "
            "proxy or a firewall may be in the way.",
        ),
        (
            errors.EmptyChannelError("{channel} has no public videos. Choose another channel.", channel="**Bold**"),
            r"\*\*Bold\*\* has no public videos. Choose another channel.",
        ),
        (
            errors.TooFewThumbnailsError("Too few.", channels=1, left_out=[]),
            "Training needs at least 2 channels, and only 1 has enough thumbnails. Add more with `/channel add`.",
        ),
        (
            errors.TooFewThumbnailsError("Too few.", channels=0, left_out=[]),
            "Training needs at least 2 channels, and none has enough thumbnails. Add more with `/channel add`.",
        ),
        (
            errors.DatasetError("/data/x can't be used: the disk is full.", disk="full"),
            "My disk is full. My owner needs to free some space.",
        ),
        (
            errors.ArtifactError("/data/x can't be used: the disk is read-only.", disk="read-only"),
            "My disk is read-only. My owner needs to make it writable.",
        ),
        (
            errors.ArtifactError("/data/x can't be used: No such device.", disk="other"),
            "I can't use my disk. My owner needs to check it.",
        ),
        (errors.ClosingError("The program is shutting down."), "I'm restarting. Try again in a minute."),
        (errors.CancelledTrainingError("Stopped."), "Training was cancelled. Start it again with `/retrain`."),
    ],
)
def test_the_classifiers_errors_are_in_the_bots_words(error: Exception, message: str) -> None:
    for audience in Audience:
        assert explain(error, audience) == message


@pytest.mark.parametrize(
    ("audience", "who"), [(Audience.SERVER, "A server admin"), (Audience.DIRECT, "My owner"), (Audience.OWNER, "You")]
)
def test_everyone_learns_who_can_start_the_first_training(audience: Audience, who: str) -> None:
    error = errors.NoModelError("Train one first.")
    assert explain(error, audience) == f"I haven't been trained yet. {who} can start with `/retrain`."


def test_hostile_channel_names_are_harmless() -> None:
    text = explain(errors.UnknownChannelError("No such channel.", channel=f"{HOSTILE.title}{'x' * 5000}"))
    assert "\n" not in text
    assert "@everyone" not in text
    assert r"\*\*Boom\*\* \[free\](https\://evil.example) \<@" in text
    assert len(text) < 200


def test_an_unknown_channel_without_data_is_explained() -> None:
    assert "YouTube has no channel" in explain(errors.UnknownChannelError("No such channel."))


def test_admins_only_depends_on_where_it_was_asked() -> None:
    assert explain(AdminsOnlyError(), Audience.SERVER) == (
        "Only server admins (**Manage Server**) and my owner can do that."
    )
    assert explain(AdminsOnlyError(), Audience.DIRECT) == (
        "In direct messages, only my owner can do that. Server admins can do it in their server."
    )


def refused(status: int) -> discord.HTTPException:
    kind = discord.Forbidden if status == 403 else discord.DiscordServerError
    return kind(Mock(status=status, reason="no"), "no")


COOLDOWN = commands.Cooldown(1, 10)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (commands.CommandOnCooldown(COOLDOWN, 4.2, commands.BucketType.user), "Try again in 4 seconds."),
        (app_commands.CommandOnCooldown(app_commands.Cooldown(1, 10), 0.2), "Try again in 1 second."),
        (
            commands.BotMissingPermissions(["attach_files"]),
            "I'm missing permissions in this channel: **Attach Files**.",
        ),
        (
            app_commands.BotMissingPermissions(["embed_links", "attach_files"]),
            "I'm missing permissions in this channel: **Embed Links**, **Attach Files**.",
        ),
        (commands.MissingPermissions(["manage_guild"]), "You need **Manage Server**"),
        (commands.NoPrivateMessage(), "That only works in a server."),
        (app_commands.NoPrivateMessage(), "That only works in a server."),
        (commands.CheckFailure(), "You can't do that here."),
        (app_commands.CheckFailure(), "You can't do that here."),
        (commands.MaxConcurrencyReached(1, commands.BucketType.user), "I'm already working on that."),
        (commands.ChannelNotFound("nowhere"), "I can't find that channel."),
        (commands.TooManyArguments("twice"), "I don't understand the last part of that."),
        (commands.BadArgument("**no** @everyone"), r"\*\*no\*\*"),
        (commands.UnexpectedQuoteError('"'), "`/help` has examples."),
        (app_commands.CommandNotFound("old", []), "That command has changed. Restart Discord"),
        (refused(403), "check my permissions in this channel"),
        (refused(503), "Discord is having problems."),
    ],
)
def test_discords_errors_are_explained(error: Exception, words: str) -> None:
    assert words in explain(error)


def test_wrapped_errors_are_unwrapped() -> None:
    inner = errors.BusyError("Try again in a minute.")
    by_text = commands.CommandInvokeError(inner)
    by_slash = commands.HybridCommandError(app_commands.CommandInvokeError(Mock(), inner))
    assert explain(by_text) == explain(by_slash) == "Try again in a minute."


def test_an_unexpected_error_is_logged_with_the_code_that_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        text = explain(commands.CommandInvokeError(ZeroDivisionError("secret detail")))
    (record,) = caplog.records
    code = record.getMessage().split()[-1]
    assert f"Please give the bot's owner this code: `{code}`." in text
    assert "secret detail" not in text
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_a_message_fits_discords_limit() -> None:
    assert len(explain(errors.CrawlError("x" * 5000))) == 2000


async def test_unknown_text_commands_are_ignored() -> None:
    context = Mock(answer=AsyncMock())
    await answer_message(context, commands.CommandNotFound("play"))
    context.answer.assert_not_awaited()


def asked_in(*, server: bool, owner: bool = False, **others: Any) -> Mock:
    """A text command that somebody used, in a server or in direct messages."""
    bot = Mock(is_owner=AsyncMock(return_value=owner))
    return Mock(bot=bot, interaction=None, server=1 if server else None, lacks=Mock(return_value=[]), **others)


@pytest.mark.parametrize(
    ("server", "owner", "who"),
    [(True, True, "A server admin"), (True, False, "A server admin"), (False, True, "You"), (False, False, "My owner")],
)
async def test_a_message_fits_the_person_and_the_place(server: bool, owner: bool, who: str) -> None:
    context = asked_in(server=server, owner=owner, answer=AsyncMock())
    await answer_message(context, errors.NoModelError("Train one first."))
    (reply,) = context.answer.await_args.args
    assert reply.text == f"I haven't been trained yet. {who} can start with `/retrain`."


async def test_without_permission_to_write_an_error_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    context = asked_in(server=True, answer=AsyncMock())
    context.lacks.return_value = ["send_messages"]
    with caplog.at_level(logging.INFO):
        await answer_message(context, errors.BusyError("Later."))
    context.answer.assert_not_awaited()
    assert "Later." in caplog.text


def interaction(*, done: bool = False, send: AsyncMock | None = None) -> Mock:
    """An interaction in a server, of a bot that knows the command `retrain`; `done`: it was responded to."""
    mentions = CommandMentions()
    mentions.update({"retrain": "</retrain:7>"})
    client = Mock(is_owner=AsyncMock(return_value=False), services=Mock(mentions=mentions))
    used = Mock(client=client, guild_id=1)
    used.response.is_done.return_value = done
    used.followup.send = used.response.send_message = send
    return used


@pytest.mark.parametrize("done", [True, False])
async def test_an_interaction_is_answered_privately_even_if_it_was_responded_to(done: bool) -> None:
    used = interaction(done=done)
    used.followup.send, used.response.send_message = AsyncMock(), AsyncMock()
    await answer_interaction(used, errors.NoModelError("Train one first."))
    send, other = used.followup.send, used.response.send_message
    if not done:
        send, other = other, send
    send.assert_awaited_once_with(
        "I haven't been trained yet. A server admin can start with </retrain:7>.", ephemeral=True
    )
    other.assert_not_awaited()


async def test_an_error_that_cannot_be_reported_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    failing = AsyncMock(side_effect=refused(403))
    await answer_message(asked_in(server=True, answer=failing), errors.BusyError("Later."))
    await answer_interaction(interaction(send=failing), app_commands.CommandNotFound("old", []))
    assert failing.await_count == 2
    assert len([record for record in caplog.records if "could not be reported" in record.getMessage()]) == 2
