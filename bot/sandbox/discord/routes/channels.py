"""Routes of one channel."""

from bot.sandbox.discord.payloads import channel_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.state import State


async def channel(state: State, call: Call) -> Answer:
    """Get a channel."""
    found = state.world.channel(call.id("channel_id"))
    state.world.require(state.bot, found)
    return 200, channel_payload(state.world, found)


async def typing(state: State, call: Call) -> Answer:
    """Show that the bot is typing."""
    found = state.world.channel(call.id("channel_id"))
    state.world.require(state.bot, found, Permission.SEND_MESSAGES)
    state.posts.type(state.bot, found)
    return 204, None


ROUTES = (
    Route("GET", "/channels/{channel_id}", channel),
    Route("POST", "/channels/{channel_id}/typing", typing),
)
