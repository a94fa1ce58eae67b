"""Answers to interactions, and the webhook of their follow-ups."""

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.rest import Answer, Call, Route, State
from bot.sandbox.discord.values import Interaction


def _interaction(state: State, call: Call) -> Interaction:
    return state.interactions.by_token(call.params["webhook_token"], call.id("webhook_id"))


def _which(call: Call) -> str:
    which = call.params.get("message_id", "@original")
    return which if which == "@original" else str(snowflake(which, ("message_id",)))


async def callback(state: State, call: Call) -> Answer:
    """The bot's first answer."""
    token = call.params["interaction_token"]
    interaction = await state.interactions.answer(call.id("interaction_id"), token, call.form, call.files)
    if call.query.get("with_response") in ("1", "true"):
        return 200, state.interactions.callback_payload(interaction, call.form["type"])
    return 204, None


async def follow_up(state: State, call: Call) -> Answer:
    """A further message."""
    sent = await state.interactions.follow_up(_interaction(state, call), call.form, call.files)
    return 200, message_payload(state.world, sent)


async def read(state: State, call: Call) -> Answer:
    """One message of the interaction."""
    return 200, message_payload(state.world, state.interactions.message(_interaction(state, call), _which(call)))


async def edit(state: State, call: Call) -> Answer:
    """Change one message of the interaction."""
    edited = await state.interactions.edit(_interaction(state, call), _which(call), call.form, call.files)
    return 200, message_payload(state.world, edited)


async def delete(state: State, call: Call) -> Answer:
    """Remove one message of the interaction."""
    state.interactions.delete(_interaction(state, call), _which(call))
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
