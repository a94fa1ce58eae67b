"""Using the bot's commands in both forms, and reading its messages."""

import re
from typing import Any, Literal

import pytest

from bot.sandbox.discord import Channel, LocalDiscord, Message, NotOfferedError, User
from bot.sandbox.discord.enums import ComponentType

Form = Literal["text", "slash"]
FORMS: tuple[Form, ...] = ("text", "slash")

ADMINS_ONLY = "Only server admins (**Manage Server**) and my owner can do that."
OWNER_ONLY = "In direct messages, only my owner can do that."

_LINK = re.compile(r"</([^:>]+):\d+>(?: `([^`]*)`)?")


async def ask(
    local: LocalDiscord,
    form: Form,
    who: User,
    command: str,
    *,
    where: Channel | None = None,
    **options: str | int | Channel | User,
) -> Message:
    """Use a text or slash command, and wait for the answer; options are in the order of the command's."""
    place = where or local.general
    if form == "slash":
        return await local.answer_to(await local.slash(who, place, command, options))
    values = [_mention(value) for value in options.values()]
    return await local.answer_to(await local.post(who, place, " ".join([f"!{command}", *values])))


def _mention(value: str | int | Channel | User) -> str:
    if isinstance(value, Channel):
        return f"<#{value.id}>"
    return f"<@{value.id}>" if isinstance(value, User) else str(value)


async def refused(
    local: LocalDiscord,
    form: Form,
    who: User,
    command: str,
    *,
    where: Channel | None = None,
    **options: str | int | Channel,
) -> str:
    """What somebody reads who may not use a command: from the bot, or from Discord, which does not even offer it."""
    if form == "slash" and (where or local.general).guild_id is not None:
        with pytest.raises(NotOfferedError, match=f"You can't use /{command.split(maxsplit=1)[0]} here"):
            await ask(local, form, who, command, where=where, **options)
        return ADMINS_ONLY
    return (await ask(local, form, who, command, where=where, **options)).content


def unlinked(text: str) -> str:
    """A text with its mentions of commands as replies write them: `/name` with its arguments, in backticks."""
    return _LINK.sub(lambda found: f"`/{' '.join(filter(None, found.groups()))}`", text)


def text_of(message: Message) -> str:
    """The whole text of a message and its embeds, with commands as `/name`."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields", ())]
    return unlinked("\n".join(parts))


def fields_of(message: Message) -> dict[str, str]:
    """The fields of a message's first embed."""
    return {field["name"]: unlinked(field["value"]) for field in message.embeds[0].get("fields", ())}


def buttons(message: Message) -> dict[str, str]:
    """The custom ids of a message's enabled buttons, by label or emoji."""
    return {
        button.get("label") or button["emoji"]["name"]: button["custom_id"]
        for row in message.components
        for button in row["components"]
        if button["type"] == ComponentType.BUTTON and not button.get("disabled")
    }


def menu(message: Message) -> dict[str, Any]:
    """A message's only menu."""
    (found,) = (it for row in message.components for it in row["components"] if it["type"] != ComponentType.BUTTON)
    return dict(found)
