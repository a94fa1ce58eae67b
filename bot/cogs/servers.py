"""A server's own settings, `watch`, `unwatch` and `threshold`, and its coming and going."""

import logging
import re
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.context import Context
from bot.replies.servers import threshold, unwatched, watched, watching
from bot.rights import admins_only
from bot.services import Services
from bot.store.errors import StoreError
from classifier.errors import ThumbprintError

log = logging.getLogger(__name__)

Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel
"""Where pictures are posted; a thread counts as the channel that it is in."""

MOST_WATCHED: Final = 200
_PERCENT: Final = re.compile(r"(\d{1,2})\s*%?")


class ThresholdError(ThumbprintError):
    """A text that says not how sure is sure enough."""


class WatchError(ThumbprintError):
    """A channel that can't be watched."""


class Servers(commands.Cog):
    """Keeps each server's settings, as long as the bot is there and 30 days more."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._store = services.store
        self._engine = services.engine
        self._prefix = services.settings.prefix

    async def cog_load(self) -> None:
        """Begin to look, every day, which servers are there and which are long gone."""
        self._daily.start()

    async def cog_unload(self) -> None:
        """End that."""
        self._daily.cancel()

    @commands.hybrid_command(  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
        description="Answer posted pictures in this channel (server admins)",
        ignore_extra=False,  # or a channel that can't be read would pass for none
    )
    @app_commands.describe(channel="Where; leave it out to see where I answer")
    @commands.guild_only()
    @commands.check(admins_only)
    async def watch(self, ctx: Context, channel: Place | None = None) -> None:
        """Answer posted pictures in the watched channels alone; without a channel, tell which these are."""
        guild = _guild(ctx)
        if channel is None:
            await ctx.answer(watching(await self._store.watched.of(guild.id), self._prefix))
            return
        before = await self._without_gone(guild)
        if len(before | {channel.id}) > MOST_WATCHED:
            raise WatchError(f"I watch {MOST_WATCHED} channels at most. Unwatch one first.")
        await self._store.watched.add(guild.id, channel.id)
        mine = channel.permissions_for(guild.me)
        can_answer = mine.view_channel and mine.send_messages and mine.embed_links and mine.attach_files
        await ctx.answer(watched(channel.id, before | {channel.id}, can_answer=can_answer))

    @commands.hybrid_command(description="No longer answer posted pictures in this channel (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="A channel that I watch")
    @commands.guild_only()
    @commands.check(admins_only)
    async def unwatch(self, ctx: Context, channel: Place) -> None:
        """Watch a channel no longer; with the last one gone, pictures are answered everywhere again."""
        guild = _guild(ctx)
        was = await self._store.watched.remove(guild.id, channel.id)
        await ctx.answer(unwatched(channel.id, await self._without_gone(guild), was=was))

    @commands.hybrid_command(description="How sure I must be before I name a channel (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(sure="Per cent from 1 to 99, or auto; leave it out to see how it is")
    @commands.guild_only()
    @commands.check(admins_only)
    async def threshold(self, ctx: Context, *, sure: str | None = None) -> None:
        """Set how sure the bot must be before it names a channel, or leave that to the model."""
        guild = _guild(ctx)
        if sure is not None:
            await self._store.servers.set_threshold(guild.id, share_of(sure))
        await ctx.answer(threshold((await self._store.servers.get(guild.id)).threshold, self._prefix))

    @threshold.autocomplete("sure")
    async def _choices(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        usual = ("auto", "50%", "70%", "80%", "90%", "95%")
        return [app_commands.Choice(name=it, value=it) for it in usual if it.startswith(typed.casefold().strip())]

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Keep what is left of a server that is back."""
        await self._store.servers.joined(guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Remember when the bot was sent away."""
        await self._store.servers.left(guild.id)

    @tasks.loop(hours=24)
    async def _daily(self) -> None:
        await self.tidy()

    @_daily.before_loop
    async def _once_ready(self) -> None:
        await self._bot.wait_until_ready()

    async def tidy(self) -> None:
        """Catch up on who came and went while the bot was away; delete all of servers that it left 30 days ago."""
        try:
            await self._store.servers.there(lambda: {guild.id for guild in self._bot.guilds})
            expired = await self._store.servers.expired()
        except StoreError as error:
            log.warning("which servers are gone could not be looked up: %s", error)
            return
        for server in expired:
            try:
                await self._engine.forget(server)
                # Last, for these rows tell who is to be forgotten: what fails or is cut short is done the next day.
                await self._store.servers.purge(server)
            except (ThumbprintError, OSError) as error:
                log.warning("what is kept of server %s could not all be deleted: %s", server, error)
            else:
                log.info("all that was kept of server %s is deleted", server)

    async def _without_gone(self, guild: discord.Guild) -> frozenset[int]:
        """The watched channels that still exist; the others are forgotten, for nobody could name them to unwatch."""
        watched = await self._store.watched.of(guild.id)
        gone = {channel for channel in watched if guild.get_channel(channel) is None}
        for channel in gone:
            await self._store.watched.remove(guild.id, channel)
        return watched - gone


def share_of(text: str) -> float | None:
    """Read "80", "80 %" or "auto" as a share in [0, 1], or None. Raises ThresholdError."""
    words = text.strip().casefold()
    if words == "auto":
        return None
    match = _PERCENT.fullmatch(words)
    if match is None or not 1 <= int(match[1]) <= 99:
        raise ThresholdError("Tell me per cent from 1 to 99, such as `80`, or `auto`.")
    return int(match[1]) / 100


def _guild(ctx: Context) -> discord.Guild:
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    return ctx.guild
