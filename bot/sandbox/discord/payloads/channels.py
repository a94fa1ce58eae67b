"""Channels, threads and their members."""

from bot.sandbox.discord.enums import ChannelType
from bot.sandbox.discord.payloads.guilds import full_member_payload
from bot.sandbox.discord.payloads.users import user_payload
from bot.sandbox.discord.values import Channel, Json, Overwrite, Tag, Thread, ThreadMember, User
from bot.sandbox.discord.world import World

MAX_COUNTED_MEMBERS = 50


def channel_payload(world: World, channel: Channel, viewer: User | None = None) -> Json:
    """A guild's channel, a thread or direct messages. A thread contains the viewer's membership."""
    payload: Json = {
        "id": str(channel.id),
        "type": int(channel.kind),
        "flags": channel.flags,
        "last_message_id": _last_message_id(world, channel),
    }
    if channel.pinned_at is not None:
        payload["last_pin_timestamp"] = channel.pinned_at.isoformat()
    if channel.guild_id is None:
        users = [world.users[user_id] for user_id in channel.recipients]
        return payload | {"recipients": [user_payload(user) for user in users if not user.bot]}
    payload |= {
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": None if channel.parent_id is None else str(channel.parent_id),
        "rate_limit_per_user": channel.slowmode,
    }
    if channel.thread is not None:
        return payload | _thread_payload(world, channel, channel.thread, viewer)
    payload |= {
        "position": channel.position,
        "topic": channel.topic,
        "nsfw": False,
        "permission_overwrites": [_overwrite_payload(overwrite) for overwrite in channel.overwrites],
    }
    return payload | _forum_payload(channel) if channel.is_forum else payload


def thread_member_payload(world: World, channel: Channel, member: ThreadMember, *, full: bool = False) -> Json:
    """A member of a thread; with `full`, also the member of the guild."""
    payload: Json = {
        "id": str(channel.id),
        "user_id": str(member.user_id),
        "join_timestamp": member.joined_at.isoformat(),
        "flags": 0,
    }
    guild = world.guild_of(channel)
    in_guild = None if guild is None else guild.member(member.user_id)
    return payload | {"member": full_member_payload(world, in_guild)} if full and in_guild is not None else payload


def thread_list_payload(world: World, threads: list[Channel], viewer: User, *, more: bool | None = None) -> Json:
    """Some threads, and the viewer's memberships in them; `more` says whether there are others after them."""
    own = [(channel, channel.thread.member(viewer.id)) for channel in threads if channel.thread is not None]
    payload: Json = {
        "threads": [channel_payload(world, channel) for channel in threads],
        "members": [thread_member_payload(world, channel, member) for channel, member in own if member is not None],
    }
    return payload if more is None else payload | {"has_more": more}


def _last_message_id(world: World, channel: Channel) -> str | None:
    """The id of a channel's last message, or of a forum's last post."""
    ids = [post.id for post in world.threads_of(channel)] if channel.is_forum else world.messages[channel.id]
    last = max(ids, default=None)
    return None if last is None else str(last)


def _thread_payload(world: World, channel: Channel, thread: Thread, viewer: User | None) -> Json:
    metadata: Json = {
        "archived": thread.archived,
        "archive_timestamp": thread.archive_changed_at.isoformat(),
        "auto_archive_duration": thread.archive_minutes,
        "locked": thread.locked,
        "create_timestamp": thread.created_at.isoformat(),
    }
    if channel.kind == ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = thread.invitable
    payload: Json = {
        "owner_id": str(thread.owner_id),
        "thread_metadata": metadata,
        "message_count": thread.total_sent - thread.deleted,
        "total_message_sent": thread.total_sent,
        "member_count": min(len(thread.members), MAX_COUNTED_MEMBERS),
    }
    if world.channels[channel.parent_id or 0].is_forum:
        payload["applied_tags"] = [str(tag_id) for tag_id in thread.tag_ids]
    member = None if viewer is None else thread.member(viewer.id)
    return payload if member is None else payload | {"member": thread_member_payload(world, channel, member)}


def _forum_payload(forum: Channel) -> Json:
    payload: Json = {
        "available_tags": [_tag_payload(tag) for tag in forum.tags],
        "default_reaction_emoji": None,
        "default_sort_order": None,
    }
    return payload | {"default_forum_layout": 0} if forum.kind == ChannelType.GUILD_FORUM else payload


def _tag_payload(tag: Tag) -> Json:
    return {"id": str(tag.id), "name": tag.name, "moderated": tag.moderated, "emoji_id": None, "emoji_name": None}


def _overwrite_payload(overwrite: Overwrite) -> Json:
    return {
        "id": str(overwrite.id),
        "type": 0 if overwrite.kind == "role" else 1,
        "allow": str(overwrite.allow),
        "deny": str(overwrite.deny),
    }
