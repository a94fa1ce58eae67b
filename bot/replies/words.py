"""Words and colours that all replies share; untrusted text made harmless."""

import re
from collections.abc import Iterable

import discord

from classifier.titles import clip, one_line
from classifier.values import Channel

BLUE, GREEN, AMBER, GREY = (discord.Colour(value) for value in (0x3B82F6, 0x16A34A, 0xD97706, 0x6B7280))

_MARKUP = re.compile(r"[\\`*_~|<>\[\]]|:(?=//)|^[-+#]|^\d+(?=\.)")


def line(text: str, limit: int = 60) -> str:
    """Untrusted text as one line of visible text, for places without markdown."""
    return clip(one_line(text), limit) or "untitled"


def plain(text: str, limit: int = 60) -> str:
    """Untrusted text made harmless: one line, no markdown, no links, no mentions."""
    return discord.utils.escape_mentions(_MARKUP.sub(r"\\\g<0>", line(text, limit)))


def percentage(share: float) -> str:
    """A measured share in [0, 1] with one decimal."""
    return f"{share:.1%}"


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """A count and its noun: "1 channel", "1,200 channels"; `nouns` is its plural if that is not formed with an "s"."""
    return f"{count:,} {noun if count == 1 else nouns or f'{noun}s'}"


def titles(channels: Iterable[Channel]) -> dict[str, str]:
    """The titles of channels by label."""
    return {channel.label: channel.title for channel in channels}
