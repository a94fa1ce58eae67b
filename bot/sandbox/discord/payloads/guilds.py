"""Guilds with their roles, members and stickers."""

from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.values import Guild, Json, Member, Role, Sticker, User
from bot.sandbox.discord.world import World


def role_payload(role: Role) -> Json:
    """A role."""
    return {
        "id": str(role.id),
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": role.managed,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def member_payload(member: Member) -> Json:
    """A member without its user, as messages contain it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "flags": 0,
        "joined_at": member.joined_at.isoformat(),
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [str(role_id) for role_id in member.role_ids],
        "mute": False,
        "deaf": False,
    }


def full_member_payload(world: World, member: Member) -> Json:
    """A member with its user."""
    return member_payload(member) | {"user": user_payload(world.users[member.user_id])}


def sticker_payload(sticker: Sticker) -> Json:
    """A guild's sticker."""
    return sticker_item_payload(sticker) | {
        "tags": sticker.name,
        "type": 2,
        "description": None,
        "available": True,
        "guild_id": str(sticker.guild_id),
    }


def sticker_item_payload(sticker: Sticker) -> Json:
    """A sticker as messages contain it: what is needed to show it."""
    return {"id": str(sticker.id), "name": sticker.name, "format_type": 1}


def guild_payload(guild: Guild) -> Json:
    """A guild as REST sends it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner_id),
        "application_id": None,
        "region": "us-west",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None if guild.system_channel_id is None else str(guild.system_channel_id),
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": [role_payload(role) for role in guild.roles],
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500_000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [sticker_payload(sticker) for sticker in guild.stickers],
        "incidents_data": None,
    }


def own_guild_payload(world: World, guild: Guild, user: User) -> Json:
    """A guild in a user's own list."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": guild.owner_id == user.id,
        "permissions": str(world.guild_permissions(user, guild)),
        "features": [],
    }
