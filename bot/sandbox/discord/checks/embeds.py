"""Checks embeds."""

from bot.sandbox.discord.checks.fields import (
    REQUIRED,
    Path,
    check_bool,
    check_list,
    check_number,
    check_object,
    check_text,
    check_time,
    check_url,
)
from bot.sandbox.discord.errors import Problems
from bot.sandbox.discord.values import Json, Parsed

MAX_EMBEDS, MAX_FIELDS, MAX_TEXT = 10, 25, 6000
TEXTS = {"title": 256, "description": 4096}
FIELD_TEXTS = {"name": 256, "value": 1024}
PARTS = {"footer": ("text", 2048), "author": ("name", 256), "image": (None, 0), "thumbnail": (None, 0)}
"""The parts of an embed, each with the name and the greatest length of its text, if it has one."""
URLS = {"url": False, "icon_url": True}
"""The addresses in a part, and whether they can refer to a file of the message."""


def check_embeds(problems: Problems, at: Path, embeds: Parsed) -> None:
    """Check the embeds of a message."""
    total = 0
    for index, embed in enumerate(check_list(problems, at, embeds, MAX_EMBEDS)):
        total += _check_embed(problems, (*at, index), embed)
    if total > MAX_TEXT:
        problems.add(at, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_TEXT}")


def _check_embed(problems: Problems, at: Path, embed: Json) -> int:
    """Check one embed; returns the length of its text."""
    total = sum(len(check_text(problems, (*at, key), embed.get(key), 0, limit)) for key, limit in TEXTS.items())
    for part in PARTS:
        total += _check_part(problems, (*at, part), part, embed.get(part))
    for number, field in enumerate(check_list(problems, (*at, "fields"), embed.get("fields") or [], MAX_FIELDS)):
        where: Path = (*at, "fields", number)
        for key, limit in FIELD_TEXTS.items():
            total += len(check_text(problems, (*where, key), field.get(key), 1, limit))
        check_bool(problems, (*where, "inline"), field.get("inline"))
    check_number(problems, (*at, "color"), embed.get("color"), 0, 0xFFFFFF)
    check_url(problems, (*at, "url"), embed.get("url"))
    check_time(problems, (*at, "timestamp"), embed.get("timestamp"))
    return total


def _check_part(problems: Problems, at: Path, name: str, sent: Parsed) -> int:
    """Check a part of an embed; returns the length of its text."""
    if sent is None:
        return 0
    part = check_object(problems, at, sent)
    pictures = name in ("image", "thumbnail")
    for key, attachable in URLS.items():
        check_url(problems, (*at, key), part.get(key), attachable=attachable or pictures)
    text, limit = PARTS[name]
    if text is None:
        return 0
    if name == "author" and part and part.get(text) in (None, ""):
        problems.add((*at, text), "BASE_TYPE_REQUIRED", REQUIRED)
    return len(check_text(problems, (*at, text), part.get(text), 0, limit))
