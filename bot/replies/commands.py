"""References to commands: written as `/name` in every reply, clickable once the commands' ids are known."""

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Final

import discord
from discord import app_commands

from bot.replies.message import Reply

_REFERENCE: Final = re.compile(r"`/(?P<words>[a-z]+(?: [^`]+)?)`")


def mentions_of(known: Sequence[app_commands.AppCommand], fallbacks: Mapping[str, str]) -> dict[str, str]:
    """Mentions of all commands that Discord knows, by full name; a group's own name stands for its fallback."""
    mentions: dict[str, str] = {}
    for command in known:
        mentions[command.name] = command.mention
        for option in command.options:
            if isinstance(option, app_commands.AppCommandGroup):
                mentions[option.qualified_name] = option.mention
        if fallback := fallbacks.get(command.name):
            mentions[command.name] = f"</{command.name} {fallback}:{command.id}>"
    return mentions


class CommandMentions:
    """Turns `/name` in a reply into a mention of the command that people can click.

    A mention carries no arguments: `/threshold 80` becomes the mention, followed by `80`.
    """

    def __init__(self) -> None:
        self._mentions: dict[str, str] = {}

    def update(self, mentions: Mapping[str, str]) -> None:
        """Set the mentions of all commands (`</channel add:1>`) by the name that replies use ("channel add")."""
        self._mentions = dict(mentions)

    def text(self, text: str) -> str:
        """A text with clickable commands; anything else stays as it is."""
        return _REFERENCE.sub(self._mention, text)

    def reply(self, reply: Reply) -> Reply:
        """A reply with clickable commands in its text, and in its embeds' descriptions and fields."""
        if not self._mentions:
            return reply
        return replace(
            reply,
            text=None if reply.text is None else self.text(reply.text),
            embeds=tuple(self._embed(embed) for embed in reply.embeds),
        )

    def _embed(self, embed: discord.Embed) -> discord.Embed:
        linked = deepcopy(embed)  # its own copy() shares the fields
        if linked.description:
            linked.description = self.text(linked.description)
        for index, field in enumerate(embed.fields):
            linked.set_field_at(index, name=field.name, value=self.text(field.value or ""), inline=field.inline)
        return linked

    def _mention(self, reference: re.Match[str]) -> str:
        words = reference["words"].split(" ")
        for length in range(len(words), 0, -1):
            name, arguments = " ".join(words[:length]), " ".join(words[length:])
            if name in self._mentions:
                return self._mentions[name] + (f" `{arguments}`" if arguments else "")
        return reference[0]
