"""One registry of what can go wrong: each error becomes one short message that says what to do next."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Any, Final

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context, server_of
from bot.delivery import respond
from bot.faults import Fate, fate, in_short
from bot.limits import MESSAGE_LENGTH
from bot.replies.message import Reply
from bot.replies.words import plain
from bot.rights import AdminsOnlyError
from classifier.errors import (
    CancelledTrainingError,
    ClosingError,
    EmptyChannelError,
    MissingKeyError,
    NoModelError,
    NoNetworkError,
    NoVersionError,
    QuotaExceededError,
    RefusedError,
    ThumbprintError,
    TooFewHeldOutError,
    TooFewThumbnailsError,
    UnknownChannelError,
    WrongKeyError,
)
from classifier.titles import clip

log = logging.getLogger(__name__)


def _permissions(error: Any) -> str:  # noqa: ANN401 - four classes of discord.py that share no base
    names = (name.replace("guild", "server").replace("_", " ").title() for name in error.missing_permissions)
    return ", ".join(f"**{name}**" for name in names)


def _too_few(channels: int) -> str:
    left = "only 1 has" if channels == 1 else "none has"
    return f"Training needs at least 2 channels, and {left} enough thumbnails. Add more with `/channel add`."


_NOTHING_HELD_OUT: Final = (
    "A fair game needs thumbnails of at least 2 channels that I didn't learn from, and I don't have them here. "
    "A server admin can change that with `/channel add` and `/retrain`."
)

_Kind = type[Exception] | tuple[type[Exception], ...]

_FROM_CLASSIFIER: Final[tuple[tuple[_Kind, Callable[[Any], str]], ...]] = (
    (NoVersionError, lambda error: f"{error} `/model` lists the versions."),
    (MissingKeyError, lambda _: "I can't look up channels without a YouTube API key. My owner needs to set one."),
    (WrongKeyError, lambda _: "YouTube refused my API key. My owner needs to check it."),
    (
        QuotaExceededError,
        lambda _: "I've used up my YouTube quota for today. Try again after midnight Pacific time.",
    ),
    (
        RefusedError,
        lambda error: (
            f"I can't reach YouTube's thumbnails: the picture host answered {error.data.get('answered')}. My owner "
            "needs to check the network; a proxy or a firewall may be in the way."
        ),
    ),
    (NoNetworkError, lambda _: "I can't reach YouTube right now. Try again in a few minutes."),
    (
        UnknownChannelError,
        lambda error: (
            f"YouTube has no channel {plain(str(error.data.get('channel', '')))}. "
            "Check its @handle, or use its channel id."
        ),
    ),
    (
        EmptyChannelError,
        lambda error: (
            f"{plain(str(error.data.get('channel', '')))} has {error.data.get('what')}. Choose another channel."
        ),
    ),
    (TooFewHeldOutError, lambda _: _NOTHING_HELD_OUT),
    (TooFewThumbnailsError, lambda error: _too_few(error.data.get("channels", 0))),
    (ClosingError, lambda _: "I'm restarting. Try again in a minute."),
    (CancelledTrainingError, lambda _: "Training was cancelled. Start it again with `/retrain`."),
    (ThumbprintError, str),
)
"""The classifier's errors in the bot's words; its own sentences are good enough for the rest."""

_FROM_DISCORD: Final[tuple[tuple[_Kind, Callable[[Any], str]], ...]] = (
    (
        (commands.CommandOnCooldown, app_commands.CommandOnCooldown),
        lambda error: f"You're doing that too often. Try again in {_seconds(error.retry_after)}.",
    ),
    (
        (commands.BotMissingPermissions, app_commands.BotMissingPermissions),
        lambda error: f"I'm missing permissions in this channel: {_permissions(error)}. Ask an admin to allow them.",
    ),
    (
        (commands.MissingPermissions, app_commands.MissingPermissions),
        lambda error: f"You need {_permissions(error)} to do that. Ask an admin.",
    ),
    ((commands.NoPrivateMessage, app_commands.NoPrivateMessage), lambda _: "That only works in a server."),
    ((commands.CheckFailure, app_commands.CheckFailure), lambda _: "You can't do that here. Ask an admin."),
    (commands.MaxConcurrencyReached, lambda _: "I'm already working on that. Please wait until it finishes."),
    (
        commands.MissingRequiredArgument,
        lambda error: f"`{error.param.name}` is missing. `/help` has examples.",
    ),
    (
        (commands.ChannelNotFound, commands.BadUnionArgument),
        lambda _: "I can't find that channel. Choose one I can see, such as `#general`.",
    ),
    (
        commands.ArgumentParsingError,
        lambda _: (
            "I can't read that because of its quotation marks. Leave them out, or put one at each end. "
            "`/help` has examples."
        ),
    ),
    (commands.TooManyArguments, lambda _: "I don't understand the last part of that. `/help` has examples."),
    (
        (commands.UserInputError, app_commands.TransformerError),
        lambda error: f"I can't read that: {plain(str(error), 200)} `/help` has examples.",
    ),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        lambda _: "That command has changed. Restart Discord and try again.",
    ),
    (
        discord.Forbidden,
        lambda _: "Discord won't let me do that here. Ask an admin to check my permissions in this channel.",
    ),
)


class Audience(Enum):
    """Who reads the message, which decides what to do next."""

    SERVER = auto()
    DIRECT = auto()
    OWNER = auto()


_DISK: Final = {
    "full": "My disk is full. My owner needs to free some space.",
    "read-only": "My disk is read-only. My owner needs to make it writable.",
    "other": "I can't use my disk. My owner needs to check it.",
}
_PASSING: Final = "Discord is having problems. Try again in a minute."
_UNTRAINED: Final = {
    Audience.SERVER: "I haven't been trained yet. A server admin can start with `/retrain`.",
    Audience.DIRECT: "I haven't been trained yet. My owner can start with `/retrain`.",
    Audience.OWNER: "I haven't been trained yet. You can start with `/retrain`.",
}
_ADMINS_ONLY: Final = {
    Audience.SERVER: "Only server admins (**Manage Server**) and my owner can do that.",
    Audience.DIRECT: "In direct messages, only my owner can do that. Server admins can do it in their server.",
}


_WITH_ROLE: Final = "Only server admins (**Manage Server**), members with <@&{role}> and my owner can do that."


def explain(error: BaseException, audience: Audience = Audience.SERVER) -> str:
    """What to tell the user. An unexpected error is logged, and its code is shown."""
    cause = _cause(error)
    if isinstance(cause, AdminsOnlyError):
        return _ADMINS_ONLY[audience] if cause.role is None else _WITH_ROLE.format(role=cause.role)
    if isinstance(cause, NoModelError) and not isinstance(cause, NoVersionError):
        return _UNTRAINED[audience]
    if disk := getattr(cause, "data", {}).get("disk"):
        log.error("%s", cause)  # which file it was is for the owner
        return _DISK.get(disk, _DISK["other"])
    if fate(cause) is Fate.RETRY:
        log.warning("Discord is having problems (%s)", in_short(cause))
        return _PASSING
    for kind, message in (*_FROM_CLASSIFIER, *_FROM_DISCORD):
        if isinstance(cause, kind):
            return clip(message(cause), MESSAGE_LENGTH)
    code = secrets.token_hex(4)
    log.error("unexpected error %s", code, exc_info=cause)
    return f"Something unexpected went wrong. Please give the bot's owner this code: `{code}`."


async def _audience(bot: Any, in_server: bool, user: discord.abc.User) -> Audience:  # noqa: ANN401 - any client
    if in_server:
        return Audience.SERVER
    return Audience.OWNER if await bot.is_owner(user) else Audience.DIRECT


def _seconds(seconds: float) -> str:
    whole = max(1, round(seconds))
    return "1 second" if whole == 1 else f"{whole} seconds"


def _cause(error: BaseException) -> BaseException:
    """The error itself, out of the wrappers that discord.py puts around it."""
    while isinstance(
        error, commands.CommandInvokeError | commands.HybridCommandError | app_commands.CommandInvokeError
    ) or (isinstance(error, commands.ConversionError) and isinstance(error.original, ThumbprintError)):
        error = error.original
    return error


async def answer_message(context: Context, error: Exception) -> None:
    """Report an error to whoever called a command, as text or as a hybrid."""
    if isinstance(error, commands.CommandNotFound):
        return  # other bots may use the same prefix
    if context.interaction is None and context.lacks("send_messages"):
        log.info("no permission to report an error in channel %s: %s", context.channel.id, explain(error))
        return

    async def report() -> None:
        audience = await _audience(context.bot, context.server is not None, context.author)
        await context.answer(Reply(explain(error, audience)), private=True)

    await _report(error, f"channel {context.channel.id}", report)


async def answer_interaction(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Report an error to whoever used an app command, a button or a menu."""

    async def report() -> None:
        client = interaction.client
        audience = await _audience(client, server_of(interaction) is not None, interaction.user)
        reply = client.services.mentions.reply(Reply(explain(error, audience)))
        await respond(interaction, reply, ephemeral=True)

    await _report(error, f"interaction {interaction.id}", report)


async def _report(error: Exception, where: str, report: Callable[[], Awaitable[None]]) -> None:
    """Report an error, unless nobody is left to read that; if even the report fails, only the log says so."""
    cause = _cause(error)
    if fate(cause) is Fate.DROP:
        log.info("no answer in %s: %s", where, in_short(cause))
        return
    try:
        await report()
    except (discord.DiscordException, aiohttp.ClientError, OSError) as failure:
        level = logging.INFO if fate(failure) is Fate.DROP else logging.WARNING
        log.log(level, "an error could not be reported in %s: %s", where, in_short(failure))
