"""Routes of the bot's account, the gateway's URL and other users."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import application_payload, channel_payload, own_user_payload, user_payload
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.state import State


async def own_user(state: State, _: Call) -> Answer:
    """Get the bot's user."""
    return 200, own_user_payload(state.bot)


async def application(state: State, _: Call) -> Answer:
    """Get the bot's application, with its owner and flags."""
    return 200, application_payload(state.world, state.application)


async def gateway(state: State, _: Call) -> Answer:
    """Get the gateway's URL."""
    return 200, {"url": state.gateway.url}


async def gateway_bot(state: State, _: Call) -> Answer:
    """Get the gateway's URL, the recommended number of shards and how many sessions can start."""
    gateway = state.gateway
    starts = gateway.starts.payload()
    return 200, {"url": gateway.url, "shards": gateway.settings.shards, "session_start_limit": starts}


async def user(state: State, call: Call) -> Answer:
    """Get a user."""
    return 200, user_payload(state.world.user(call.id("user_id")))


async def open_direct(state: State, call: Call) -> Answer:
    """Open the direct messages with a user."""
    other = state.world.user(snowflake(call.form.get("recipient_id"), ("recipient_id",)))
    if other.bot:
        raise ApiError(50007)
    return 200, channel_payload(state.world, state.world.add_direct(state.bot, other))


ROUTES = (
    Route("GET", "/users/@me", own_user),
    Route("POST", "/users/@me/channels", open_direct),
    Route("GET", "/users/{user_id}", user),
    Route("GET", "/oauth2/applications/@me", application),
    Route("GET", "/applications/@me", application),
    Route("GET", "/gateway", gateway, open=True),
    Route("GET", "/gateway/bot", gateway_bot),
)
