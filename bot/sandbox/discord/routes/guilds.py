"""Reading guilds, their channels, roles and members."""

from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import channel_payload, full_member_payload, guild_payload, role_payload
from bot.sandbox.discord.rest import Answer, Call, Route, State
from bot.sandbox.discord.world import Guild


def _guild(state: State, call: Call) -> Guild:
    guild = state.world.guild(call.id("guild_id"))
    if guild.member(state.bot.id) is None:
        raise ApiError(50001)
    return guild


async def guild(state: State, call: Call) -> Answer:
    """One guild."""
    found = _guild(state, call)
    counts = {"approximate_member_count": len(found.members), "approximate_presence_count": len(found.members)}
    return 200, guild_payload(found) | (counts if call.query.get("with_counts") in ("1", "true") else {})


async def channels(state: State, call: Call) -> Answer:
    """A guild's channels."""
    return 200, [channel_payload(state.world, channel) for channel in state.world.channels_of(_guild(state, call))]


async def roles(state: State, call: Call) -> Answer:
    """A guild's roles."""
    return 200, [role_payload(role) for role in _guild(state, call).roles]


async def member(state: State, call: Call) -> Answer:
    """One member of a guild."""
    found = _guild(state, call).member(state.world.user(call.id("user_id")).id)
    if found is None:
        raise ApiError(10007)
    return 200, full_member_payload(state.world, found)


ROUTES = (
    Route("GET", "/guilds/{guild_id}", guild),
    Route("GET", "/guilds/{guild_id}/channels", channels),
    Route("GET", "/guilds/{guild_id}/roles", roles),
    Route("GET", "/guilds/{guild_id}/members/{user_id}", member),
)
