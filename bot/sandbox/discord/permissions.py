"""Discord's permission bits that the sandbox uses, and who has them where."""

from enum import IntFlag

from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.values import Channel, Guild, User


class Permission(IntFlag):
    """One bit per permission."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51


ALL = (1 << 53) - 1
EVERYONE = int(
    Permission.ADD_REACTIONS
    | Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_EXTERNAL_EMOJIS
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.USE_EXTERNAL_STICKERS
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.SEND_POLLS
    | Permission.USE_EXTERNAL_APPS
)


def guild_permissions(guild: Guild, user: User) -> int:
    """The permissions that a user's roles grant in a guild; 0 if the user is not in it."""
    member = guild.member(user.id)
    if member is None:
        return 0
    held = {guild.id, *member.role_ids}
    base = 0
    for role in guild.roles:
        if role.id in held:
            base |= role.permissions
    return ALL if user.id == guild.owner_id or base & Permission.ADMINISTRATOR else base


def channel_permissions(guild: Guild, channel: Channel, user: User) -> int:
    """A user's permissions in a guild's channel, overwrites included; 0 if the user cannot view it."""
    member = guild.member(user.id)
    base = guild_permissions(guild, user)
    if member is None or base == ALL:
        return base
    for layer in (
        [o for o in channel.overwrites if o.id == guild.id],
        [o for o in channel.overwrites if o.kind == "role" and o.id in member.role_ids],
        [o for o in channel.overwrites if o.kind == "member" and o.id == user.id],
    ):
        for overwrite in layer:
            base &= ~overwrite.deny
        for overwrite in layer:
            base |= overwrite.allow
    return base if base & Permission.VIEW_CHANNEL else 0


def thread_permissions(guild: Guild, parent: Channel, channel: Channel, user: User) -> int:
    """A user's permissions in a thread: those of its parent, but 0 in a private thread that the user cannot view."""
    held = channel_permissions(guild, parent, user)
    if channel.kind != ChannelType.PRIVATE_THREAD or held & Permission.MANAGE_THREADS:
        return held
    joined = channel.thread is not None and channel.thread.member(user.id) is not None
    return held if joined else 0
