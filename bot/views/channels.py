"""Pages of a server's list of channels."""

from typing import Any, Final

import discord
from discord import ui

from bot.channel_lists import ChannelLists
from bot.replies.channels import channels_page, compared
from bot.replies.message import Reply
from bot.services import Services
from bot.views.buttons import NUMBER, services, view_of
from bot.views.pages import PageButton, nearest, pages_of, turner

PER_PAGE: Final = 10


class ChannelsPage(PageButton, template=rf"channels:{NUMBER}"):
    """Turns to a page of the channels."""

    name = "channels"

    async def turned(self, interaction: discord.Interaction[Any]) -> tuple[Reply, ui.View | None]:
        """The page, for everyone."""
        return await page_of_channels(services(interaction), interaction.guild_id, self.number)


async def page_of_channels(shared: Services, server: int | None, page: int) -> tuple[Reply, ui.View | None]:
    """A page of the channels, or the nearest one that exists, and its buttons."""
    channels, own = await ChannelLists(shared).of(server)
    pages = pages_of(len(channels), PER_PAGE)
    page = nearest(page, pages)
    listed = compared(channels, shared.engine.channels(server), own=own)
    return channels_page(listed, page=page, size=PER_PAGE), view_of(turner(ChannelsPage, page, pages))
