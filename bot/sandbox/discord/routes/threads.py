"""Routes of threads: starting them, listing them, and their members."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import (
    channel_payload,
    message_payload,
    open_threads,
    thread_list_payload,
    thread_member_payload,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import page_size, query_time, require_channel, require_guild, require_message
from bot.sandbox.discord.state import State
from bot.sandbox.discord.thread_state import thread_of
from bot.sandbox.discord.values import Channel, User


async def start_from(state: State, call: Call) -> Answer:
    """Start a thread from a message."""
    message = require_message(state, call, Permission.READ_MESSAGE_HISTORY)
    thread = state.threads.start_from(state.bot, message, call.form)
    return 201, channel_payload(state.world, thread, state.bot)


async def start(state: State, call: Call) -> Answer:
    """Start a thread without a message, or post in a forum."""
    channel = require_channel(state, call)
    if not channel.is_forum:
        thread = state.threads.start(state.bot, channel, call.form)
        return 201, channel_payload(state.world, thread, state.bot)
    thread, message = await state.threads.post(state.bot, channel, call.form, call.files)
    payload = channel_payload(state.world, thread, state.bot)
    return 201, payload | {"message": message_payload(state.world, message)}


async def active(state: State, call: Call) -> Answer:
    """List the guild's open threads that the bot can view, newest first."""
    threads = open_threads(state.world, require_guild(state, call), state.bot)
    threads.sort(key=lambda thread: -thread.id)
    return 200, thread_list_payload(state.world, threads, state.bot, more=False)


async def archived_public(state: State, call: Call) -> Answer:
    """List a page of a channel's archived public threads, the last archived ones first."""
    return _archived(state, call, Permission.READ_MESSAGE_HISTORY, private=False)


async def archived_private(state: State, call: Call) -> Answer:
    """List a page of a channel's archived private threads, the last archived ones first."""
    return _archived(state, call, Permission.READ_MESSAGE_HISTORY, Permission.MANAGE_THREADS, private=True)


async def archived_joined(state: State, call: Call) -> Answer:
    """List a page of a channel's archived private threads that the bot has joined, newest first."""
    channel = require_channel(state, call, Permission.READ_MESSAGE_HISTORY)
    before = snowflake(call.query.get("before", str(1 << 63)), ("before",))
    found = [
        thread
        for thread in _archived_in(state, channel, private=True)
        if thread.id < before and thread_of(thread).member(state.bot.id) is not None
    ]
    return _page(state, call, sorted(found, key=lambda thread: -thread.id))


async def members(state: State, call: Call) -> Answer:
    """List a thread's members; for apps with the members intent."""
    thread = require_channel(state, call)
    if not state.application.members_allowed:
        raise ApiError(50001)
    full = call.flag("with_member")
    after = snowflake(call.query.get("after", "0"), ("after",))
    found = sorted(thread_of(thread).members, key=lambda member: member.user_id)
    if full:
        found = [member for member in found if member.user_id > after][: page_size(call, 100, 100)]
    return 200, [thread_member_payload(state.world, thread, member, full=full) for member in found]


async def member(state: State, call: Call) -> Answer:
    """Get a member of a thread."""
    thread = require_channel(state, call)
    found = thread_of(thread).member(_user(state, call).id)
    if found is None:
        raise ApiError(10007)
    return 200, thread_member_payload(state.world, thread, found, full=call.flag("with_member"))


async def add_member(state: State, call: Call) -> Answer:
    """Add a user to a thread, or join it."""
    state.threads.add_member(state.bot, require_channel(state, call), _user(state, call))
    return 204, None


async def remove_member(state: State, call: Call) -> Answer:
    """Remove a user from a thread, or leave it."""
    state.threads.remove_member(state.bot, require_channel(state, call), _user(state, call))
    return 204, None


def _user(state: State, call: Call) -> User:
    return state.world.user(call.id("user_id")) if "user_id" in call.params else state.bot


def _archived(state: State, call: Call, *needed: Permission, private: bool) -> Answer:
    channel = require_channel(state, call, *needed)
    found = _archived_in(state, channel, private=private)
    before = query_time(call, "before")
    if before is not None:
        found = [thread for thread in found if thread_of(thread).archive_changed_at < before]
    return _page(state, call, sorted(found, key=lambda it: thread_of(it).archive_changed_at, reverse=True))


def _archived_in(state: State, channel: Channel, *, private: bool) -> list[Channel]:
    return [
        thread
        for thread in state.world.threads_of(channel)
        if thread_of(thread).archived and (thread.kind == ChannelType.PRIVATE_THREAD) == private
    ]


def _page(state: State, call: Call, threads: list[Channel]) -> Answer:
    limit = page_size(call, 50, 100)
    return 200, thread_list_payload(state.world, threads[:limit], state.bot, more=len(threads) > limit)


CHANNEL = "/channels/{channel_id}"
MEMBERS = CHANNEL + "/thread-members"
ROUTES = (
    Route("POST", CHANNEL + "/messages/{message_id}/threads", start_from),
    Route("POST", CHANNEL + "/threads", start),
    Route("GET", "/guilds/{guild_id}/threads/active", active),
    Route("GET", CHANNEL + "/threads/archived/public", archived_public),
    Route("GET", CHANNEL + "/threads/archived/private", archived_private),
    Route("GET", CHANNEL + "/users/@me/threads/archived/private", archived_joined),
    Route("GET", MEMBERS, members),
    Route("PUT", MEMBERS + "/@me", add_member),
    Route("DELETE", MEMBERS + "/@me", remove_member),
    Route("GET", MEMBERS + "/{user_id}", member),
    Route("PUT", MEMBERS + "/{user_id}", add_member),
    Route("DELETE", MEMBERS + "/{user_id}", remove_member),
)
