"""Routes of guilds and their channels, roles and members."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import (
    channel_payload,
    full_member_payload,
    guild_payload,
    own_guild_payload,
    role_payload,
)
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import require_guild
from bot.sandbox.discord.state import State


async def own_guilds(state: State, call: Call) -> Answer:
    """Get the guilds that the bot is in, oldest first."""
    limit = int(call.query.get("limit", 200))
    after = snowflake(call.query.get("after", "0"), ("after",))
    before = snowflake(call.query.get("before", str(1 << 63)), ("before",))
    found = [guild for guild in state.world.guilds_of(state.bot) if after < guild.id < before]
    return 200, [own_guild_payload(state.world, guild, state.bot) for guild in found[:limit]]


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
    counts = {"approximate_member_count": len(found.members), "approximate_presence_count": len(found.members)}
    return 200, guild_payload(found) | (counts if call.query.get("with_counts") in ("1", "true") else {})


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


ROUTES = (
    Route("GET", "/users/@me/guilds", own_guilds),
    Route("DELETE", "/users/@me/guilds/{guild_id}", leave),
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", channels),
    Route("GET", "/guilds/{guild_id}/roles", roles),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", member),
)
