"""Discord's JSON payloads, as pure functions of the world."""

from bot.sandbox.discord.payloads.channels import channel_payload, thread_list_payload, thread_member_payload
from bot.sandbox.discord.payloads.components import with_ids
from bot.sandbox.discord.payloads.contents import attachment_payload
from bot.sandbox.discord.payloads.guild_create import guild_create_payload, open_threads
from bot.sandbox.discord.payloads.guilds import (
    full_member_payload,
    guild_payload,
    member_payload,
    own_guild_payload,
    role_payload,
    sticker_payload,
)
from bot.sandbox.discord.payloads.interactions import callback_payload, interaction_metadata, interaction_payload
from bot.sandbox.discord.payloads.messages import event_message_payload, message_payload
from bot.sandbox.discord.payloads.users import application_payload, own_user_payload, user_payload

__all__ = [
    "application_payload",
    "attachment_payload",
    "callback_payload",
    "channel_payload",
    "event_message_payload",
    "full_member_payload",
    "guild_create_payload",
    "guild_payload",
    "interaction_metadata",
    "interaction_payload",
    "member_payload",
    "message_payload",
    "open_threads",
    "own_guild_payload",
    "own_user_payload",
    "role_payload",
    "sticker_payload",
    "thread_list_payload",
    "thread_member_payload",
    "user_payload",
    "with_ids",
]
