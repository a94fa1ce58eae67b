"""`watch`, `unwatch`, `threshold`, `unknown`: a server's own settings; what happens when the bot comes or leaves."""

from collections.abc import Collection

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.classification import read_action, read_threshold
from bot.context import Context
from bot.replies import actions
from bot.replies.servers import threshold, unknown_pictures, unwatched, watched, watching
from bot.retention import Retention, YouTubeRetention
from bot.rights import admins_only
from bot.services import Services
from bot.store.values import UnknownPictures
from bot.watching import Watching, missing_permissions

Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
"""Where pictures are posted; a thread counts as its channel, also the posts of forum and media channels."""


class Servers(commands.Cog):
    """Changes servers' settings, and deletes data that is due: of servers that the bot left, and from YouTube."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store
        self._watching = Watching(services)
        self._retention = Retention(services)
        self._youtube = YouTubeRetention(services)

    async def cog_load(self) -> None:
        """Start the daily clean-up."""
        self._daily.start()

    async def cog_unload(self) -> None:
        """Stop the daily clean-up."""
        self._daily.cancel()

    @commands.hybrid_command(  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
        description="Watch a channel: I then answer posted pictures only in watched channels (server admins)",
        ignore_extra=False,
    )
    @app_commands.describe(channel="The channel; omit to show the current ones")
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def watch(self, ctx: Context, channel: Place = commands.parameter(default=None)) -> None:  # noqa: B008
        """Only answer posted pictures in watched channels; without a channel, list them."""
        # `Place | None` would make discord.py read a channel that it can't find as none at all.
        guild = ctx.own_guild
        if channel is None:
            where = await self._watching.of(guild)
            await ctx.answer(watching(where.channels, only_asked=where.only_asked))
            return
        where = await self._watching.add(guild, channel.id)
        await ctx.answer(watched(channel.id, where.channels, missing=missing_permissions(channel)))
        await ctx.record(actions.watched(ctx.author.id, channel.id))

    @commands.hybrid_command(description="Stop watching a channel for posted pictures (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="A watched channel")
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def unwatch(self, ctx: Context, channel: Place) -> None:
        """Stop watching a channel; without any watched channel, pictures are answered everywhere again."""
        where, was = await self._watching.remove(ctx.own_guild, channel.id)
        await ctx.answer(unwatched(channel.id, where.channels, only_asked=where.only_asked, was=was))
        if was:
            await ctx.record(actions.unwatched(ctx.author.id, channel.id))

    @commands.hybrid_command(description="Set how sure I must be to name a channel (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(sure="A percentage from 1 to 99, or auto; omit to show the current value")
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def threshold(self, ctx: Context, *, sure: str | None = None) -> None:
        """Set how sure the bot must be to name a channel, or let the model decide."""
        server = ctx.own_guild.id
        if sure is not None:
            await self._store.servers.set_threshold(server, read_threshold(sure))
        share = (await self._store.servers.get(server)).threshold
        await ctx.answer(threshold(share))
        if sure is not None:
            await ctx.record(actions.threshold_set(ctx.author.id, share))

    @threshold.autocomplete("sure")
    async def _choices(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        usual = ("auto", "50%", "70%", "80%", "90%", "95%")
        return [app_commands.Choice(name=it, value=it) for it in usual if it.startswith(typed.casefold().strip())]

    @commands.hybrid_command(  # type: ignore[arg-type]
        description="Set what I do with posted pictures that I don't know (server admins)"
    )
    @app_commands.describe(action="Answer, react with ❔, or stay silent; omit to show the current value")
    @app_commands.choices(action=[app_commands.Choice(name=it, value=it) for it in UnknownPictures])
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def unknown(self, ctx: Context, *, action: str | None = None) -> None:
        """Set what happens to posted pictures that are from none of the channels the bot knows."""
        guild = ctx.own_guild
        if action is not None:
            await self._store.servers.set_unknown_pictures(guild.id, read_action(action))
        chosen = (await self._store.servers.get(guild.id)).unknown_pictures
        missing_in = await self._without_reactions(guild) if chosen is UnknownPictures.REACT else ()
        await ctx.answer(unknown_pictures(chosen, missing_in=missing_in))
        if action is not None:
            await ctx.record(actions.unknown_pictures_set(ctx.author.id, chosen))

    async def _without_reactions(self, guild: discord.Guild) -> Collection[int]:
        """The channels where the bot answers posted pictures, but can't react to them."""
        where = await self._watching.of(guild)
        places = (
            place
            for place in guild.channels
            if isinstance(place, Place) and (not where.channels or place.id in where.channels)
        )
        granted = {place.id: place.permissions_for(guild.me) for place in places}
        return [
            place
            for place, held in granted.items()
            if held.view_channel and not (held.add_reactions and held.read_message_history)
        ]

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep the data of a server that the bot is back in."""
        await self._store.servers.joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Record when the bot left."""
        await self._store.servers.left(guild.id)

    @tasks.loop(hours=24)
    async def _daily(self) -> None:
        await self._retention.clean_up(lambda: {guild.id for guild in self._bot.guilds})
        await self._youtube.refresh()

    @_daily.before_loop
    async def _once_ready(self) -> None:
        await self._bot.wait_until_ready()
