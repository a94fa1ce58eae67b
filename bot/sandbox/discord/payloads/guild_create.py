"""A whole guild, as the gateway sends it."""

from bot.sandbox.discord.payloads.channels import channel_payload
from bot.sandbox.discord.payloads.guilds import full_member_payload, guild_payload
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Channel, Guild, Json, User
from bot.sandbox.discord.world import World


def guild_create_payload(world: World, guild: Guild, bot: User) -> Json:
    """A guild as the gateway's GUILD_CREATE event sends it, with the open threads that the bot can view."""
    member = guild.member(bot.id) or guild.members[0]
    return guild_payload(guild) | {
        "joined_at": member.joined_at.isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [full_member_payload(world, member) for member in guild.members],
        "channels": [channel_payload(world, channel) for channel in world.channels_of(guild)],
        "threads": [channel_payload(world, thread, bot) for thread in open_threads(world, guild, bot)],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def open_threads(world: World, place: Guild | Channel, viewer: User) -> list[Channel]:
    """The open threads of a guild or channel that a user can view."""
    return [
        channel
        for channel in world.threads_of(place)
        if channel.thread is not None
        and not channel.thread.archived
        and world.permissions(viewer, channel) & Permission.VIEW_CHANNEL
    ]
