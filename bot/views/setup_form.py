"""The form of the set-up card in which YouTube channels are added."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import discord
from discord import ui

from bot.budget import Budget
from bot.channel_lists import ChannelLists
from bot.delivery import respond
from bot.errors import explain
from bot.replies import actions
from bot.replies.setup import ALREADY_LISTED, MODAL_EXAMPLE, MODAL_HINT, MODAL_LABEL, MODAL_TITLE, not_added, too_many
from bot.views.buttons import acknowledge, linked, perform, record, services
from bot.views.cards import guild_of_card
from classifier.errors import ThumbprintError

AT_ONCE: Final = 10
"""Channels that are added at a time."""

Show = Callable[[discord.Interaction[Any], discord.Guild], Awaitable[None]]
"""Shows the card of a server as it is now."""


class ChannelsForm(ui.Modal, title=MODAL_TITLE):
    """A form for several YouTube channels, one per line."""

    def __init__(self, server: int, show: Show) -> None:
        super().__init__(custom_id=f"setup-channels:{server}")
        self._server = server
        self._show = show
        self._lines: ui.TextInput[ChannelsForm] = ui.TextInput(
            style=discord.TextStyle.paragraph, placeholder=MODAL_EXAMPLE, max_length=1000
        )
        self.add_item(ui.Label(text=MODAL_LABEL, description=MODAL_HINT, component=self._lines))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Add the channels, and show the card with them; whoever sent the form must still be an admin."""
        await perform(interaction, self._submitted)

    async def _submitted(self, interaction: discord.Interaction[Any]) -> None:
        guild = await guild_of_card(interaction, self._server, "channel add")
        await acknowledge(interaction)
        lines = (line.strip(" \t,") for line in self._lines.value.splitlines())
        names = list(dict.fromkeys(line for line in lines if line))
        shared, failed = services(interaction), list[tuple[str, str]]()
        if not await interaction.client.is_owner(interaction.user):
            await Budget(shared).check(guild.id)
        for name in names[:AT_ONCE]:
            try:
                change = await ChannelLists(shared).add(guild.id, name, interaction.user.id)
            except ThumbprintError as error:
                failed.append((name, explain(error)))
            else:
                if not change.changed:
                    failed.append((name, ALREADY_LISTED))
                else:
                    added = actions.channel_added(interaction.user.id, change.channel)
                    await record(interaction, added, server=guild.id)
        failed += [(name, too_many(AT_ONCE)) for name in names[AT_ONCE:]]
        await self._show(interaction, guild)
        if failed:
            await respond(interaction, linked(interaction, not_added(failed)), ephemeral=True)
