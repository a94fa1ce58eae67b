"""Messages, as REST and the gateway send them."""

from bot.sandbox.discord.payloads.contents import attachment_payload, component_payloads, embed_payloads
from bot.sandbox.discord.payloads.guilds import member_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.values import Json, Message
from bot.sandbox.discord.world import World


def message_payload(world: World, message: Message) -> Json:
    """A message as REST sends it. Attachments that an embed shows are left out of its attachments."""
    embeds, shown = embed_payloads(message)
    ephemeral = message.visible_to is not None
    payload: Json = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "type": message.kind,
        "content": message.content,
        "author": user_payload(world.users[message.author_id]),
        "mentions": [user_payload(world.users[user_id]) for user_id in message.mentions],
        "mention_roles": [],
        "mention_everyone": message.mention_everyone,
        "attachments": [
            attachment_payload(attachment, ephemeral=ephemeral)
            for attachment in message.attachments
            if attachment.id not in shown
        ],
        "embeds": embeds,
        "components": component_payloads(message.components),
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": None if message.edited_at is None else message.edited_at.isoformat(),
        "flags": message.flags,
        "pinned": False,
        "tts": False,
    }
    if message.nonce is not None:
        payload["nonce"] = message.nonce
    if message.interaction is not None:
        owner = {"application_id": str(message.author_id), "webhook_id": str(message.author_id)}
        payload |= owner | message.interaction
    if message.reactions:
        payload["reactions"] = _reaction_payloads(world, message)
    if message.reference_id is not None:
        payload |= _reference_payload(world, message)
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


def _reference_payload(world: World, message: Message) -> Json:
    channel = world.channels[message.channel_id]
    reference: Json = {"type": 0, "channel_id": str(message.channel_id), "message_id": str(message.reference_id)}
    if channel.guild_id is not None:
        reference["guild_id"] = str(channel.guild_id)
    original = world.messages[message.channel_id].get(message.reference_id or 0)
    referenced = None
    if original is not None:
        referenced = message_payload(world, original)
        for key in ("referenced_message", "reactions"):
            referenced.pop(key, None)
    return {"message_reference": reference, "referenced_message": referenced}


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
