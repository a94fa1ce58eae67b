"""One message to send: text, embeds, drawings with their alt texts, and other files."""

from dataclasses import dataclass
from io import BytesIO

import discord

from bot.limits import ALT_TEXT_LENGTH
from classifier.titles import clip


@dataclass(frozen=True, slots=True)
class Drawing:
    """A PNG to attach: a plain ASCII name and an alt text; `spoiler`: shown only to whoever clicks on it."""

    name: str
    png: bytes
    alt: str
    spoiler: bool = False

    @property
    def url(self) -> str:
        """The URL by which an embed of the same message shows it."""
        return f"attachment://{self.name}"


@dataclass(frozen=True, slots=True)
class Document:
    """A file to attach: a plain ASCII name and its content."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to send. Commands are written as `/name` in backticks."""

    text: str | None = None
    embeds: tuple[discord.Embed, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    documents: tuple[Document, ...] = ()

    def files(self) -> list[discord.File]:
        """New files to upload; each can be sent once."""
        drawn = [
            discord.File(BytesIO(it.png), it.name, spoiler=it.spoiler, description=clip(it.alt, ALT_TEXT_LENGTH))
            for it in self.drawings
        ]
        return drawn + [discord.File(BytesIO(it.content), it.name) for it in self.documents]
