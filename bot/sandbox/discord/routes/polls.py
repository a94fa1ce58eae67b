"""Routes of polls."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.payloads import message_payload, user_payload
from bot.sandbox.discord.polls import end_poll, result_message
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import page_size, require_message
from bot.sandbox.discord.state import State


async def voters(state: State, call: Call) -> Answer:
    """Get a page of the users who voted for an answer, by id."""
    message, answer = require_message(state, call), call.id("answer_id")
    if message.poll is None or not 1 <= answer <= len(message.poll.answers):
        raise ApiError(10008)
    after = snowflake(call.query.get("after", "0"), ("after",))
    found = sorted(user_id for number, user_id in message.poll.votes if number == answer and user_id > after)
    page = found[: page_size(call, 25, 100)]
    return 200, {"users": [user_payload(state.world.user(user_id)) for user_id in page]}


async def expire(state: State, call: Call) -> Answer:
    """End a poll of the bot, and announce its result."""
    message = require_message(state, call)
    if message.author_id != state.bot.id:
        raise ApiError(50005)
    ended = state.posts.change(end_poll(message))
    state.posts.add(result_message(state.world, ended))
    return 200, message_payload(state.world, ended)


POLL = "/channels/{channel_id}/polls/{message_id}"
ROUTES = (
    Route("GET", POLL + "/answers/{answer_id}", voters),
    Route("POST", POLL + "/expire", expire),
)
