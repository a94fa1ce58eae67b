"""`setup`: the card that sets a server up; it is also posted when the bot joins one."""

import logging

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context
from bot.delivery import deliver
from bot.faults import in_short
from bot.language_choice import speak_in
from bot.languages import gettext_noop
from bot.replies.setup import setup_card
from bot.rights import admins_only
from bot.services import Services
from bot.setup import Setup as Setups
from bot.setup import places, recipients
from bot.store.errors import StoreError
from bot.views.setup import AddChannels, LanguageMenu, PlacesMenu, TrainNow, WhereMenu, card_view

log = logging.getLogger(__name__)


class Setup(commands.Cog):
    """Sends the set-up card."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._servers = services.store.servers
        self._in_flight = services.in_flight
        self._setups = Setups(services)

    async def cog_load(self) -> None:
        """Register the buttons and menus."""
        self._bot.add_dynamic_items(AddChannels, TrainNow, WhereMenu, PlacesMenu, LanguageMenu)

    @commands.hybrid_command(description=gettext_noop("Set me up: channels, where I answer, training (server admins)"))  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.default_permissions(manage_guild=True)
    @commands.guild_only()
    @commands.check(admins_only)
    async def setup(self, ctx: Context) -> None:
        """Post the card again."""
        ctx.require("view_channel", "send_messages", "embed_links")
        setup = await self._setups.of(ctx.own_guild)
        await ctx.answer(setup_card(setup), view=card_view(setup, ctx.own_guild.id, direct=False))

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Post the card where the bot can write, else send it to a person; not if the server is set up."""
        await speak_in(guild, self._servers)
        try:
            with self._in_flight.work():
                if await self._setups.has_begun(guild.id) or await self._post(guild):
                    return
                log.info("server %d: there is nowhere to post the set-up card", guild.id)
        except StoreError as error:
            log.warning("server %d: the set-up card was not posted: %s", guild.id, error)

    async def _post(self, guild: discord.Guild) -> bool:
        setup = await self._setups.of(guild)
        for channel in places(guild):
            if await self._send(channel, guild, card_view(setup, guild.id, direct=False)):
                return True
        async for person in recipients(guild):
            if await self._send(person, guild, card_view(setup, guild.id, direct=True)):
                return True
        return False

    async def _send(self, place: discord.abc.Messageable, guild: discord.Guild, view: discord.ui.View) -> bool:
        try:
            await deliver(place.send, setup_card(await self._setups.of(guild)), view=view)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.info("server %d: the set-up card can't be posted there: %s", guild.id, in_short(error))
            return False
        return True
