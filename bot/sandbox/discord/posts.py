"""Messages: sending, editing and deleting them, reactions and typing."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from bot.sandbox.discord.checks import check_message, require_contents, snowflake
from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.uploads import Upload, Uploads
from bot.sandbox.discord.values import Channel, Json, Message, MessageFlag, Parsed, User
from bot.sandbox.discord.world import World

REPLY = 19
MENTION = re.compile(r"<@!?(\d+)>")
SENDABLE = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2


class Posts:
    """Changes messages as Discord does, or raises ApiError."""

    def __init__(self, world: World, uploads: Uploads) -> None:
        self._world = world
        self._uploads = uploads

    async def send(self, author: User, channel: Channel, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """Send a message of a user or the bot, if its author has the permissions."""
        check_message(form)
        needed = [Permission.SEND_MESSAGES]
        if files:
            needed.append(Permission.ATTACH_FILES)
        if form.get("embeds"):
            needed.append(Permission.EMBED_LINKS)
        self._world.require(author, channel, *needed)
        require_contents(form, len(files))
        message = Message(self._world.new_id(), channel.id, author.id, flags=int((form.get("flags") or 0) & SENDABLE))
        reference = self._reference(author, channel, form)
        if reference is not None:
            message = replace(message, kind=REPLY, reference_id=reference.id)
        return await self.create(message, form, files)

    async def create(self, message: Message, form: Json, files: Mapping[int, Upload]) -> Message:
        """Fill in a new message from a checked form and publish it."""
        attachments = await self._uploads.attach(form.get("attachments"), files, message.channel_id)
        message = replace(
            message,
            content=(form.get("content") or "").strip(),
            embeds=tuple(form.get("embeds") or ()),
            components=tuple(form.get("components") or ()),
            attachments=attachments,
            nonce=form.get("nonce"),
        )
        message = self._with_mentions(message, form.get("allowed_mentions"))
        self.add(message)
        return message

    def add(self, message: Message) -> None:
        """Publish a new message."""
        self._world.messages[message.channel_id][message.id] = message
        self._publish("MESSAGE_CREATE", message)

    async def edit(self, message: Message, form: Parsed, files: Mapping[int, Upload], *, mark: bool = True) -> Message:
        """Change the fields that the form contains; with `mark`, the message shows "(edited)".

        Raises ApiError 50006 if the message would be empty, 40005, 50035.
        """
        check_message(form, modern=message.modern)
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
        if not (edited.content or edited.embeds or edited.components or edited.attachments):
            raise ApiError(50006)
        if "content" in form:
            edited = self._with_mentions(edited, form.get("allowed_mentions"))
        self._world.messages[edited.channel_id][edited.id] = edited
        self._publish("MESSAGE_UPDATE", edited)
        return edited

    def delete(self, message: Message) -> None:
        """Delete a message."""
        del self._world.messages[message.channel_id][message.id]
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

    def type(self, user: User, channel: Channel) -> None:
        """Publish that a user is typing."""
        self._world.feed.publish(Event("TYPING_START", user=user, channel=channel, guild=self._world.guild_of(channel)))

    def _publish(self, name: str, message: Message, *, user: User | None = None, emoji: str | None = None) -> None:
        channel = self._world.channels[message.channel_id]
        author = user or self._world.users[message.author_id]
        guild = self._world.guild_of(channel)
        self._world.feed.publish(Event(name, message, channel, guild, author, emoji=emoji))

    def _reference(self, author: User, channel: Channel, form: Json) -> Message | None:
        sent = form.get("message_reference")
        if not sent or sent.get("message_id") is None:
            return None
        path = ("message_reference", "message_id")
        message_id = snowflake(sent["message_id"], path)
        if not self._world.permissions(author, channel) & Permission.READ_MESSAGE_HISTORY:
            raise ApiError(160002)
        original = self._world.messages[channel.id].get(message_id)
        if original is not None and original.visible_to is not None:
            original = None
        if original is None and sent.get("fail_if_not_exists", True):
            raise form_error(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return original

    def _with_mentions(self, message: Message, allowed: Json | None) -> Message:
        """Set whom the message pings: everyone it mentions, or only those that `allowed_mentions` permits."""
        mentioned = [int(found) for found in MENTION.findall(message.content)]
        users = [user_id for user_id in dict.fromkeys(mentioned) if user_id in self._world.users]
        everyone = "@everyone" in message.content or "@here" in message.content
        replied = True
        if allowed is not None:
            parse = allowed.get("parse") or []
            chosen = {int(user_id) for user_id in allowed.get("users") or []}
            users = [user_id for user_id in users if "users" in parse or user_id in chosen]
            everyone = everyone and "everyone" in parse
            replied = bool(allowed.get("replied_user"))
        original = self._world.messages[message.channel_id].get(message.reference_id or 0)
        if replied and original is not None and original.author_id not in (message.author_id, *users):
            users.append(original.author_id)
        author, channel = self._world.users[message.author_id], self._world.channels[message.channel_id]
        can_ping_all = self._world.permissions(author, channel) & Permission.MENTION_EVERYONE
        return replace(message, mentions=tuple(users), mention_everyone=bool(everyone and can_ping_all))
