"""Messages, as REST and the gateway send them."""

from bot.sandbox.discord.enums import MessageType
from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.components import component_payloads
from bot.sandbox.discord.payloads.contents import attachment_payload, embed_payloads
from bot.sandbox.discord.payloads.guilds import member_payload, sticker_item_payload
from bot.sandbox.discord.payloads.polls import poll_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.values import Json, Message, MessageFlag, Reference
from bot.sandbox.discord.world import World

WITH_REFERENCED = (MessageType.REPLY, MessageType.THREAD_STARTER_MESSAGE, MessageType.CONTEXT_MENU_COMMAND)


def message_payload(world: World, message: Message) -> Json:
    """A message as REST sends it. Attachments that an embed shows are left out of its attachments."""
    payload = _content_payload(world, message) | {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "author": user_payload(world.users[message.author_id]),
        "mention_everyone": message.mention_everyone,
        "pinned": message.pinned_at is not None,
        "tts": False,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.position is not None:
        payload["position"] = message.position
    if message.interaction is not None:
        owner = {"application_id": str(message.author_id), "webhook_id": str(message.author_id)}
        payload |= owner | message.interaction
    if message.poll is not None:
        payload["poll"] = poll_payload(world, message.poll)
    if message.reactions:
        payload["reactions"] = _reaction_payloads(world, message)
    if message.reference is not None:
        payload["message_reference"] = _reference_payload(message.reference)
    if message.kind in WITH_REFERENCED and message.reference is not None:
        payload["referenced_message"] = _referenced_payload(world, message.reference)
    if message.snapshot is not None:
        payload["message_snapshots"] = [{"message": _content_payload(world, message.snapshot)}]
    if message.flags & MessageFlag.HAS_THREAD and message.id in world.channels:
        payload["thread"] = channel_payload(world, world.channels[message.id])
    return payload


def _content_payload(world: World, message: Message) -> Json:
    """The fields of a message that a forward of it contains too."""
    embeds, shown = embed_payloads(message)
    ephemeral = message.visible_to is not None
    payload: Json = {
        "type": int(message.kind),
        "content": message.content,
        "mentions": [user_payload(world.users[user_id]) for user_id in message.mentions],
        "mention_roles": [],
        "attachments": [
            attachment_payload(attachment, ephemeral=ephemeral)
            for attachment in message.attachments
            if attachment.id not in shown
        ],
        "embeds": embeds,
        "components": component_payloads(message),
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": None if message.edited_at is None else message.edited_at.isoformat(),
        "flags": message.flags,
    }
    if message.stickers:
        payload["sticker_items"] = [sticker_item_payload(sticker) for sticker in message.stickers]
    return payload


def event_message_payload(world: World, message: Message) -> Json:
    """A message as the gateway sends it: with its guild and its author's membership."""
    payload = message_payload(world, message)
    guild = world.guild_of(world.channels[message.channel_id])
    if guild is None:
        return payload
    payload["guild_id"] = str(guild.id)
    member = guild.member(message.author_id)
    return payload if member is None else payload | {"member": member_payload(member)}


def _reference_payload(reference: Reference) -> Json:
    ids = {"channel_id": reference.channel_id, "guild_id": reference.guild_id, "message_id": reference.message_id}
    return {"type": int(reference.kind)} | {key: str(found) for key, found in ids.items() if found is not None}


def _referenced_payload(world: World, reference: Reference) -> Json | None:
    original = world.messages.get(reference.channel_id, {}).get(reference.message_id or 0)
    if original is None:
        return None
    hidden = ("referenced_message", "reactions")
    return {key: value for key, value in message_payload(world, original).items() if key not in hidden}


def _reaction_payloads(world: World, message: Message) -> list[Json]:
    by_emoji: dict[str, list[int]] = {}
    for emoji, user_id in message.reactions:
        by_emoji.setdefault(emoji, []).append(user_id)
    return [
        {
            "emoji": {"id": None, "name": emoji},
            "count": len(users),
            "count_details": {"burst": 0, "normal": len(users)},
            "burst_colors": [],
            "me_burst": False,
            "me": any(world.users[user_id].bot for user_id in users),
        }
        for emoji, users in by_emoji.items()
    ]
