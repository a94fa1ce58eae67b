"""Where an application is installed, to servers and to people's accounts, and what that allows where."""

from collections.abc import Iterable
from enum import IntEnum

from bot.sandbox.discord.values import Channel, User
from bot.sandbox.discord.world import World


class InstallType(IntEnum):
    """Where an application can be installed."""

    GUILD = 0
    USER = 1


class ContextType(IntEnum):
    """Where an interaction can begin."""

    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


Owners = dict[str, str]
"""Who authorized an interaction: a guild (0 in the bot's direct messages) or a user, by the type of installation."""


def context_of(channel: Channel, bot_id: int) -> ContextType:
    """The kind of place that a channel is for the bot."""
    if channel.guild_id is not None:
        return ContextType.GUILD
    return ContextType.BOT_DM if bot_id in channel.recipients else ContextType.PRIVATE_CHANNEL


def guild_owners(world: World, channel: Channel, bot_id: int) -> Owners:
    """The guild as the owner of interactions in a channel; nobody where the bot itself is not."""
    guild = world.guild_of(channel)
    here = bot_id in channel.recipients if guild is None else guild.member(bot_id) is not None
    return {str(int(InstallType.GUILD)): str(channel.guild_id or 0)} if here else {}


def owners_of(world: World, user: User, channel: Channel, bot_id: int, types: Iterable[int]) -> Owners:
    """Who lets a user run a command of these installation types in a channel; nobody if it is not offered there."""
    found = guild_owners(world, channel, bot_id) if InstallType.GUILD in types else {}
    if InstallType.USER in types and user.id in world.installs:
        found |= {str(int(InstallType.USER)): str(user.id)}
    return found
