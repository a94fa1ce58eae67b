"""Threads: starting them from messages, in channels and in forums, changing them, and their members."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.sandbox.discord.checks import check_message, check_post, check_thread, check_thread_changes
from bot.sandbox.discord.enums import SYSTEM_MESSAGES, ChannelType, MessageType
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.posts import Posts
from bot.sandbox.discord.thread_state import join, leave, thread_of
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import (
    Channel,
    Json,
    Message,
    MessageFlag,
    Parsed,
    Reference,
    Thread,
    ThreadMember,
    User,
)
from bot.sandbox.discord.values.channels import REQUIRE_TAG
from bot.sandbox.discord.world import World

KINDS = {
    ChannelType.GUILD_TEXT: (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD),
    ChannelType.GUILD_ANNOUNCEMENT: (ChannelType.ANNOUNCEMENT_THREAD,),
}
"""The kinds of threads in a kind of channel."""
DEFAULT_ARCHIVE_MINUTES = 1440


class Threads:
    """Changes threads as Discord does, or raises ApiError."""

    def __init__(self, world: World, posts: Posts) -> None:
        self._world = world
        self._posts = posts

    def start_from(self, user: User, message: Message, form: Parsed) -> Channel:
        """Start a thread from a message; it gets the message's id.

        Raises ApiError 50001, 50013, 50021, 50024, 50035, 160004.
        """
        check_thread(form)
        parent = self._world.channel(message.channel_id)
        kinds = _kinds_in(parent)
        self._world.require(user, parent, Permission.CREATE_PUBLIC_THREADS)
        if message.id in self._world.channels:
            raise ApiError(160004)
        if message.kind in SYSTEM_MESSAGES:
            raise ApiError(50021)
        thread = self._world.add(self._new(user, parent, form, kinds[0], message.id))
        self._posts.change(replace(message, flags=message.flags | int(MessageFlag.HAS_THREAD)))
        reference = Reference(parent.id, parent.guild_id, message.id)
        starter = Message(self._world.new_id(), thread.id, message.author_id, reference=reference)
        self._posts.add(replace(starter, kind=MessageType.THREAD_STARTER_MESSAGE))
        return self._world.channels[thread.id]

    def start(self, user: User, parent: Channel, form: Parsed) -> Channel:
        """Start a thread without a message; a public one is announced in its channel.

        Raises ApiError 50001, 50013, 50024, 50035.
        """
        check_thread(form)
        kinds = _kinds_in(parent)
        kind = ChannelType.PRIVATE_THREAD if form.get("type") is None else ChannelType(form["type"])
        if kind not in kinds:
            raise ApiError(50024)
        private = kind == ChannelType.PRIVATE_THREAD
        needed = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
        self._world.require(user, parent, needed)
        thread = self._world.add(self._new(user, parent, form, kind, self._world.new_id()))
        if not private:
            reference = Reference(thread.id, thread.guild_id)
            notice = Message(self._world.new_id(), parent.id, user.id, content=thread.name, reference=reference)
            self._posts.add(replace(notice, kind=MessageType.THREAD_CREATED))
        return self._world.channels[thread.id]

    async def post(
        self, user: User, forum: Channel, form: Parsed, files: Mapping[int, Upload]
    ) -> tuple[Channel, Message]:
        """Post in a forum: a thread whose first message has its id.

        Raises ApiError 10087, 40067, 50001, 50006, 50013, 50024, 50035.
        """
        check_post(form)
        if not forum.is_forum:
            raise ApiError(50024)
        first = form["message"]
        check_message(first, at=("message",))
        self._posts.require_sending(user, forum, first, files)
        tag_ids = self._chosen_tags(user, forum, form.get("applied_tags") or ())
        if forum.flags & REQUIRE_TAG and not tag_ids:
            raise ApiError(40067)
        message = await self._posts.fill(self._posts.draft(user, forum, first), first, files)
        new = self._new(user, forum, form, ChannelType.PUBLIC_THREAD, message.id)
        self._world.add(replace(new, thread=replace(thread_of(new), tag_ids=tag_ids)))
        message = self._posts.add(replace(message, channel_id=new.id))
        return self._world.channels[new.id], message

    def change(self, user: User, channel: Channel, form: Parsed) -> Channel:
        """Change a thread. Raises ApiError 10087, 50001, 50013, 50035, 50083."""
        check_thread_changes(form)
        thread = thread_of(channel)
        self._require_changing(user, channel, form)
        if thread.archived and form.get("archived") is not False:
            raise ApiError(50083)
        parent = self._world.channel(channel.parent_id or 0)
        changes: Json = {}
        for key, field in (("archived", "archived"), ("locked", "locked"), ("invitable", "invitable")):
            if form.get(key) is not None:
                changes[field] = form[key]
        if form.get("auto_archive_duration") is not None:
            changes["archive_minutes"] = form["auto_archive_duration"]
        if form.get("applied_tags") is not None:
            changes["tag_ids"] = self._chosen_tags(user, parent, form["applied_tags"])
        if {"archived", "archive_minutes"} & set(changes):
            changes["archive_changed_at"] = datetime.now(UTC)
        slowmode = channel.slowmode if form.get("rate_limit_per_user") is None else form["rate_limit_per_user"]
        name = form.get("name") or channel.name
        return self._world.change(replace(channel, name=name, slowmode=slowmode, thread=replace(thread, **changes)))

    def add_member(self, user: User, channel: Channel, other: User) -> None:
        """Add a user to a thread, or join it oneself. Raises ApiError 10007, 50001, 50013, 50024, 50083."""
        self._require_open(channel)
        needed = () if user == other else (Permission.SEND_MESSAGES_IN_THREADS,)
        self._world.require(user, channel, *needed)
        guild = self._world.guild_of(channel)
        if guild is None or guild.member(other.id) is None:
            raise ApiError(10007)
        join(self._world, other, channel)

    def remove_member(self, user: User, channel: Channel, other: User) -> None:
        """Remove a user from a thread, or leave it oneself. Raises ApiError 50001, 50013, 50024, 50083."""
        self._require_open(channel)
        thread = thread_of(channel)
        private = channel.kind == ChannelType.PRIVATE_THREAD
        allowed = user == other or (private and thread.owner_id == user.id)
        self._world.require(user, channel, *(() if allowed else (Permission.MANAGE_THREADS,)))
        leave(self._world, other, channel)

    def _require_open(self, channel: Channel) -> None:
        if thread_of(channel).archived:
            raise ApiError(50083)

    def _require_changing(self, user: User, channel: Channel, form: Json) -> None:
        """Opening needs the right to speak; the thread's owner can change most; the rest needs Manage Threads."""
        thread, keys = thread_of(channel), set(form)
        held = self._world.permissions(user, channel)
        owned = thread.owner_id == user.id and not keys & {"locked", "rate_limit_per_user"} and not thread.locked
        opens = keys <= {"archived"} and form.get("archived") is False and not thread.locked
        if opens:
            self._world.require(user, channel, Permission.SEND_MESSAGES_IN_THREADS)
        elif not owned or not held:
            self._world.require(user, channel, Permission.MANAGE_THREADS)

    def _new(self, user: User, parent: Channel, form: Json, kind: ChannelType, thread_id: int) -> Channel:
        now = datetime.now(UTC)
        thread = Thread(
            user.id,
            created_at=now,
            archive_changed_at=now,
            members=(ThreadMember(user.id, now),),
            invitable=form.get("invitable") is not False,
            archive_minutes=form.get("auto_archive_duration") or DEFAULT_ARCHIVE_MINUTES,
        )
        return Channel(
            thread_id,
            form["name"],
            parent.guild_id,
            kind=kind,
            parent_id=parent.id,
            slowmode=form.get("rate_limit_per_user") or 0,
            thread=thread,
        )

    def _chosen_tags(self, user: User, forum: Channel, ids: Parsed) -> tuple[int, ...]:
        """The ids of a post's tags. Raises ApiError 10087 for an unknown one, 50013 for a moderators' one."""
        offered = {tag.id: tag for tag in forum.tags}
        chosen = tuple(int(tag_id) for tag_id in ids)
        if any(tag_id not in offered for tag_id in chosen):
            raise ApiError(10087)
        if any(offered[tag_id].moderated for tag_id in chosen):
            self._world.require(user, forum, Permission.MANAGE_THREADS)
        return chosen


def _kinds_in(parent: Channel) -> tuple[ChannelType, ...]:
    """The kinds of threads in a channel. Raises ApiError 50024 if it has none, or only posts."""
    kinds = KINDS.get(parent.kind)
    if kinds is None:
        raise ApiError(50024)
    return kinds
