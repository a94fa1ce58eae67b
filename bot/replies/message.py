"""One message to send: text, embeds and drawings with their alt texts."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

import discord

from bot.replies.words import clip

ALT_LIMIT: Final = 1024


@dataclass(frozen=True, slots=True)
class Drawing:
    """A PNG to attach: a plain ASCII name and an alt text."""

    name: str
    png: bytes
    alt: str

    @property
    def url(self) -> str:
        """How an embed of the same message names it."""
        return f"attachment://{self.name}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to send."""

    text: str | None = None
    embeds: tuple[discord.Embed, ...] = ()
    drawings: tuple[Drawing, ...] = ()

    def files(self) -> list[discord.File]:
        """Fresh files to upload; each can be sent once."""
        return [discord.File(BytesIO(it.png), it.name, description=clip(it.alt, ALT_LIMIT)) for it in self.drawings]
