"""Routes of guilds and their channels, roles, members and stickers."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.checks.fields import REQUIRED
from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.payloads import (
    channel_payload,
    full_member_payload,
    guild_payload,
    own_guild_payload,
    role_payload,
    sticker_payload,
    user_payload,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import page_size, require_guild
from bot.sandbox.discord.state import State
from bot.sandbox.discord.stickers import find_sticker
from bot.sandbox.discord.values import Guild, Json, User

BOT_ADD = 28
"""The action of an entry in the audit log: somebody added a bot."""


async def own_guilds(state: State, call: Call) -> Answer:
    """Get a page of the guilds that the bot is in, oldest first."""
    after = snowflake(call.query.get("after", "0"), ("after",))
    before = snowflake(call.query.get("before", str(1 << 63)), ("before",))
    found = [guild for guild in state.world.guilds_of(state.bot) if after < guild.id < before]
    found = found[: page_size(call, 200, 200)]
    return 200, [own_guild_payload(state.world, guild, state.bot) | _counts(call, guild) for guild in found]


async def leave(state: State, call: Call) -> Answer:
    """Make the bot leave a guild."""
    guild = state.world.guild(call.id("guild_id"))
    if guild.member(state.bot.id) is None:
        raise ApiError(10004)
    state.world.leave(guild, state.bot)
    return 204, None


async def guild(state: State, call: Call) -> Answer:
    """Get a guild."""
    found = require_guild(state, call)
    return 200, guild_payload(found) | _counts(call, found)


async def channels(state: State, call: Call) -> Answer:
    """Get a guild's channels."""
    return 200, [
        channel_payload(state.world, channel) for channel in state.world.channels_of(require_guild(state, call))
    ]


async def roles(state: State, call: Call) -> Answer:
    """Get a guild's roles."""
    return 200, [role_payload(role) for role in require_guild(state, call).roles]


async def member(state: State, call: Call) -> Answer:
    """Get a member of a guild."""
    found = require_guild(state, call).member(state.world.user(call.id("user_id")).id)
    if found is None:
        raise ApiError(10007)
    return 200, full_member_payload(state.world, found)


async def members(state: State, call: Call) -> Answer:
    """Get a page of a guild's members by id; for apps with the members intent."""
    guild = require_guild(state, call)
    if not state.application.members_allowed:
        raise ApiError(50001)
    after = snowflake(call.query.get("after", "0"), ("after",))
    found = sorted((it for it in guild.members if it.user_id > after), key=lambda it: it.user_id)
    return 200, [full_member_payload(state.world, member) for member in found[: page_size(call, 1, 1000)]]


async def search_members(state: State, call: Call) -> Answer:
    """Get the members whose names begin with a text."""
    guild, text = require_guild(state, call), call.query.get("query", "").lower()
    if not text:
        raise form_error(("query",), "BASE_TYPE_REQUIRED", REQUIRED)
    found = [member for member in guild.members if _is_named(state.world.user(member.user_id), text)]
    return 200, [full_member_payload(state.world, member) for member in found[: page_size(call, 1, 1000)]]


async def audit_log(state: State, call: Call) -> Answer:
    """Get the entries of a guild's audit log, newest first: only those of added bots."""
    guild = require_guild(state, call)
    if not state.world.guild_permissions(state.bot, guild) & Permission.VIEW_AUDIT_LOG:
        raise ApiError(50013)
    kind = call.query.get("action_type")
    added = guild.added_by if kind in (None, str(BOT_ADD)) else ()
    entries = [
        {"id": str(state.world.new_id()), "action_type": BOT_ADD, "user_id": str(by), "target_id": str(bot)}
        for bot, by in reversed(added)
    ][: page_size(call, 50, 100)]
    people = {user_id for pair in added for user_id in pair}
    lists = ("application_commands", "auto_moderation_rules", "guild_scheduled_events", "integrations")
    return 200, {
        "audit_log_entries": entries,
        "users": [user_payload(state.world.user(user_id)) for user_id in sorted(people)],
        **{name: [] for name in (*lists, "threads", "webhooks")},
    }


async def guild_stickers(state: State, call: Call) -> Answer:
    """Get a guild's stickers."""
    return 200, [sticker_payload(sticker) for sticker in require_guild(state, call).stickers]


async def sticker(state: State, call: Call) -> Answer:
    """Get a sticker."""
    found = find_sticker(state.world, call.id("sticker_id"))
    if found is None:
        raise ApiError(10060)
    return 200, sticker_payload(found)


def _counts(call: Call, guild: Guild) -> Json:
    """A guild's approximate numbers of members, if the call asks for them."""
    if not call.flag("with_counts"):
        return {}
    return {"approximate_member_count": len(guild.members), "approximate_presence_count": len(guild.members)}


def _is_named(user: User, start: str) -> bool:
    return user.name.lower().startswith(start) or user.display_name.lower().startswith(start)


ROUTES = (
    Route("GET", "/users/@me/guilds", own_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave),
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", channels),
    Route("GET", "/guilds/{guild_id}/roles", roles),
    Route("GET", "/guilds/{guild_id}/members", members),
    Route("GET", "/guilds/{guild_id}/members/search", search_members),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", member),
    Route("GET", "/guilds/{guild_id}/audit-logs", audit_log),
    Route("GET", "/guilds/{guild_id}/stickers", guild_stickers),
    Route("GET", "/stickers/{sticker_id}", sticker),
)
