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
from bot.languages import ENGLISH, gettext_noop, in_language, ngettext, sentence
from bot.languages import gettext as _
from bot.limits import MESSAGE_LENGTH
from bot.replies.message import Reply
from bot.replies.permissions import permission_name
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
    return ", ".join(f"**{permission_name(name)}**" for name in error.missing_permissions)


def _too_few(error: TooFewThumbnailsError) -> str:
    if error.data.get("channels") == 1:
        return _("Training needs at least 2 channels, and only 1 has enough thumbnails. Add more with `/channel add`.")
    return _("Training needs at least 2 channels, and none has enough thumbnails. Add more with `/channel add`.")


def _refused(error: RefusedError) -> str:
    if "answered" not in error.data:
        return _(
            "I can't reach YouTube's thumbnails: the picture host answered with a web page. My owner needs to check "
            "the network; a proxy or a firewall may be in the way."
        )
    return _(
        "I can't reach YouTube's thumbnails: the picture host answered {answered}. My owner needs to check the "
        "network; a proxy or a firewall may be in the way.",
        answered=str(error.data["answered"]),
    )


def _about_channel(template: str, error: ThumbprintError) -> str:
    return _(template, **{**error.data, "channel": plain(str(error.data.get("channel", "")))})


_NOTHING_HELD_OUT: Final = gettext_noop(
    "A fair game needs thumbnails of at least 2 channels that I didn't learn from, and I don't have them here. "
    "A server admin can change that with `/channel add` and `/retrain`."
)

_Kind = type[Exception] | tuple[type[Exception], ...]
_Words = str | Callable[[Any], str]
"""A sentence to translate, or what makes one of the error."""

_FROM_CLASSIFIER: Final[tuple[tuple[_Kind, _Words], ...]] = (
    (NoVersionError, lambda error: f"{sentence(error)} {_('`/model` lists the versions.')}"),
    (MissingKeyError, gettext_noop("I can't look up channels without a YouTube API key. My owner needs to set one.")),
    (WrongKeyError, gettext_noop("YouTube refused my API key. My owner needs to check it.")),
    (
        QuotaExceededError,
        gettext_noop("I've used up my YouTube quota for today. Try again after midnight Pacific time."),
    ),
    (RefusedError, _refused),
    (NoNetworkError, gettext_noop("I can't reach YouTube right now. Try again in a few minutes.")),
    (
        UnknownChannelError,
        lambda error: _about_channel(
            gettext_noop("YouTube has no channel {channel}. Check its @handle, or use its channel id."), error
        ),
    ),
    (EmptyChannelError, lambda error: _about_channel(error.template, error)),
    (TooFewHeldOutError, _NOTHING_HELD_OUT),
    (TooFewThumbnailsError, _too_few),
    (ClosingError, gettext_noop("I'm restarting. Try again in a minute.")),
    (CancelledTrainingError, gettext_noop("Training was cancelled. Start it again with `/retrain`.")),
    (ThumbprintError, sentence),
)
"""The classifier's errors in the bot's words; its own sentences are good enough for the rest."""

_FROM_DISCORD: Final[tuple[tuple[_Kind, _Words], ...]] = (
    (
        (commands.CommandOnCooldown, app_commands.CommandOnCooldown),
        lambda error: _too_often(error.retry_after),
    ),
    (
        (commands.BotMissingPermissions, app_commands.BotMissingPermissions),
        lambda error: _(
            "I'm missing permissions in this channel: {permissions}. Ask an admin to allow them.",
            permissions=_permissions(error),
        ),
    ),
    (
        (commands.MissingPermissions, app_commands.MissingPermissions),
        lambda error: _("You need {permissions} to do that. Ask an admin.", permissions=_permissions(error)),
    ),
    (
        (commands.NoPrivateMessage, app_commands.NoPrivateMessage),
        gettext_noop("That only works in a server."),
    ),
    (
        (commands.CheckFailure, app_commands.CheckFailure),
        gettext_noop("You can't do that here. Ask an admin."),
    ),
    (
        commands.MaxConcurrencyReached,
        gettext_noop("I'm already working on that. Please wait until it finishes."),
    ),
    (
        commands.MissingRequiredArgument,
        lambda error: _("`{argument}` is missing. `/help` has examples.", argument=error.param.name),
    ),
    (
        (commands.ChannelNotFound, commands.BadUnionArgument),
        gettext_noop("I can't find that channel. Choose one I can see, such as `#general`."),
    ),
    (
        commands.ArgumentParsingError,
        gettext_noop(
            "I can't read that because of its quotation marks. Leave them out, or put one at each end. "
            "`/help` has examples."
        ),
    ),
    (
        commands.TooManyArguments,
        gettext_noop("I don't understand the last part of that. `/help` has examples."),
    ),
    (
        (commands.UserInputError, app_commands.TransformerError),
        lambda error: _("I can't read that: {problem} `/help` has examples.", problem=plain(str(error), 200)),
    ),
    (
        (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch),
        gettext_noop("That command has changed. Restart Discord and try again."),
    ),
    (
        discord.Forbidden,
        gettext_noop("Discord won't let me do that here. Ask an admin to check my permissions in this channel."),
    ),
)


