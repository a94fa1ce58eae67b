"""Interactions: the bot must respond within 3 s, and can then follow up for 15 minutes."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.discord.checks import check_choices, check_message, check_modal, require_contents
from bot.sandbox.discord.enums import SUB_COMMANDS, CallbackType, CommandType, InteractionType, MessageType
from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.installs import InstallType, Owners
from bot.sandbox.discord.payloads import interaction_metadata
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.posts import SENDABLE, Posts
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import Channel, Interaction, Json, Message, MessageFlag, Parsed, Reference, User
from bot.sandbox.discord.world import World

CALLBACKS = {
    InteractionType.APPLICATION_COMMAND: (CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE, CallbackType.MODAL),
    InteractionType.MESSAGE_COMPONENT: (
        CallbackType.MESSAGE,
        CallbackType.DEFERRED_MESSAGE,
        CallbackType.DEFERRED_UPDATE,
        CallbackType.UPDATE,
        CallbackType.MODAL,
    ),
    InteractionType.AUTOCOMPLETE: (CallbackType.AUTOCOMPLETE,),
    InteractionType.MODAL_SUBMIT: (CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE),
}
MAX_FOLLOW_UPS = 5
"""Follow-ups of applications that are only installed to the user."""
UPDATES = (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE)


class Interactions:
    """All interactions; `answer_within` and `token_lifetime` are in seconds."""

    def __init__(self, world: World, posts: Posts, bot: User, *, answer_within: float, token_lifetime: float) -> None:
        self._world = world
        self._posts = posts
        self._bot = bot
        self._answer_within = answer_within
        self._token_lifetime = token_lifetime
        self._all: dict[str, Interaction] = {}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def start(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: Json,
        owners: Owners,
        *,
        message: Message | None = None,
        submitted: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot and start its timer."""
        token, now, new_id = secrets.token_urlsafe(96), time.monotonic(), self._world.new_id()
        new = Interaction(new_id, kind, token, user, channel, data, message, now, owners, submitted=submitted)
        self._all[token] = new
        self._timers[new.id] = asyncio.get_running_loop().call_later(self._answer_within, self._fail, new)
        self._publish("INTERACTION_CREATE", new)
        return new

    def close(self) -> None:
        """Cancel all timers."""
        for timer in self._timers.values():
            timer.cancel()

    def by_token(self, token: str, application_id: int) -> Interaction:
        """The open interaction of a webhook. Raises ApiError 10015, 50027."""
        found = self._all.get(token)
        if found is None or application_id != self._bot.id:
            raise ApiError(10015)
        if time.monotonic() - found.started > self._token_lifetime:
            raise ApiError(50027)
        return found

    async def answer(self, interaction_id: int, token: str, form: Parsed, files: Mapping[int, Upload]) -> Interaction:
        """Accept the bot's first response. Raises ApiError 10062, 40060, 50035, 50006."""
        found = self._all.get(token)
        if found is None or found.id != interaction_id or found.failed:
            raise ApiError(10062)
        if found.acknowledged:
            raise ApiError(40060)
        kind = form.get("type") if isinstance(form, dict) else None
        allowed = _allowed_callbacks(found)
        if kind not in allowed:
            choices = ", ".join(str(int(number)) for number in allowed)
            raise form_error(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")
        data = form.get("data") or {}
        self._check(found, CallbackType(kind), data, len(files))
        found.acknowledged = True
        try:
            await self._apply(found, CallbackType(kind), data, files)
        except ApiError:
            found.acknowledged = False
            raise
        self._timers.pop(found.id).cancel()
        self._publish("INTERACTION_ANSWER", found)
        return found

    def _check(self, interaction: Interaction, kind: CallbackType, data: Json, files: int) -> None:
        at = ("data",)
        match kind:
            case CallbackType.MESSAGE:
                check_message(data, at=at)
                require_contents(data, files)
            case CallbackType.UPDATE if interaction.message is not None:
                check_message(data, at=at, modern=self._current(interaction.message).modern)
            case CallbackType.MODAL:
                check_modal(data, at=at)
            case CallbackType.AUTOCOMPLETE:
                check_choices(data, _focused_option(interaction.data)["type"], at=at)

    async def _apply(
        self, interaction: Interaction, kind: CallbackType, data: Json, files: Mapping[int, Upload]
    ) -> None:
        match kind, interaction.message:
            case CallbackType.MESSAGE, _:
                self._set_response(interaction, await self._send(interaction, data, files))
            case CallbackType.DEFERRED_MESSAGE, _:
                self._set_response(interaction, self._send_placeholder(interaction, data))
            case CallbackType.UPDATE, Message() as message:
                self._set_response(interaction, await self._edit(self._current(message), data, files))
            case CallbackType.DEFERRED_UPDATE, Message() as message:
                self._set_response(interaction, message)
            case CallbackType.AUTOCOMPLETE, _:
                interaction.choices = tuple(data.get("choices") or ())
            case _:
                interaction.modal = data

    def _set_response(self, interaction: Interaction, message: Message) -> None:
        interaction.response_id = message.id
        interaction.message_ids.add(message.id)

    async def follow_up(self, interaction: Interaction, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """Send another message for an answered interaction; the first one replaces the "thinking" placeholder."""
        if not interaction.acknowledged:
            raise ApiError(10015)
        check_message(form)
        require_contents(form, len(files))
        self._world.channel(interaction.channel.id)
        original = self._world.messages[interaction.channel.id].get(interaction.response_id or 0)
        if original is not None and original.loading:
            return await self._edit(original, form, files)
        interaction.follow_ups += 1
        if interaction.follow_ups > MAX_FOLLOW_UPS and str(int(InstallType.GUILD)) not in interaction.owners:
            raise ApiError(40094)
        sent = await self._send(interaction, form, files, reply_to=interaction.response_id)
        interaction.message_ids.add(sent.id)
        return sent

    async def edit(
        self, interaction: Interaction, message_id: str, form: Parsed, files: Mapping[int, Upload]
    ) -> Message:
        """Edit a message of the interaction; `message_id` can be "@original"."""
        return await self._edit(self.message(interaction, message_id), form, files)

    def message(self, interaction: Interaction, message_id: str) -> Message:
        """A response to the interaction, or the message of its component. Raises ApiError 10008, 10015."""
        if not interaction.acknowledged:
            raise ApiError(10015)
        wanted = interaction.response_id if message_id == "@original" else int(message_id)
        source = interaction.message if interaction.from_component else None
        if wanted is None or not (wanted in interaction.message_ids or (source and source.id == wanted)):
            raise ApiError(10008)
        return self._world.message(interaction.channel.id, wanted)

    def delete(self, interaction: Interaction, message_id: str) -> None:
        """Delete a message of the interaction. Raises ApiError 10008."""
        self._posts.delete(self.message(interaction, message_id))

    async def _send(
        self, interaction: Interaction, data: Json, files: Mapping[int, Upload], *, reply_to: int | None = None
    ) -> Message:
        return await self._posts.create(self._new_message(interaction, data, reply_to), data, files)

    def _send_placeholder(self, interaction: Interaction, data: Json) -> Message:
        message = self._new_message(interaction, data, reply_to=None)
        message = replace(message, flags=message.flags | int(MessageFlag.LOADING))
        self._posts.add(message)
        return message

    async def _edit(self, message: Message, form: Parsed, files: Mapping[int, Upload]) -> Message:
        if not message.loading:
            return await self._posts.edit(message, form, files)
        shown = replace(message, flags=message.flags & ~int(MessageFlag.LOADING))
        return await self._posts.edit(shown, form, files, mark=False)

    def _current(self, message: Message) -> Message:
        return self._world.message(message.channel_id, message.id)

    def _new_message(self, interaction: Interaction, data: Json, reply_to: int | None) -> Message:
        flags = int((data.get("flags") or 0) & (SENDABLE | MessageFlag.EPHEMERAL))
        if self._is_private(interaction):
            flags |= int(MessageFlag.EPHEMERAL)
        ephemeral = bool(flags & MessageFlag.EPHEMERAL)
        kind, source_id = MessageType.DEFAULT, interaction.message.id if interaction.message else None
        if reply_to is not None or (source_id is not None and interaction.from_component):
            kind = MessageType.REPLY
        elif interaction.kind == InteractionType.APPLICATION_COMMAND:
            slash = interaction.data["type"] == CommandType.CHAT_INPUT
            kind = MessageType.CHAT_INPUT_COMMAND if slash else MessageType.CONTEXT_MENU_COMMAND
        channel, referred_id = interaction.channel, source_id if reply_to is None else reply_to
        return Message(
            self._world.new_id(),
            channel.id,
            self._bot.id,
            flags=flags,
            kind=kind,
            reference=None if referred_id is None else Reference(channel.id, channel.guild_id, referred_id),
            interaction=interaction_metadata(interaction),
            visible_to=interaction.user.id if ephemeral else None,
        )

    def _is_private(self, interaction: Interaction) -> bool:
        """Whether only its user can see the answers: where others' applications are not welcome."""
        held = self._world.permissions(interaction.user, interaction.channel)
        in_guild, of_guild = interaction.channel.guild_id is not None, str(int(InstallType.GUILD)) in interaction.owners
        return in_guild and not of_guild and not held & Permission.USE_EXTERNAL_APPS

    def _fail(self, interaction: Interaction) -> None:
        if interaction.acknowledged:
            return
        interaction.failed = True
        del self._timers[interaction.id]
        self._publish("INTERACTION_FAILED", interaction)

    def _publish(self, name: str, interaction: Interaction) -> None:
        guild = self._world.guild_of(interaction.channel)
        self._world.feed.publish(
            Event(name, channel=interaction.channel, guild=guild, user=interaction.user, interaction=interaction)
        )


def _allowed_callbacks(interaction: Interaction) -> tuple[CallbackType, ...]:
    """The valid first responses; a modal can only update a message if a component opened it."""
    submits = interaction.kind == InteractionType.MODAL_SUBMIT
    return CALLBACKS[interaction.kind] + (UPDATES if submits and interaction.from_component else ())


def _focused_option(data: Json) -> Json:
    """The option that the user is typing, in an autocompletion's data."""
    for option in data.get("options", []):
        if option.get("focused"):
            return dict(option)
        if option["type"] in SUB_COMMANDS:
            return _focused_option(option)
    raise ValueError("no option has the focus")
