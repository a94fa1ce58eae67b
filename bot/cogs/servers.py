"""`watch`, `unwatch`, `threshold`: a server's own settings; and what happens when the bot joins or leaves it."""

from typing import Final

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.classification import read_threshold
from bot.context import Context
from bot.replies.servers import threshold, unwatched, watched, watching
from bot.retention import Retention, YouTubeRetention
from bot.rights import admins_only
from bot.services import Services
from classifier.errors import ThumbprintError

Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
"""Where pictures are posted; a thread counts as its channel, also the posts of forum and media channels."""

MAX_WATCHED: Final = 200

_NEEDED: Final = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "send_messages_in_threads": "Send Messages in Threads",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
}
"""The permissions that answers need, by Discord's names for code and for people."""


class WatchError(ThumbprintError):
    """A channel that can't be watched."""


class Servers(commands.Cog):
    """Changes servers' settings, and deletes data that is due: of servers that the bot left, and from YouTube."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store
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
    @commands.check(admins_only)
    async def watch(self, ctx: Context, channel: Place = commands.parameter(default=None)) -> None:  # noqa: B008
        """Only answer posted pictures in watched channels; without a channel, list them."""
        # `Place | None` would make discord.py read a channel that it can't find as none at all.
        guild = ctx.own_guild
        if channel is None:
            await ctx.answer(watching(await self._store.watched.of(guild.id)))
            return
        before = await self._existing(guild)
        if len(before | {channel.id}) > MAX_WATCHED:
            raise WatchError(f"I can watch up to {MAX_WATCHED} channels. Remove one with `/unwatch` first.")
        await self._store.watched.add(guild.id, channel.id)
        granted = channel.permissions_for(guild.me)
        only_threads = isinstance(channel, discord.ForumChannel)
        unused = "send_messages" if only_threads else "send_messages_in_threads"
        missing = [name for it, name in _NEEDED.items() if it != unused and not getattr(granted, it)]
        await ctx.answer(watched(channel.id, before | {channel.id}, missing=missing))

    @commands.hybrid_command(description="Stop watching a channel for posted pictures (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="A watched channel")
    @commands.guild_only()
    @commands.check(admins_only)
    async def unwatch(self, ctx: Context, channel: Place) -> None:
        """Stop watching a channel; without any watched channel, pictures are answered everywhere again."""
        guild = ctx.own_guild
        was = await self._store.watched.remove(guild.id, channel.id)
        await ctx.answer(unwatched(channel.id, await self._existing(guild), was=was))

    @commands.hybrid_command(description="Set how sure I must be to name a channel (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(sure="A percentage from 1 to 99, or auto; omit to show the current value")
    @commands.guild_only()
    @commands.check(admins_only)
    async def threshold(self, ctx: Context, *, sure: str | None = None) -> None:
        """Set how sure the bot must be to name a channel, or let the model decide."""
        guild = ctx.own_guild
        if sure is not None:
            await self._store.servers.set_threshold(guild.id, read_threshold(sure))
        await ctx.answer(threshold((await self._store.servers.get(guild.id)).threshold))

    @threshold.autocomplete("sure")
    async def _choices(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        usual = ("auto", "50%", "70%", "80%", "90%", "95%")
        return [app_commands.Choice(name=it, value=it) for it in usual if it.startswith(typed.casefold().strip())]

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

    async def _existing(self, guild: discord.Guild) -> frozenset[int]:
        """The watched channels that still exist; the others are removed, because nobody could name them to unwatch."""
        watched = await self._store.watched.of(guild.id)
        gone = {channel for channel in watched if guild.get_channel(channel) is None}
        for channel in gone:
            await self._store.watched.remove(guild.id, channel)
        return watched - gone
