"""Which permissions the bot has where a command was used."""

from unittest.mock import MagicMock, create_autospec

import discord
import pytest
from discord.ext.commands.view import StringView

from bot.context import Context


def context_in(kind: type[discord.TextChannel | discord.Thread], **held: bool) -> Context:
    """The context of a message in a channel where the bot has these permissions."""
    channel = create_autospec(kind, instance=True)
    channel.permissions_for.return_value = discord.Permissions(**held)
    return Context(message=MagicMock(channel=channel), bot=MagicMock(), view=StringView(""))


@pytest.mark.parametrize(
    ("kind", "needed", "other"),
    [
        (discord.TextChannel, "send_messages", "send_messages_in_threads"),
        (discord.Thread, "send_messages_in_threads", "send_messages"),
    ],
)
def test_sending_in_channels_and_in_threads_needs_different_permissions(
    kind: type[discord.TextChannel | discord.Thread], needed: str, other: str
) -> None:
    assert context_in(kind, **{needed: True}).lacks("send_messages") == []
    assert context_in(kind, **{other: True}).lacks("send_messages", "embed_links") == [needed, "embed_links"]


def test_in_a_thread_of_an_unknown_channel_nothing_is_allowed() -> None:
    context = context_in(discord.Thread)
    context.channel.permissions_for.side_effect = discord.ClientException("Parent channel not found")  # type: ignore[union-attr]
    assert context.lacks("send_messages") == ["send_messages_in_threads"]
