"""Interactions: made by people, answered by the bot within 3 s, open for follow-ups for 15 minutes."""

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from bot.sandbox.discord.errors import ApiError, form_error
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.payloads import (
    channel_payload,
    event_message_payload,
    full_member_payload,
    message_payload,
    user_payload,
)
from bot.sandbox.discord.posts import REPLY, SENDABLE, Posts
from bot.sandbox.discord.uploads import Upload
from bot.sandbox.discord.validation import check_message, require_something
from bot.sandbox.discord.world import Channel, Json, Message, MessageFlag, Parsed, User, World

COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4


class Callback(IntEnum):
    """How the bot may answer first."""

    ANSWER = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


ALLOWED = {
    COMMAND: (Callback.ANSWER, Callback.DEFER, Callback.MODAL),
    COMPONENT: (Callback.ANSWER, Callback.DEFER, Callback.DEFER_UPDATE, Callback.UPDATE, Callback.MODAL),
    AUTOCOMPLETE: (Callback.CHOICES,),
}
CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 20, 23


@dataclass(slots=True)
class Interaction:
    """One thing that a person did with the bot, and what became of it."""

    id: int
    kind: int
    token: str
    user: User
    channel: Channel
    data: Json
    message: Message | None
    started: float
    acknowledged: bool = False
    failed: bool = False
    response_id: int | None = None
    choices: tuple[Json, ...] = ()
    modal: Json | None = None


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

    def start(self, kind: int, user: User, channel: Channel, data: Json, message: Message | None = None) -> Interaction:
        """Send an interaction to the bot and give it its seconds."""
        new = Interaction(
            self._world.new_id(), kind, secrets.token_urlsafe(96), user, channel, data, message, time.monotonic()
        )
        self._all[new.token] = new
        self._timers[new.id] = asyncio.get_running_loop().call_later(self._answer_within, self._fail, new)
        self._tell("INTERACTION_CREATE", new)
        return new

    def close(self) -> None:
        """Stop waiting for answers."""
        for timer in self._timers.values():
            timer.cancel()

    def by_token(self, token: str, application_id: int | None = None) -> Interaction:
        """The open interaction of a webhook. Raises ApiError 10015, 50027."""
        found = self._all.get(token)
        if found is None or application_id not in (None, self._bot.id):
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
        if kind not in ALLOWED[found.kind]:
            choices = ", ".join(str(number) for number in ALLOWED[found.kind])
            raise form_error(("type",), "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")
        data = form.get("data") or {}
        if kind in (Callback.ANSWER, Callback.UPDATE):
            check_message(data, at=("data",))
        if kind == Callback.ANSWER:
            require_something(data, len(files))
        found.acknowledged = True
        try:
            await self._carry_out(found, Callback(kind), data, files)
        except ApiError:
            found.acknowledged = False
            raise
        self._timers.pop(found.id).cancel()
        self._tell("INTERACTION_ANSWER", found)
        return found

    async def _carry_out(
        self, interaction: Interaction, kind: Callback, data: Json, files: Mapping[int, Upload]
    ) -> None:
        match kind, interaction.message:
            case Callback.ANSWER, _:
                interaction.response_id = (await self._write(interaction, data, files)).id
            case Callback.DEFER, _:
                interaction.response_id = self._think(interaction, data).id
            case Callback.UPDATE, Message() as message:
                interaction.response_id = (await self._edit(self._current(message), data, files)).id
            case Callback.DEFER_UPDATE, Message() as message:
                interaction.response_id = message.id
            case Callback.CHOICES, _:
                interaction.choices = tuple(data.get("choices") or ())
            case _:
                interaction.modal = data

    async def follow_up(self, interaction: Interaction, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """A further message of an answered interaction; the first one after "thinking" takes its place."""
        if not interaction.acknowledged:
            raise ApiError(10015)
        check_message(form)
        require_something(form, len(files))
        original = self._world.messages[interaction.channel.id].get(interaction.response_id or 0)
        if original is not None and original.loading:
            return await self._edit(original, form, files)
        return await self._write(interaction, form, files, reply_to=interaction.response_id)

    async def edit(self, interaction: Interaction, which: str, form: Parsed, files: Mapping[int, Upload]) -> Message:
        """Change a message of the interaction; `which` is an id or "@original"."""
        return await self._edit(self.message(interaction, which), form, files)

    def message(self, interaction: Interaction, which: str) -> Message:
        """One message of the interaction. Raises ApiError 10008."""
        wanted = interaction.response_id if which == "@original" else int(which)
        if wanted is None:
            raise ApiError(10008)
        found = self._world.message(interaction.channel.id, wanted)
        if found.author_id != self._bot.id:
            raise ApiError(10008)
        return found

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
            "type": interaction.kind,
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
        if interaction.message is not None and interaction.kind == COMPONENT:
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
        if kind in (Callback.DEFER, Callback.DEFER_UPDATE):
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
        check_message(form)
        if not message.loading:
            return await self._posts.edit(message, form, files)
        shown = replace(message, flags=message.flags & ~int(MessageFlag.LOADING))
        return await self._posts.edit(shown, form, files, mark=False)

    def _current(self, message: Message) -> Message:
        return self._world.message(message.channel_id, message.id)

    def _blank(self, interaction: Interaction, data: Json, reply_to: int | None) -> Message:
        flags = int((data.get("flags") or 0) & (SENDABLE | MessageFlag.EPHEMERAL))
        ephemeral = bool(flags & MessageFlag.EPHEMERAL)
        kind = 0
        if interaction.kind == COMMAND and reply_to is None:
            kind = CHAT_INPUT_COMMAND if interaction.data["type"] == 1 else CONTEXT_MENU_COMMAND
        elif interaction.message is not None:
            reply_to = reply_to or interaction.message.id
        return Message(
            self._world.new_id(),
            interaction.channel.id,
            self._bot.id,
            flags=flags,
            kind=REPLY if reply_to is not None else kind,
            reference_id=reply_to,
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
    told: Json = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": user_payload(interaction.user),
        "authorizing_integration_owners": _owners(interaction),
    }
    if interaction.kind == COMPONENT and interaction.message is not None:
        return {"interaction_metadata": told | {"interacted_message_id": str(interaction.message.id)}}
    short = {key: told[key] for key in ("id", "type", "user")} | {"name": interaction.data["name"]}
    return {"interaction_metadata": told, "interaction": short}
