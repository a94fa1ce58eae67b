"""Whom a message pings."""

import re
from dataclasses import replace

from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Json, Message
from bot.sandbox.discord.world import World

MENTION = re.compile(r"<@!?(\d+)>")


def with_mentions(world: World, message: Message, allowed: Json | None) -> Message:
    """Set whom a message pings: everyone it mentions, or only those that `allowed_mentions` permits."""
    mentioned = [int(found) for found in MENTION.findall(message.content)]
    users = [user_id for user_id in dict.fromkeys(mentioned) if user_id in world.users]
    everyone = "@everyone" in message.content or "@here" in message.content
    replied = True
    if allowed is not None:
        parse = allowed.get("parse") or []
        chosen = {int(user_id) for user_id in allowed.get("users") or []}
        users = [user_id for user_id in users if "users" in parse or user_id in chosen]
        everyone = everyone and "everyone" in parse
        replied = bool(allowed.get("replied_user"))
    original = None if message.snapshot else world.messages[message.channel_id].get(message.reference_id or 0)
    if replied and original is not None and original.author_id not in (message.author_id, *users):
        users.append(original.author_id)
    author, channel = world.users[message.author_id], world.channels[message.channel_id]
    can_ping_all = world.permissions(author, channel) & Permission.MENTION_EVERYONE
    return replace(message, mentions=tuple(users), mention_everyone=bool(everyone and can_ping_all))
