"""Routes of interactions: their first response, and the webhook of their follow-ups."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.payloads import callback_payload, message_payload
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.state import State
from bot.sandbox.discord.values import Interaction


def _interaction(state: State, call: Call) -> Interaction:
    return state.interactions.by_token(call.params["webhook_token"], call.id("webhook_id"))


def _message_id(call: Call) -> str:
    message_id = call.params.get("message_id", "@original")
    return message_id if message_id == "@original" else str(snowflake(message_id, ("message_id",)))


async def callback(state: State, call: Call) -> Answer:
    """Send the bot's first response."""
    token = call.params["interaction_token"]
    interaction = await state.interactions.answer(call.id("interaction_id"), token, call.form, call.files)
    if call.query.get("with_response") in ("1", "true"):
        return 200, callback_payload(state.world, interaction, call.form["type"])
    return 204, None


async def follow_up(state: State, call: Call) -> Answer:
    """Send a follow-up."""
    sent = await state.interactions.follow_up(_interaction(state, call), call.form, call.files)
    return 200, message_payload(state.world, sent)


async def read(state: State, call: Call) -> Answer:
    """Get a message of the interaction."""
    return 200, message_payload(state.world, state.interactions.message(_interaction(state, call), _message_id(call)))


async def edit(state: State, call: Call) -> Answer:
    """Edit a message of the interaction."""
    edited = await state.interactions.edit(_interaction(state, call), _message_id(call), call.form, call.files)
    return 200, message_payload(state.world, edited)


async def delete(state: State, call: Call) -> Answer:
    """Delete a message of the interaction."""
    state.interactions.delete(_interaction(state, call), _message_id(call))
    return 204, None


WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ROUTES = (
    Route("POST", "/interactions/{interaction_id}/{interaction_token}/callback", callback, open=True),
    Route("POST", WEBHOOK, follow_up, open=True),
    *(
        route
        for path in ("/messages/@original", "/messages/{message_id}")
        for route in (
            Route("GET", WEBHOOK + path, read, open=True),
            Route("PATCH", WEBHOOK + path, edit, open=True),
            Route("DELETE", WEBHOOK + path, delete, open=True),
        )
    ),
)
