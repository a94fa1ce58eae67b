"""What the bot may do where it was asked."""

from unittest.mock import MagicMock, create_autospec

import discord
import pytest
from discord.ext.commands.view import StringView

from bot.context import Context


def asked_in(kind: type[discord.TextChannel | discord.Thread], **held: bool) -> Context:
    """A context of a message in such a channel, where the bot has these permissions."""
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
def test_sending_in_channels_and_in_threads_are_two_permissions(
    kind: type[discord.TextChannel | discord.Thread], needed: str, other: str
) -> None:
    assert asked_in(kind, **{needed: True}).lacks("send_messages") == []
    assert asked_in(kind, **{other: True}).lacks("send_messages", "embed_links") == [needed, "embed_links"]
