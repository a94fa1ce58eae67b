import logging
from typing import Any
from unittest.mock import AsyncMock, Mock

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.errors import answer_interaction, answer_message, explain
from bot.rights import AdminsOnlyError
from classifier import errors


def subclasses(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(deeper for direct in kind.__subclasses__() for deeper in subclasses(direct))]


@pytest.mark.parametrize("kind", subclasses(errors.ThumbprintError))
def test_our_errors_say_their_own_sentence(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "Do this next.")
    error.args = ("Do this next.",)
    assert explain(error) == "Do this next."


def refused(status: int) -> discord.HTTPException:
    kind = discord.Forbidden if status == 403 else discord.DiscordServerError
    return kind(Mock(status=status, reason="no"), "no")


COOLDOWN = commands.Cooldown(1, 10)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AdminsOnlyError(), "admins (**Manage Server**) and my owner"),
        (commands.CommandOnCooldown(COOLDOWN, 4.2, commands.BucketType.user), "Try again in 4 s"),
        (app_commands.CommandOnCooldown(app_commands.Cooldown(1, 10), 4.2), "Try again in 4 s"),
        (commands.BotMissingPermissions(["attach_files"]), "I need **Attach Files**"),
        (app_commands.BotMissingPermissions(["embed_links"]), "I need **Embed Links**"),
        (commands.MissingPermissions(["manage_guild"]), "You need **Manage Guild**"),
        (commands.NoPrivateMessage(), "server only"),
        (app_commands.NoPrivateMessage(), "server only"),
        (commands.CheckFailure(), "may not do that"),
        (app_commands.CheckFailure(), "may not do that"),
        (commands.MaxConcurrencyReached(1, commands.BucketType.user), "at it already"),
        (commands.ChannelNotFound("nowhere"), "no such channel"),
        (commands.TooManyArguments("twice"), "don't understand the end"),
        (commands.BadArgument("**no** @everyone"), r"\*\*no\*\*"),
        (commands.UnexpectedQuoteError('"'), "Ask for `help`"),
        (app_commands.CommandNotFound("old", []), "Restart your Discord"),
        (refused(403), "check my permissions"),
        (refused(503), "Discord has a problem"),
    ],
)
def test_discords_errors_are_told_in_words(error: Exception, words: str) -> None:
    assert words in explain(error)


def test_wrapped_errors_are_unwrapped() -> None:
    inner = errors.NoModelError("Ask an admin to train one.")
    by_text = commands.CommandInvokeError(inner)
    by_slash = commands.HybridCommandError(app_commands.CommandInvokeError(Mock(), inner))
    assert explain(by_text) == explain(by_slash) == "Ask an admin to train one."


def test_an_unforeseen_error_is_logged_under_the_number_it_is_told_by(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        text = explain(commands.CommandInvokeError(ZeroDivisionError("secret detail")))
    (record,) = caplog.records
    number = record.getMessage().split()[-1]
    assert number in text
    assert "secret detail" not in text
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_a_message_fits_discord() -> None:
    assert len(explain(errors.CrawlError("x" * 5000))) == 2000


async def test_commands_of_other_bots_are_left_alone() -> None:
    context = Mock(answer=AsyncMock())
    await answer_message(context, commands.CommandNotFound("play"))
    context.answer.assert_not_awaited()


@pytest.mark.parametrize("done", [True, False])
async def test_an_interaction_is_answered_privately_whether_or_not_it_was_before(done: bool) -> None:
    interaction = Mock()
    interaction.response.is_done.return_value = done
    interaction.followup.send = AsyncMock()
    interaction.response.send_message = AsyncMock()
    await answer_interaction(interaction, app_commands.CommandNotFound("old", []))
    used, unused = interaction.followup.send, interaction.response.send_message
    if not done:
        used, unused = unused, used
    used.assert_awaited_once()
    assert used.await_args.kwargs == {"ephemeral": True}
    unused.assert_not_awaited()


async def test_an_error_that_can_not_be_told_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    failing: Any = AsyncMock(side_effect=refused(403))
    await answer_message(Mock(answer=failing), errors.BusyError("Later."))
    interaction = Mock()
    interaction.response.is_done.return_value = False
    interaction.response.send_message = failing
    await answer_interaction(interaction, app_commands.CommandNotFound("old", []))
    assert len([record for record in caplog.records if "could not be told" in record.getMessage()]) == 2
