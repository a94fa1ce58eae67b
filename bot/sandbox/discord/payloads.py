"""The world as Discord's JSON. Pure functions of the world."""

from typing import Any

from bot.sandbox.discord.values import Application, Attachment, Channel, Guild, Json, Member, Message, Role, User
from bot.sandbox.discord.world import World

PICTURE_SLOTS = ("image", "thumbnail")
ICON_SLOTS = ("author", "footer")


def user_payload(user: User) -> Json:
    """A user as others see it."""
    payload: Json = {
        "id": str(user.id),
        "username": user.name,
        "global_name": user.display_name if not user.bot else None,
        "avatar": None,
        "discriminator": "0000" if user.bot else "0",
        "public_flags": 0,
        "flags": 0,
        "banner": None,
        "accent_color": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
    }
    return payload | {"bot": True} if user.bot else payload


def own_user_payload(user: User) -> Json:
    """The bot's user as it sees itself."""
    return user_payload(user) | {"mfa_enabled": True, "locale": "en-US", "email": None, "verified": True}


def application_payload(world: World, application: Application) -> Json:
    """The bot's application as its owner sees it."""
    return {
        "id": str(application.id),
        "name": application.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user_payload(world.users[application.id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "0" * 64,
        "flags": application.flags,
        "flags_new": str(application.flags),
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user_payload(world.users[application.owner_id]),
        "approximate_guild_count": len(world.guilds_of(world.users[application.id])),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": ["bot", "applications.commands"],
        "integration_types_config": {"0": {}},
    }


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
    """A member without its user, as messages carry it."""
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


def channel_payload(world: World, channel: Channel) -> Json:
    """A channel of a guild, or a direct one."""
    last = next(reversed(world.messages[channel.id]), None)
    payload: Json = {
        "id": str(channel.id),
        "type": 0 if channel.guild_id else 1,
        "flags": 0,
        "last_message_id": None if last is None else str(last),
    }
    if channel.guild_id is None:
        others = [world.users[user_id] for user_id in channel.recipients]
        return payload | {"recipients": [user_payload(user) for user in others if not user.bot]}
    return payload | {
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "position": channel.position,
        "parent_id": None,
        "topic": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            {
                "id": str(overwrite.id),
                "type": 0 if overwrite.kind == "role" else 1,
                "allow": str(overwrite.allow),
                "deny": str(overwrite.deny),
            }
            for overwrite in channel.overwrites
        ],
    }


def guild_payload(guild: Guild) -> Json:
    """A guild as REST tells it."""
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
        "system_channel_id": None,
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
        "stickers": [],
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


def guild_create_payload(world: World, guild: Guild) -> Json:
    """A guild as the gateway's GUILD_CREATE tells it."""
    joined = next((m.joined_at for m in guild.members if world.users[m.user_id].bot), guild.members[0].joined_at)
    return guild_payload(guild) | {
        "joined_at": joined.isoformat(),
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members),
        "voice_states": [],
        "members": [full_member_payload(world, member) for member in guild.members],
        "channels": [channel_payload(world, channel) for channel in world.channels_of(guild)],
        "threads": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def attachment_payload(attachment: Attachment, *, ephemeral: bool = False) -> Json:
    """An attachment; what is not known of it is left out."""
    payload: Json = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": attachment.size,
        "url": attachment.url,
        "proxy_url": attachment.url,
    }
    optional = {
        "content_type": attachment.content_type,
        "width": attachment.width,
        "height": attachment.height,
        "description": attachment.description,
        "ephemeral": ephemeral or None,
    }
    return payload | {key: value for key, value in optional.items() if value is not None}


def message_payload(world: World, message: Message) -> Json:
    """A message as REST tells it. Attachments that an embed shows are told there, and only there."""
    embeds, shown = _embed_payloads(message)
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
        "components": _component_payloads(message.components),
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
    """A message as the gateway tells it: with its guild and its author's membership."""
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
    told = None
    if original is not None:
        told = message_payload(world, original)
        for key in ("referenced_message", "reactions"):
            told.pop(key, None)
    return {"message_reference": reference, "referenced_message": told}


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


def _embed_payloads(message: Message) -> tuple[list[Json], set[int]]:
    files = {f"attachment://{attachment.filename}": attachment for attachment in message.attachments}
    shown: set[int] = set()
    embeds = []
    for sent in message.embeds:
        embed = {key: value for key, value in sent.items() if value is not None} | {"type": sent.get("type") or "rich"}
        for slot in PICTURE_SLOTS:
            if slot in embed:
                embed[slot] = _picture_payload(embed[slot], files.get(embed[slot].get("url")))
                shown |= {a.id for url, a in files.items() if url == sent[slot].get("url")}
        for slot in ICON_SLOTS:
            if slot in embed:
                icon = files.get(embed[slot].get("icon_url"))
                embed[slot] = {key: value for key, value in embed[slot].items() if value is not None}
                if icon is not None:
                    embed[slot] |= {"icon_url": icon.url, "proxy_icon_url": icon.url}
                    shown.add(icon.id)
        embed["fields"] = [field | {"inline": bool(field.get("inline"))} for field in embed.get("fields", [])]
        embeds.append(embed)
    return embeds, shown


def _picture_payload(sent: Json, attachment: Attachment | None) -> Json:
    if attachment is None:
        return {"url": sent.get("url"), "width": 0, "height": 0, "flags": 0}
    known = {
        "content_type": attachment.content_type,
        "width": attachment.width or 0,
        "height": attachment.height or 0,
        "description": attachment.description,
    }
    return {"url": attachment.url, "proxy_url": attachment.url, "flags": 0} | {
        key: value for key, value in known.items() if value is not None
    }


def _component_payloads(components: tuple[Json, ...]) -> list[Json]:
    """Components as they were sent, each with the number that Discord gives it."""
    count = 0

    def numbered(component: Json) -> Json:
        nonlocal count
        count += 1
        told: dict[str, Any] = {"id": component.get("id") or count}
        for key, value in component.items():
            if key == "components":
                told[key] = [numbered(child) for child in value]
            elif key == "accessory":
                told[key] = numbered(value)
            elif value is not None:
                told[key] = value
        return told

    return [numbered(component) for component in components]
