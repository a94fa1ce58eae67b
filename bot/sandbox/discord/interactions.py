"""Interactions: made by people, answered by the bot within 3 s, open for follow-ups for 15 minutes."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.discord.checks import check_choices, check_message, check_modal, require_something
from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.kinds import SUB_COMMANDS, CallbackType, CommandType, InteractionType
from bot.sandbox.discord.payloads import (
    channel_payload,
    event_message_payload,
    full_member_payload,
    message_payload,
    user_payload,
)
from bot.sandbox.discord.posts import REPLY, SENDABLE, Posts
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.values import Channel, Interaction, Json, Message, MessageFlag, Parsed, User
from bot.sandbox.discord.world import World

ALLOWED = {
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
UPDATES = (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE)
CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 20, 23


class Interactions:
    """All interactions; `answer_within` and `token_lifetime` are seconds."""

    def __init__(
        self, world: World, posts: Posts, bot: User, *, upload_limit: int, answer_within: float, token_lifetime: float
    ) -> None:
        self._world = world
        self._posts = posts
        self._bot = bot
        self._upload_limit = upload_limit
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
        *,
        message: Message | None = None,
        submitted: Interaction | None = None,
    ) -> Interaction:
        """Send an interaction to the bot and give it its seconds."""
        token, now = secrets.token_urlsafe(96), time.monotonic()
        new = Interaction(self._world.new_id(), kind, token, user, channel, data, message, now, submitted=submitted)
        self._all[token] = new
        self._timers[new.id] = asyncio.get_running_loop().call_later(self._answer_within, self._fail, new)
        self._tell("INTERACTION_CREATE", new)
        return new

    def close(self) -> None:
        """Stop waiting for answers."""
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
        """Take the bot's first answer. Raises ApiError 10062, 40060, 50035, 50006."""
        found = self._all.get(token)
        if found is None or found.id != interaction_id or found.failed:
            raise ApiError(10062)
        if found.acknowledged:
            raise ApiError(40060)
        kind = form.get("type") if isinstance(form, dict) else None
        allowed = _allowed(found)
        if kind not in allowed:
            choices = ", ".join(str(int(number)) for number in allowed)
            raise form_error(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")
        data = form.get("data") or {}
        self._check(found, CallbackType(kind), data, len(files))
        found.acknowledged = True
        try:
            await self._carry_out(found, CallbackType(kind), data, files)
        except ApiError:
            found.acknowledged = False
            raise
        self._timers.pop(found.id).cancel()
        self._tell("INTERACTION_ANSWER", found)
        return found

    def _check(self, interaction: Interaction, kind: CallbackType, data: Json, files: int) -> None:
        at = ("data",)
        match kind:
            case CallbackType.MESSAGE:
                check_message(data, at=at)
                require_something(data, files)
            case CallbackType.UPDATE if interaction.message is not None:
                check_message(data, at=at, modern=_modern(self._current(interaction.message)))
            case CallbackType.MODAL:
                check_modal(data, at=at)
            case CallbackType.AUTOCOMPLETE:
                check_choices(data, focused(interaction.data)["type"], at=at)

    async def _carry_out(
        self, interaction: Interaction, kind: CallbackType, data: Json, files: Mapping[int, Upload]
    ) -> None:
        match kind, interaction.message:
            case CallbackType.MESSAGE, _:
                self._answered_with(interaction, await self._write(interaction, data, files))
            case CallbackType.DEFERRED_MESSAGE, _:
                self._answered_with(interaction, self._think(interaction, data))
            case CallbackType.UPDATE, Message() as message:
                self._answered_with(interaction, await self._edit(self._current(message), data, files))
            case CallbackType.DEFERRED_UPDATE, Message() as message:
                self._answered_with(interaction, message)
            case CallbackType.AUTOCOMPLETE, _:
                interaction.choices = tuple(data.get("choices") or ())
            case _:
                interaction.modal = data

    def _answered_with(self, interaction: Interaction, message: Message) -> None:
        interaction.response_id = message.id
        interaction.message_ids.add(message.id)

    async def follow_up(self, interaction: Interaction, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """A further message of an answered interaction; the first one after "thinking" takes its place."""
        if not interaction.acknowledged:
            raise ApiError(10015)
        check_message(form)
        require_something(form, len(files))
        original = self._world.messages[interaction.channel.id].get(interaction.response_id or 0)
        if original is not None and original.loading:
            return await self._edit(original, form, files)
        further = await self._write(interaction, form, files, reply_to=interaction.response_id)
        interaction.message_ids.add(further.id)
        return further

    async def edit(self, interaction: Interaction, which: str, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """Change a message of the interaction; `which` is an id or "@original"."""
        return await self._edit(self.message(interaction, which), form, files)

    def message(self, interaction: Interaction, which: str) -> Message:
        """An answer of the interaction, or the message that was pressed. Raises ApiError 10008, 10015."""
        if not interaction.acknowledged:
            raise ApiError(10015)
        wanted = interaction.response_id if which == "@original" else int(which)
        pressed = interaction.message if _pressed(interaction) else None
        if wanted is None or not (wanted in interaction.message_ids or (pressed and pressed.id == wanted)):
            raise ApiError(10008)
        return self._world.message(interaction.channel.id, wanted)

    def delete(self, interaction: Interaction, which: str) -> None:
        """Remove a message of the interaction. Raises ApiError 10008."""
        self._posts.delete(self.message(interaction, which))

    def payload(self, interaction: Interaction) -> Json:
        """The interaction as the gateway tells it to the bot."""
        world, channel, user = self._world, interaction.channel, interaction.user
        permissions = str(world.permissions(user, channel))
        payload: Json = {
            "id": str(interaction.id),
            "application_id": str(self._bot.id),
            "type": int(interaction.kind),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": channel_payload(world, channel) | {"permissions": permissions},
            "app_permissions": str(world.permissions(self._bot, channel)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": _owners(interaction),
            "context": 1 if channel.guild_id is None else 0,
            "attachment_size_limit": self._upload_limit,
        }
        if interaction.message is not None and _pressed(interaction):
            payload["message"] = event_message_payload(world, self._current(interaction.message))
        guild = world.guild_of(channel)
        member = None if guild is None else guild.member(user.id)
        if guild is None or member is None:
            return payload | {"user": user_payload(user)}
        return payload | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": full_member_payload(world, member) | {"permissions": permissions},
        }

    def callback_payload(self, interaction: Interaction, kind: int) -> Json:
        """What Discord answers to the first answer, where it is asked to."""
        told: Json = {"id": str(interaction.id), "type": interaction.kind}
        if interaction.response_id is None:
            return {"interaction": told}
        message = self._world.message(interaction.channel.id, interaction.response_id)
        told |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.visible_to is not None,
        }
        if kind in (CallbackType.DEFERRED_MESSAGE, CallbackType.DEFERRED_UPDATE):
            return {"interaction": told}
        return {"interaction": told, "resource": {"type": kind, "message": message_payload(self._world, message)}}

    def _think(self, interaction: Interaction, data: Json) -> Message:
        message = self._blank(interaction, data, reply_to=None)
        message = replace(message, flags=message.flags | int(MessageFlag.LOADING))
        self._world.messages[message.channel_id][message.id] = message
        self._posts.tell("MESSAGE_CREATE", message)
        return message

    async def _write(
        self, interaction: Interaction, data: Json, files: Mapping[int, Upload], *, reply_to: int | None = None
    ) -> Message:
        return await self._posts.write(self._blank(interaction, data, reply_to), data, files)

    async def _edit(self, message: Message, form: Parsed, files: Mapping[int, Upload]) -> Message:
        if not message.loading:
            return await self._posts.edit(message, form, files)
        shown = replace(message, flags=message.flags & ~int(MessageFlag.LOADING))
        return await self._posts.edit(shown, form, files, mark=False)

    def _current(self, message: Message) -> Message:
        return self._world.message(message.channel_id, message.id)

    def _blank(self, interaction: Interaction, data: Json, reply_to: int | None) -> Message:
        flags = int((data.get("flags") or 0) & (SENDABLE | MessageFlag.EPHEMERAL))
        ephemeral = bool(flags & MessageFlag.EPHEMERAL)
        kind, on = 0, interaction.message.id if interaction.message else None
        if reply_to is not None or (on is not None and _pressed(interaction)):
            kind = REPLY
        elif interaction.kind == InteractionType.APPLICATION_COMMAND:
            slash = interaction.data["type"] == CommandType.CHAT_INPUT
            kind = CHAT_INPUT_COMMAND if slash else CONTEXT_MENU_COMMAND
        return Message(
            self._world.new_id(),
            interaction.channel.id,
            self._bot.id,
            flags=flags,
            kind=kind,
            reference_id=on if reply_to is None else reply_to,
            interaction=_metadata(interaction),
            visible_to=interaction.user.id if ephemeral else None,
        )

    def _fail(self, interaction: Interaction) -> None:
        if interaction.acknowledged:
            return
        interaction.failed = True
        del self._timers[interaction.id]
        self._tell("INTERACTION_FAILED", interaction)

    def _tell(self, name: str, interaction: Interaction) -> None:
        guild = self._world.guild_of(interaction.channel)
        self._world.feed.publish(
            Event(name, channel=interaction.channel, guild=guild, user=interaction.user, interaction=interaction)
        )


def _owners(interaction: Interaction) -> Json:
    return {"0": str(interaction.channel.guild_id or 0)}


def _metadata(interaction: Interaction) -> Json:
    """What a message tells of the interaction that it answers."""
    told = {"interaction_metadata": _own_metadata(interaction)}
    if interaction.kind != InteractionType.APPLICATION_COMMAND:
        return told
    short = {key: told["interaction_metadata"][key] for key in ("id", "type", "user")}
    return told | {"interaction": short | {"name": command_name(interaction.data)}}


def _own_metadata(interaction: Interaction) -> Json:
    told: Json = {
        "id": str(interaction.id),
        "type": int(interaction.kind),
        "user": user_payload(interaction.user),
        "authorizing_integration_owners": _owners(interaction),
    }
    if interaction.submitted is not None:
        return told | {"triggering_interaction_metadata": _own_metadata(interaction.submitted)}
    if interaction.kind == InteractionType.MESSAGE_COMPONENT and interaction.message is not None:
        return told | {"interacted_message_id": str(interaction.message.id)}
    if interaction.message is not None:
        return told | {"target_message_id": str(interaction.message.id)}
    return told


def _allowed(interaction: Interaction) -> tuple[CallbackType, ...]:
    """The first answers that fit; only a modal that a component opened has a message that could be updated."""
    submits = interaction.kind == InteractionType.MODAL_SUBMIT
    return ALLOWED[interaction.kind] + (UPDATES if submits and _pressed(interaction) else ())


def _pressed(interaction: Interaction) -> bool:
    """Whether it began with a component of a message."""
    first = interaction.submitted or interaction
    return first.kind == InteractionType.MESSAGE_COMPONENT


def _modern(message: Message) -> bool:
    return bool(message.flags & MessageFlag.COMPONENTS_V2)


def command_name(data: Json) -> str:
    """A command's whole name, its sub-commands' included."""
    inner = next((option for option in data.get("options", []) if option["type"] in SUB_COMMANDS), None)
    return f"{data['name']} {command_name(inner)}" if inner else str(data["name"])


def focused(data: Json) -> Json:
    """The option that is being typed, in an autocompletion's data."""
    for option in data.get("options", []):
        if option.get("focused"):
            return dict(option)
        if option["type"] in SUB_COMMANDS:
            return focused(option)
    raise ValueError("nothing is being typed")
