"""What a new message refers to: the message that it replies to, or the one that it forwards."""

from dataclasses import dataclass

from bot.sandbox.discord.checks import snowflake
from bot.sandbox.discord.enums import SYSTEM_MESSAGES, ReferenceType
from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Channel, Json, Message, Reference, User
from bot.sandbox.discord.world import World

AT = ("message_reference",)


@dataclass(frozen=True, slots=True)
class Referred:
    """A reference, and the message that a forward shows."""

    reference: Reference
    snapshot: Message | None = None


def referred(world: World, author: User, channel: Channel, form: Json) -> Referred | None:
    """What a checked form of a message in a channel refers to; None if nothing.

    Raises ApiError 10003, 50001, 50021, 50035, 160002, 160009.
    """
    sent = form.get("message_reference")
    if not sent or sent.get("message_id") is None:
        return None
    if sent.get("type") == ReferenceType.FORWARD:
        return _forwarded(world, author, sent)
    return _replied(world, author, channel, sent)


def _replied(world: World, author: User, channel: Channel, sent: Json) -> Referred | None:
    message_id = snowflake(sent["message_id"], (*AT, "message_id"))
    if not world.permissions(author, channel) & Permission.READ_MESSAGE_HISTORY:
        raise ApiError(160002)
    original = world.messages[channel.id].get(message_id)
    if original is None or original.visible_to is not None:
        if sent.get("fail_if_not_exists") is False:
            return None
        raise form_error(AT, "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if original.kind in SYSTEM_MESSAGES:
        raise form_error(AT, "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
    return Referred(Reference(channel.id, channel.guild_id, original.id))


def _forwarded(world: World, author: User, sent: Json) -> Referred:
    """The forwarded message as it is now. What a forward shows is forwarded with it, and nothing deeper."""
    source = world.channel(snowflake(sent["channel_id"], (*AT, "channel_id")))
    world.require(author, source)
    if not world.permissions(author, source) & Permission.READ_MESSAGE_HISTORY:
        raise ApiError(160009)
    original = world.messages[source.id].get(snowflake(sent["message_id"], (*AT, "message_id")))
    if original is None or not original.visible(author.id):
        raise form_error(AT, "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if original.kind in SYSTEM_MESSAGES:
        raise ApiError(50021)
    if original.poll is not None or original.loading or original.visible_to is not None:
        raise form_error(AT, "FORWARD_CONTAINS_UNSUPPORTED_CONTENT", "This message cannot be forwarded")
    reference = Reference(source.id, source.guild_id, original.id, ReferenceType.FORWARD)
    return Referred(reference, original.snapshot or original)
