"""Routes of one channel: its settings, permission overwrites, and typing."""

from dataclasses import replace
from typing import Literal

from bot.sandbox.discord.checks import check_channel_changes, check_overwrite
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import channel_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import require_channel
from bot.sandbox.discord.state import State
from bot.sandbox.discord.values import Channel, Json, Overwrite

FIELDS = {"name": "name", "topic": "topic", "position": "position", "flags": "flags", "rate_limit_per_user": "slowmode"}
"""The fields of a channel that can be changed, and their names here."""
NULLABLE = ("topic",)


async def channel(state: State, call: Call) -> Answer:
    """Get a channel."""
    return 200, channel_payload(state.world, require_channel(state, call), state.bot)


async def change(state: State, call: Call) -> Answer:
    """Change a channel or a thread."""
    found = _guild_channel(state, call)
    if found.thread is not None:
        return 200, channel_payload(state.world, state.threads.change(state.bot, found, call.form), state.bot)
    check_channel_changes(call.form, forum=found.is_forum)
    state.world.require(state.bot, found, Permission.MANAGE_CHANNELS)
    changes = {FIELDS[key]: call.form[key] for key in FIELDS if _given(call.form, key)}
    if call.form.get("permission_overwrites") is not None:
        state.world.require(state.bot, found, Permission.MANAGE_ROLES)
        changes["overwrites"] = tuple(_overwrite(int(it["id"]), it) for it in call.form["permission_overwrites"])
    return 200, channel_payload(state.world, state.world.change(replace(found, **changes)))


async def delete(state: State, call: Call) -> Answer:
    """Delete a channel or a thread."""
    found = _guild_channel(state, call)
    needed = Permission.MANAGE_CHANNELS if found.thread is None else Permission.MANAGE_THREADS
    state.world.require(state.bot, found, needed)
    payload = channel_payload(state.world, found)
    state.world.remove_channel(found)
    return 200, payload


async def set_overwrite(state: State, call: Call) -> Answer:
    """Set what a channel allows or denies a role or a member."""
    found = _with_overwrites(state, call)
    check_overwrite(call.form)
    new = _overwrite(call.id("overwrite_id"), call.form)
    guild = state.world.guild(found.guild_id or 0)
    if new.kind == "role" and new.id not in {role.id for role in guild.roles}:
        raise ApiError(10011)
    if new.kind == "member" and guild.member(state.world.user(new.id).id) is None:
        raise ApiError(10007)
    if (new.allow | new.deny) & ~state.world.guild_permissions(state.bot, guild):
        raise ApiError(50013)
    others = tuple(overwrite for overwrite in found.overwrites if overwrite.id != new.id)
    state.world.change(replace(found, overwrites=(*others, new)))
    return 204, None


async def delete_overwrite(state: State, call: Call) -> Answer:
    """Delete a permission overwrite."""
    found, overwrite_id = _with_overwrites(state, call), call.id("overwrite_id")
    others = tuple(overwrite for overwrite in found.overwrites if overwrite.id != overwrite_id)
    if len(others) == len(found.overwrites):
        raise ApiError(10009)
    state.world.change(replace(found, overwrites=others))
    return 204, None


async def typing(state: State, call: Call) -> Answer:
    """Show that the bot is typing."""
    found = require_channel(state, call)
    speak = Permission.SEND_MESSAGES if found.thread is None else Permission.SEND_MESSAGES_IN_THREADS
    state.world.require(state.bot, found, speak)
    state.posts.type(state.bot, found)
    return 204, None


def _given(form: Json, key: str) -> bool:
    return key in form and (form[key] is not None or key in NULLABLE)


def _guild_channel(state: State, call: Call) -> Channel:
    found = require_channel(state, call)
    if found.guild_id is None:
        raise ApiError(50003)
    return found


def _with_overwrites(state: State, call: Call) -> Channel:
    found = _guild_channel(state, call)
    if found.thread is not None:
        raise ApiError(50024)
    state.world.require(state.bot, found, Permission.MANAGE_ROLES)
    return found


def _overwrite(target_id: int, form: Json) -> Overwrite:
    kind: Literal["role", "member"] = "role" if int(form["type"]) == 0 else "member"
    return Overwrite(target_id, kind, int(form.get("allow") or 0), int(form.get("deny") or 0))


CHANNEL = "/channels/{channel_id}"
OVERWRITE = CHANNEL + "/permissions/{overwrite_id}"
ROUTES = (
    Route("GET", CHANNEL, channel),
    Route("PATCH", CHANNEL, change),
    Route("DELETE", CHANNEL, delete),
    Route("PUT", OVERWRITE, set_overwrite),
    Route("DELETE", OVERWRITE, delete_overwrite),
    Route("POST", CHANNEL + "/typing", typing),
)
