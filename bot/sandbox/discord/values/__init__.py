"""Plain values: users, guilds, channels, messages and interactions."""

from bot.sandbox.discord.values.channels import Channel, Overwrite, Tag, Thread, ThreadMember
from bot.sandbox.discord.values.guilds import Application, Guild, Member, Role, Sticker, User
from bot.sandbox.discord.values.interactions import Interaction
from bot.sandbox.discord.values.messages import Attachment, Message, MessageFlag, Poll, Reference
from bot.sandbox.discord.values.parsed import Json, Parsed

__all__ = [
    "Application",
    "Attachment",
    "Channel",
    "Guild",
    "Interaction",
    "Json",
    "Member",
    "Message",
    "MessageFlag",
    "Overwrite",
    "Parsed",
    "Poll",
    "Reference",
    "Role",
    "Sticker",
    "Tag",
    "Thread",
    "ThreadMember",
    "User",
]
