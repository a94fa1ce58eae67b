"""What the parts of the set-up card share: whose card it is, and where."""

from typing import Any

import discord

from bot.rights import require_admin
from classifier.errors import ThumbprintError


class CardError(ThumbprintError):
    """A card, or a choice on it, that is not of this server."""


async def guild_of_card(interaction: discord.Interaction[Any], server: int, command: str) -> discord.Guild:
    """The server of a card, for those who may use `command` there. Raises AdminsOnlyError, CardError, StoreError."""
    if interaction.guild_id not in {None, server}:
        raise CardError("That card belongs to another server. Use `/setup` to get one for this server.")
    await require_admin(interaction, command, server=server)
    guild: discord.Guild | None = interaction.client.get_guild(server)
    if guild is None:
        raise CardError("I can't see that server right now. Try again in a minute.")
    return guild


def card_of(interaction: discord.Interaction[Any]) -> discord.PartialMessage:
    """The card as an ordinary message: an interaction's own can only be edited for 15 minutes. Raises CardError."""
    if interaction.message is None:
        raise CardError("I can't find that card any more. Use `/setup` to get a new one.")
    channel: discord.PartialMessageable = interaction.client.get_partial_messageable(interaction.message.channel.id)
    return channel.get_partial_message(interaction.message.id)
