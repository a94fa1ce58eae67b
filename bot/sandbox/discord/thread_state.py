"""What happens to a thread by the way: it wakes up, counts its messages, and people join it."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.sandbox.discord.enums import MessageType
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Channel, Message, Thread, ThreadMember, User
from bot.sandbox.discord.world import World


def thread_of(channel: Channel) -> Thread:
    """What makes a channel a thread. Raises ApiError 50024 if it is none."""
    if channel.thread is None:
        raise ApiError(50024)
    return channel.thread


def wake(world: World, author: User, channel: Channel) -> None:
    """Prepare a thread for a new message: its author joins, and an archived thread opens again.

    Does nothing in other channels. Raises ApiError 160005 if the thread is locked.
    """
    channel = world.channels[channel.id]
    if channel.thread is None:
        return
    if channel.thread.locked and not world.permissions(author, channel) & Permission.MANAGE_THREADS:
        raise ApiError(160005)
    if channel.thread.archived:
        thread = replace(channel.thread, archived=False, archive_changed_at=datetime.now(UTC))
        channel = world.change(replace(channel, thread=thread))
    join(world, author, channel)


def join(world: World, user: User, channel: Channel) -> None:
    """Add a user to a thread."""
    channel = world.channels[channel.id]
    thread = thread_of(channel)
    if thread.member(user.id) is None:
        members = (*thread.members, ThreadMember(user.id, datetime.now(UTC)))
        _set_members(world, user, channel, members)
        if user.bot:  # it may not have seen the thread before
            channel = world.channels[channel.id]
            world.feed.publish(Event("THREAD_CREATE", channel=channel, guild=world.guild_of(channel), user=user))


def leave(world: World, user: User, channel: Channel) -> None:
    """Remove a user from a thread."""
    channel = world.channels[channel.id]
    members = tuple(member for member in thread_of(channel).members if member.user_id != user.id)
    _set_members(world, user, channel, members)


def count_message(world: World, message: Message, *, sent: int = 0, deleted: int = 0) -> None:
    """Count a message that was sent in a thread, or deleted; the one that started it does not count."""
    channel = world.channels[message.channel_id]
    started_it = message.id == channel.id or message.kind == MessageType.THREAD_STARTER_MESSAGE
    if channel.thread is not None and not started_it:
        total, gone = channel.thread.total_sent + sent, channel.thread.deleted + deleted
        world.channels[channel.id] = replace(channel, thread=replace(channel.thread, total_sent=total, deleted=gone))


def _set_members(world: World, user: User, channel: Channel, members: tuple[ThreadMember, ...]) -> None:
    thread = thread_of(channel)
    if members != thread.members:
        world.channels[channel.id] = channel = replace(channel, thread=replace(thread, members=members))
        event = Event("THREAD_MEMBERS_UPDATE", channel=channel, guild=world.guild_of(channel), user=user)
        world.feed.publish(event)