class Audience(Enum):
    """Who reads the message, which decides what to do next."""

    SERVER = auto()
    DIRECT = auto()
    OWNER = auto()


_DISK: Final = {
    "full": gettext_noop("My disk is full. My owner needs to free some space."),
    "read-only": gettext_noop("My disk is read-only. My owner needs to make it writable."),
    "other": gettext_noop("I can't use my disk. My owner needs to check it."),
}
_PASSING: Final = gettext_noop("Discord is having problems. Try again in a minute.")
_UNTRAINED: Final = {
    Audience.SERVER: gettext_noop("I haven't been trained yet. A server admin can start with `/retrain`."),
    Audience.DIRECT: gettext_noop("I haven't been trained yet. My owner can start with `/retrain`."),
    Audience.OWNER: gettext_noop("I haven't been trained yet. You can start with `/retrain`."),
}
_ADMINS_ONLY: Final = {
    Audience.SERVER: gettext_noop("Only server admins (**Manage Server**) and my owner can do that."),
    Audience.DIRECT: gettext_noop(
        "In direct messages, only my owner can do that. Server admins can do it in their server."
    ),
}

_WITH_ROLE: Final = gettext_noop(
    "Only server admins (**Manage Server**), members with <@&{role}> and my owner can do that."
)


def explain(error: BaseException, audience: Audience = Audience.SERVER) -> str:
    """What to tell the user, in the current language. An unexpected error is logged, and its code is shown."""
    cause = _cause(error)
    if isinstance(cause, AdminsOnlyError):
        return _(_ADMINS_ONLY[audience]) if cause.role is None else _(_WITH_ROLE, role=str(cause.role))
    if isinstance(cause, NoModelError) and not isinstance(cause, NoVersionError):
        return _(_UNTRAINED[audience])
    if disk := getattr(cause, "data", {}).get("disk"):
        log.error("%s", cause)  # which file it was is for the owner
        return _(_DISK.get(disk, _DISK["other"]))
    if fate(cause) is Fate.RETRY:
        log.warning("Discord is having problems (%s)", in_short(cause))
        return _(_PASSING)
    for kind, words in (*_FROM_CLASSIFIER, *_FROM_DISCORD):
        if isinstance(cause, kind):
            return clip(_(words) if isinstance(words, str) else words(cause), MESSAGE_LENGTH)
    code = secrets.token_hex(4)
    log.error("unexpected error %s", code, exc_info=cause)
    return _("Something unexpected went wrong. Please give the bot's owner this code: `{code}`.", code=code)


async def _audience(bot: Any, in_server: bool, user: discord.abc.User) -> Audience:  # noqa: ANN401 - any client
    if in_server:
        return Audience.SERVER
    return Audience.OWNER if await bot.is_owner(user) else Audience.DIRECT


def _too_often(seconds: float) -> str:
    return ngettext(
        "You're doing that too often. Try again in {count} second.",
        "You're doing that too often. Try again in {count} seconds.",
        max(1, round(seconds)),
    )


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
        with in_language(ENGLISH):
            log.info("no permission to report an error in channel %s: %s", context.channel.id, explain(error))
        return

    async def report() -> None:
        audience = await _audience(context.bot, context.server is not None, context.author)
        await context.answer(Reply(explain(error, audience)), private=True, once=True)

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
