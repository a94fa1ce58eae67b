"""The guild, channel or message that a call is about, and its page of results."""

from datetime import datetime

from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Call
from bot.sandbox.discord.state import State
from bot.sandbox.discord.values import Channel, Guild, Message


def require_guild(state: State, call: Call) -> Guild:
    """The guild of a call. Raises ApiError 10004, and 50001 if the bot is not in it."""
    guild = state.world.guild(call.id("guild_id"))
    if guild.member(state.bot.id) is None:
        raise ApiError(50001)
    return guild


def require_channel(state: State, call: Call, *needed: Permission) -> Channel:
    """The channel of a call. Raises ApiError 10003, 50001, and 50013 if the bot lacks a needed permission."""
    channel = state.world.channel(call.id("channel_id"))
    state.world.require(state.bot, channel, *needed)
    return channel


def require_message(state: State, call: Call, *needed: Permission) -> Message:
    """The message of a call; only the webhook of its interaction can access an ephemeral one.

    Raises ApiError 10003, 10008, 50001, 50013.
    """
    message = state.world.message(require_channel(state, call, *needed).id, call.id("message_id"))
    if message.visible_to is not None:
        raise ApiError(10008)
    return message


def page_size(call: Call, default: int, maximum: int) -> int:
    """The `limit` of a call, from 1. Raises ApiError 50035."""
    text = call.query.get("limit", str(default))
    if not text.lstrip("-").isdecimal():
        raise form_error(("limit",), "NUMBER_TYPE_COERCE", f'Value "{text}" is not int.')
    if int(text) < 1:
        raise form_error(("limit",), "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")
    if int(text) > maximum:
        raise form_error(("limit",), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {maximum}.")
    return int(text)


def query_time(call: Call, name: str) -> datetime | None:
    """A time of the query; None if it is not given. Raises ApiError 50035."""
    text = call.query.get(name)
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise form_error((name,), "DATE_TIME_TYPE_PARSE", f'Could not parse "{text}" as a date with a time zone.')
    return time
