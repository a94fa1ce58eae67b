"""Messages: sending, editing and deleting them, reactions, pins and typing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.sandbox.discord.checks import check_message, forwards, require_contents
from bot.sandbox.discord.enums import ChannelType, MessageType
from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.mentions import with_mentions
from bot.sandbox.discord.nonces import Nonces
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.polls import new_poll
from bot.sandbox.discord.references import AT as REFERENCE
from bot.sandbox.discord.references import Referred, referred
from bot.sandbox.discord.stickers import chosen_stickers
from bot.sandbox.discord.thread_state import count_message, wake
from bot.sandbox.discord.uploads import Upload, Uploads
from bot.sandbox.discord.values import Channel, Json, Message, MessageFlag, Parsed, Reference, User
from bot.sandbox.discord.world import World

SENDABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2
MAX_PINS = 250


class Posts:
    """Changes messages as Discord does, or raises ApiError."""

    def __init__(self, world: World, uploads: Uploads) -> None:
        self._world = world
        self._uploads = uploads
        self._nonces = Nonces()

    async def send(self, author: User, channel: Channel, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """Send a message of a user or the bot, if its author has the permissions.

        With `enforce_nonce`, a nonce that the author used in the last minutes returns the message of that time.
        """
        check_message(form)
        async with self._nonces.claim(author, form) as claim:
            if claim.message is None:
                claim.message = await self._send(author, channel, form, files)
            return claim.message

    async def _send(self, author: User, channel: Channel, form: Json, files: Mapping[int, Upload]) -> Message:
        if channel.is_forum:
            raise ApiError(40058)
        self.require_sending(author, channel, form, files)
        reference = referred(self._world, author, channel, form)
        wake(self._world, author, channel)
        return await self.create(self.draft(author, channel, form, reference), form, files)

    def require_sending(self, author: User, channel: Channel, form: Json, files: Mapping[int, Upload]) -> None:
        """Check that the author can send this. Raises ApiError 50001, 50006, 50007, 50013, 50035."""
        if channel.kind is ChannelType.DM and self._world.closed.intersection(channel.recipients):
            raise ApiError(50007)
        speak = Permission.SEND_MESSAGES if channel.thread is None else Permission.SEND_MESSAGES_IN_THREADS
        self._world.require(author, channel, speak, *_needed(form, files))
        if not forwards(form):
            require_contents(form, len(files))
        elif files:
            raise form_error(REFERENCE, "FORWARD_CONTAINS_UNSUPPORTED_CONTENT", "A forward cannot have files")

    def draft(self, author: User, channel: Channel, form: Json, reference: Referred | None = None) -> Message:
        """A new message without its contents."""
        flags = int((form.get("flags") or 0) & SENDABLE)
        message = Message(self._world.new_id(), channel.id, author.id, flags=flags)
        if reference is None:
            return message
        message = replace(message, reference=reference.reference, snapshot=reference.snapshot)
        if reference.snapshot is None:
            return replace(message, kind=MessageType.REPLY)
        return replace(message, flags=message.flags | int(MessageFlag.HAS_SNAPSHOT))

    async def create(self, message: Message, form: Json, files: Mapping[int, Upload]) -> Message:
        """Fill in a new message from a checked form, and publish it."""
        return self.add(await self.fill(message, form, files))

    async def fill(self, message: Message, form: Json, files: Mapping[int, Upload]) -> Message:
        """Store the files of a new message, and return it with the contents of a checked form."""
        channel, author = self._world.channel(message.channel_id), self._world.users[message.author_id]
        stickers = chosen_stickers(self._world, author, channel, form.get("sticker_ids") or ())
        attachments = await self._uploads.attach(form.get("attachments"), files, channel.id)
        message = replace(
            message,
            content=(form.get("content") or "").strip(),
            embeds=tuple(form.get("embeds") or ()),
            components=tuple(form.get("components") or ()),
            attachments=attachments,
            stickers=stickers,
            poll=new_poll(form["poll"]) if form.get("poll") else None,
            nonce=form.get("nonce"),
        )
        return with_mentions(self._world, message, form.get("allowed_mentions"))

    def add(self, message: Message) -> Message:
        """Publish a new message. Raises ApiError 10003 if its channel is gone."""
        channel = self._world.channel(message.channel_id)
        if channel.thread is not None:
            message = replace(message, position=channel.thread.total_sent)
        self._world.messages[channel.id][message.id] = message
        self._publish("MESSAGE_CREATE", message)
        count_message(self._world, message, sent=1)
        return message

    async def edit(self, message: Message, form: Parsed, files: Mapping[int, Upload], *, mark: bool = True) -> Message:
        """Change the fields that the form contains; with `mark`, the message shows "(edited)".

        Raises ApiError 50006 if the message would be empty, 40005, 50035, 50083, 520003.
        """
        check_message(form, modern=message.modern)
        channel = self._world.channel(message.channel_id)
        if channel.thread is not None and channel.thread.archived:
            raise ApiError(50083)
        if message.poll is not None and form.get("content"):
            raise ApiError(520003)
        changes: Json = {}
        if "content" in form:
            changes["content"] = (form["content"] or "").strip()
        for key in ("embeds", "components"):
            if key in form:
                changes[key] = tuple(form[key] or ())
        if files or "attachments" in form:
            changes["attachments"] = await self._uploads.attach(
                form.get("attachments"), files, message.channel_id, message.attachments
            )
        if form.get("flags") is not None:
            changes["flags"] = (message.flags & ~int(SENDABLE)) | (form["flags"] & int(SENDABLE))
            changes["flags"] |= message.flags & int(MessageFlag.COMPONENTS_V2)  # cannot be unset
        if mark:
            changes["edited_at"] = datetime.now(UTC)
        edited = replace(message, **changes)
        if edited.empty:
            raise ApiError(50006)
        if "content" in form:
            edited = with_mentions(self._world, edited, form.get("allowed_mentions"))
        return self.change(edited)

    def change(self, message: Message) -> Message:
        """Replace a message by its new version, and return that. Raises ApiError 10008 if it was deleted."""
        self._world.message(message.channel_id, message.id)
        self._world.messages[message.channel_id][message.id] = message
        self._publish("MESSAGE_UPDATE", message)
        return message

    def delete(self, message: Message) -> None:
        """Delete a message."""
        del self._world.messages[message.channel_id][message.id]
        count_message(self._world, message, deleted=1)
        self._publish("MESSAGE_DELETE", message)

    def react(self, user: User, message: Message, emoji: str, *, add: bool) -> None:
        """Add or remove a user's reaction."""
        others = tuple(pair for pair in message.reactions if pair != (emoji, user.id))
        if add == (len(others) < len(message.reactions)):
            return
        reactions = (*others, (emoji, user.id)) if add else others
        changed = replace(message, reactions=reactions)
        self._world.messages[message.channel_id][message.id] = changed
        self._publish("MESSAGE_REACTION_ADD" if add else "MESSAGE_REACTION_REMOVE", changed, user=user, emoji=emoji)

    def pin(self, user: User, message: Message) -> None:
        """Pin a message, and say so in its channel. Raises ApiError 30003, 50021."""
        if message.kind in (MessageType.THREAD_CREATED, MessageType.CHANNEL_PINNED_MESSAGE):
            raise ApiError(50021)
        if message.pinned_at is not None:
            return
        channel = self._world.channel(message.channel_id)
        if sum(m.pinned_at is not None for m in self._world.messages[channel.id].values()) >= MAX_PINS:
            raise ApiError(30003)
        now = datetime.now(UTC)
        self.change(replace(message, pinned_at=now))
        self._set_pins(channel, now)
        reference = Reference(channel.id, channel.guild_id, message.id)
        notice = Message(self._world.new_id(), channel.id, user.id, reference=reference)
        self.add(replace(notice, kind=MessageType.CHANNEL_PINNED_MESSAGE))

    def unpin(self, message: Message) -> None:
        """Unpin a message."""
        if message.pinned_at is not None:
            self.change(replace(message, pinned_at=None))
            channel = self._world.channel(message.channel_id)
            self._set_pins(channel, channel.pinned_at)

    def _set_pins(self, channel: Channel, pinned_at: datetime | None) -> None:
        self._world.channels[channel.id] = channel = replace(self._world.channels[channel.id], pinned_at=pinned_at)
        event = Event("CHANNEL_PINS_UPDATE", channel=channel, guild=self._world.guild_of(channel))
        self._world.feed.publish(event)

    def type(self, user: User, channel: Channel) -> None:
        """Publish that a user is typing."""
        self._world.feed.publish(Event("TYPING_START", user=user, channel=channel, guild=self._world.guild_of(channel)))

    def _publish(self, name: str, message: Message, *, user: User | None = None, emoji: str | None = None) -> None:
        channel = self._world.channels[message.channel_id]
        author = user or self._world.users[message.author_id]
        guild = self._world.guild_of(channel)
        self._world.feed.publish(Event(name, message, channel, guild, author, emoji=emoji))


def _needed(form: Json, files: Mapping[int, Upload]) -> list[Permission]:
    """The permissions that the contents of a message need."""
    needed = []
    if files:
        needed.append(Permission.ATTACH_FILES)
    if form.get("embeds"):
        needed.append(Permission.EMBED_LINKS)
    if form.get("poll"):
        needed.append(Permission.SEND_POLLS)
    return needed
