"""Words and colours that all replies share; untrusted text made harmless."""

import re
from collections.abc import Iterable

import discord

from bot.languages import gettext, percentage
from classifier.titles import clip, one_line
from classifier.values import Channel

BLUE, GREEN, AMBER, GREY = (discord.Colour(value) for value in (0x3B82F6, 0x16A34A, 0xD97706, 0x6B7280))

_MARKUP = re.compile(r"[\\`*_~|<>\[\]]|:(?=//)|^[-+#]|^\d+(?=\.)")


def line(text: str, limit: int = 60) -> str:
    """Untrusted text as one line of visible text, for places without markdown."""
    return clip(one_line(text), limit) or gettext("untitled")


def plain(text: str, limit: int = 60) -> str:
    """Untrusted text made harmless: one line, no markdown, no links, no mentions."""
    return discord.utils.escape_mentions(_MARKUP.sub(r"\\\g<0>", line(text, limit)))


def probability(value: float) -> str:
    """A probability for people, never rounded up to certainty or down to impossibility."""
    if value >= 0.995:
        return f">{percentage(0.99, 0)}"
    if value <= 0.005:
        return f"<{percentage(0.01, 0)}"
    return percentage(value, 0)


def titles(channels: Iterable[Channel]) -> dict[str, str]:
    """The titles of channels by label."""
    return {channel.label: channel.title for channel in channels}
