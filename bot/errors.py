"""One registry of what can go wrong: each error becomes one short message that says what to do next."""

import logging
import secrets
from collections.abc import Callable
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context
from bot.replies.message import Reply
from bot.replies.words import clip, plain
from bot.rights import AdminsOnlyError
from classifier.errors import ThumbprintError

log = logging.getLogger(__name__)


def _permissions(error: Any) -> str:  # noqa: ANN401 - four classes of discord.py that share no base
    return ", ".join(f"**{name.replace('_', ' ').title()}**" for name in error.missing_permissions)


def _admins_only(_: AdminsOnlyError) -> str:
    return "Only this server's admins (**Manage Server**) and my owner may do that, in the server. Ask one."


_MESSAGES: Final[tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], str]], ...]] = (
    (ThumbprintError, str),
    (AdminsOnlyError, _admins_only),
    (
        (commands.CommandOnCooldown, app_commands.CommandOnCooldown),
        lambda error: f"That was quick. Try again in {error.retry_after:.0f} s.",
    ),
    (
        (commands.BotMissingPermissions, app_commands.BotMissingPermissions),
        lambda error: f"I need {_permissions(error)} in this channel. Ask an admin to allow it.",
    ),
    (
        (commands.MissingPermissions, app_commands.MissingPermissions),
        lambda error: f"You need {_permissions(error)} for that. Ask an admin.",
    ),
    (
        (commands.NoPrivateMessage, app_commands.NoPrivateMessage),
        lambda _: "That works in a server only. Ask me there.",
    ),
    ((commands.CheckFailure, app_commands.CheckFailure), lambda _: "You may not do that here. Ask an admin."),
    (commands.MaxConcurrencyReached, lambda _: "I am at it already. Wait until that is done."),
    (
        commands.MissingRequiredArgument,
        lambda error: f"`{error.param.name}` is missing. Ask for `help` to see an example.",
    ),
    (
        (commands.ChannelNotFound, commands.BadUnionArgument),
        lambda _: "I know no such channel in this server. Name one that I can see, such as `#general`.",
    ),
    (
        commands.TooManyArguments,
        lambda _: "I don't understand the end of that. Ask for `help` to see an example.",
    ),
    (
        (commands.UserInputError, app_commands.TransformerError),
        lambda error: f"I can't read that: {plain(str(error), 200)} Ask for `help` to see an example.",
    ),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        lambda _: "That command has changed since Discord last heard of it. Restart your Discord and try again.",
    ),
    (
        discord.Forbidden,
        lambda _: "Discord does not let me do that here. Ask an admin to check my permissions in this channel.",
    ),
    (discord.DiscordServerError, lambda _: "Discord has a problem of its own. Try again in a minute."),
)


def explain(error: BaseException) -> str:
    """What to tell the person. An unforeseen error is logged, and told by the number of its log line."""
    cause = _cause(error)
    for kind, message in _MESSAGES:
        if isinstance(cause, kind):
            return clip(message(cause), 2000)
    number = secrets.token_hex(4)
    log.error("unforeseen error %s", number, exc_info=cause)
    return f"Something went wrong that I did not foresee. Tell my owner this number: `{number}`."


def _cause(error: BaseException) -> BaseException:
    """The error itself, out of the wrappers that discord.py puts around it."""
    while isinstance(
        error, commands.CommandInvokeError | commands.HybridCommandError | app_commands.CommandInvokeError
    ) or (isinstance(error, commands.ConversionError) and isinstance(error.original, ThumbprintError)):
        error = error.original
    return error


async def answer_message(context: Context, error: Exception) -> None:
    """Tell whoever called a command, by text or as a hybrid."""
    if isinstance(error, commands.CommandNotFound):
        return  # other bots share the prefix
    try:
        await context.answer(Reply(explain(error)), private=True)
    except discord.HTTPException as failure:
        log.warning("an error could not be told in channel %s: %s", context.channel.id, failure)


async def answer_interaction(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Tell whoever used an app command, where there is no command to answer for it."""
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    try:
        await send(explain(error), ephemeral=True)
    except discord.HTTPException as failure:
        log.warning("an error could not be told to interaction %s: %s", interaction.id, failure)
