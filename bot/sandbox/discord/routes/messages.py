"""Routes of a channel's messages: list, get, send, edit, delete and react."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import page_size, require_channel, require_message
from bot.sandbox.discord.state import State


async def messages(state: State, call: Call) -> Answer:
    """Get a page of a channel's messages, newest first; none if the bot cannot read its history."""
    channel, limit = require_channel(state, call), page_size(call, 50, 100)
    readable = state.world.permissions(state.bot, channel) & Permission.READ_MESSAGE_HISTORY
    found = [m for m in state.world.messages[channel.id].values() if readable and m.visible_to is None]
    if "before" in call.query:
        before = snowflake(call.query["before"], ("before",))
        page = [message for message in found if message.id < before][-limit:]
    elif "after" in call.query:
        after = snowflake(call.query["after"], ("after",))
        page = [message for message in found if message.id > after][:limit]
    elif "around" in call.query:
        around = snowflake(call.query["around"], ("around",))
        nearest = sorted(found, key=lambda message: abs(message.id - around))[:limit]
        page = sorted(nearest, key=lambda message: message.id)
    else:
        page = found[-limit:]
    return 200, [message_payload(state.world, message) for message in reversed(page)]


async def message(state: State, call: Call) -> Answer:
    """Get a message."""
    return 200, message_payload(state.world, require_message(state, call, Permission.READ_MESSAGE_HISTORY))


async def send(state: State, call: Call) -> Answer:
    """Send a message as the bot."""
    sent = await state.posts.send(state.bot, require_channel(state, call), call.form, call.files)
    return 200, message_payload(state.world, sent)


async def edit(state: State, call: Call) -> Answer:
    """Edit one of the bot's messages."""
    found = require_message(state, call)
    if found.author_id != state.bot.id:
        raise ApiError(50005)
    return 200, message_payload(state.world, await state.posts.edit(found, call.form, call.files))


async def delete(state: State, call: Call) -> Answer:
    """Delete a message; another author's needs the Manage Messages permission."""
    found = require_message(state, call)
    if found.author_id != state.bot.id:
        state.world.require(state.bot, state.world.channel(found.channel_id), Permission.MANAGE_MESSAGES)
    state.posts.delete(found)
    return 204, None


async def react(state: State, call: Call) -> Answer:
    """Add a reaction of the bot."""
    found = require_message(state, call, Permission.READ_MESSAGE_HISTORY, Permission.ADD_REACTIONS)
    state.posts.react(state.bot, found, call.params["emoji_name"], add=True)
    return 204, None


async def unreact(state: State, call: Call) -> Answer:
    """Remove a reaction of the bot."""
    state.posts.react(state.bot, require_message(state, call), call.params["emoji_name"], add=False)
    return 204, None


MESSAGES = "/channels/{channel_id}/messages"
ROUTES = (
    Route("GET", MESSAGES, messages),
    Route("POST", MESSAGES, send),
    Route("GET", MESSAGES + "/{message_id}", message),
    Route("PATCH", MESSAGES + "/{message_id}", edit),
    Route("DELETE", MESSAGES + "/{message_id}", delete),
    Route("PUT", MESSAGES + "/{message_id}/reactions/{emoji_name}/@me", react),
    Route("DELETE", MESSAGES + "/{message_id}/reactions/{emoji_name}/@me", unreact),
)
