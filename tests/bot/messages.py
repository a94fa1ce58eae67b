"""Messages as discord.py reads them from Discord's JSON, without a connection."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import discord

CDN = "https://cdn.discordapp.com/attachments/1/2"
PROXY = "https://images-ext-1.discordapp.net/external/x/https/elsewhere.example"
ME, PERSON = 7, 8
"""The ids of the bot and of a person."""


def attachment(name: str, content_type: str | None = None, **others: Any) -> dict[str, Any]:
    """An attachment."""
    payload = {"id": "1", "filename": name, "size": 9, "url": f"{CDN}/{name}", "proxy_url": f"{CDN}/{name}"}
    return payload | ({"content_type": content_type} if content_type else {}) | others


def media(url: str, **others: Any) -> dict[str, Any]:
    """The media of a component: something elsewhere, of which Discord has a copy."""
    proxy = f"{PROXY}/{url.rpartition('/')[2]}"
    return {"url": url, "proxy_url": proxy, "content_type": "image/png", "width": 4, "height": 5} | others


def snapshot(content: str = "", **others: Any) -> dict[str, Any]:
    """A message that another one forwards; Discord does not say who wrote it."""
    sent = {"type": 0, "timestamp": "2026-01-02T03:04:05+00:00", "edited_timestamp": None, "flags": 0}
    empty: dict[str, Any] = {it: [] for it in ("embeds", "attachments", "components", "mentions", "mention_roles")}
    return {"message": sent | empty | {"content": content} | others}


def message(content: str = "", *, author: int = PERSON, **others: Any) -> discord.Message:
    """A message of a person, or of the bot."""
    state = Mock(store_user=lambda data, **_: SimpleNamespace(id=int(data["id"])), _get_guild=lambda _: None)
    return discord.Message(state=state, channel=SimpleNamespace(id=3), data=payload(content, author=author, **others))  # type: ignore[arg-type]


def payload(content: str = "", *, author: int = PERSON, **others: Any) -> dict[str, Any]:
    """The JSON of a message."""
    sent = {"id": "4", "type": 0, "channel_id": "3", "author": {"id": str(author)}, "content": content}
    return sent | {"timestamp": "2026-01-02T03:04:05+00:00", "embeds": [], "attachments": [], "components": []} | others
