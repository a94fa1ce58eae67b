"""Routes of pinned messages."""

from datetime import datetime

from bot.sandbox.discord.payloads import message_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.routes.places import page_size, query_time, require_channel, require_message
from bot.sandbox.discord.state import State
from bot.sandbox.discord.values import Channel, Message

PAGE = 50


async def pins(state: State, call: Call) -> Answer:
    """List a page of a channel's pinned messages, the last pinned ones first."""
    found = _pinned(state, require_channel(state, call))
    before = query_time(call, "before")
    if before is not None:
        found = [(pinned_at, message) for pinned_at, message in found if pinned_at < before]
    limit = page_size(call, PAGE, PAGE)
    items = [
        {"pinned_at": pinned_at.isoformat(), "message": message_payload(state.world, message)}
        for pinned_at, message in found[:limit]
    ]
    return 200, {"items": items, "has_more": len(found) > limit}


async def first_pins(state: State, call: Call) -> Answer:
    """List a channel's last pinned messages, without their times: the older form."""
    found = _pinned(state, require_channel(state, call))
    return 200, [message_payload(state.world, message) for _, message in found[:PAGE]]


async def pin(state: State, call: Call) -> Answer:
    """Pin a message."""
    state.posts.pin(state.bot, require_message(state, call, Permission.PIN_MESSAGES))
    return 204, None


async def unpin(state: State, call: Call) -> Answer:
    """Unpin a message."""
    state.posts.unpin(require_message(state, call, Permission.PIN_MESSAGES))
    return 204, None


def _pinned(state: State, channel: Channel) -> list[tuple[datetime, Message]]:
    """A channel's pinned messages and when they were pinned; none if the bot cannot read its history."""
    if not state.world.permissions(state.bot, channel) & Permission.READ_MESSAGE_HISTORY:
        return []
    messages = state.world.messages[channel.id].values()
    found = [(message.pinned_at, message) for message in messages if message.pinned_at is not None]
    return sorted(found, key=lambda pair: pair[0], reverse=True)


ROUTES = (
    Route("GET", "/channels/{channel_id}/messages/pins", pins),
    Route("GET", "/channels/{channel_id}/pins", first_pins),
    *(
        route
        for path in ("/channels/{channel_id}/messages/pins/{message_id}", "/channels/{channel_id}/pins/{message_id}")
        for route in (Route("PUT", path, pin), Route("DELETE", path, unpin))
    ),
)
