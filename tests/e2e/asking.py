"""Asking the bot by either door, and reading what it says."""

from typing import Literal

from bot.sandbox.discord import Channel, LocalDiscord, Message, User

By = Literal["text", "slash"]
DOORS: tuple[By, ...] = ("text", "slash")
REFUSAL = "Only this server's admins (**Manage Server**) and my owner may do that"


async def ask(
    local: LocalDiscord, by: By, who: User, command: str, *, where: Channel | None = None, **options: str | Channel
) -> Message:
    """Give a command as text or by slash, and wait for the answer; options in the command's order."""
    place = where or local.general
    if by == "slash":
        return await local.answer_to(await local.slash(who, place, command, options))
    words = [value if isinstance(value, str) else f"<#{value.id}>" for value in options.values()]
    return await local.answer_to(await local.post(who, place, " ".join([f"!{command}", *words])))


def said(message: Message) -> str:
    """All that a message says."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")]
        parts += [f"{field['name']}: {field['value']}" for field in embed.get("fields", ())]
    return "\n".join(parts)


def buttons(message: Message) -> dict[str, str]:
    """The custom ids of a message's buttons that can be pressed, by label or emoji."""
    return {
        button.get("label") or button["emoji"]["name"]: button["custom_id"]
        for row in message.components
        for button in row["components"]
        if not button.get("disabled")
    }
