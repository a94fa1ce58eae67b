"""`guess`, `leaderboard`, `daily`: the guessing game, people against the bot."""

import logging
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal

import discord
from discord import app_commands
from discord.ext import commands, tasks

from bot.context import Context
from bot.delivery import deliver
from bot.errors import explain
from bot.game import Game
from bot.language_choice import speak_in
from bot.languages import ENGLISH, gettext_noop, in_language
from bot.replies import actions
from bot.replies.daily import daily, daily_off, daily_on
from bot.replies.leaderboard import leaderboard
from bot.replies.message import Reply
from bot.rights import admins_only
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.game_values import DailyRound
from bot.views.game import GuessButton

log = logging.getLogger(__name__)

_NEEDED: Final = ("view_channel", "send_messages", "embed_links", "attach_files")
"""The permissions that a round needs, by Discord's names for code."""


class GuessingGame(commands.Cog):
    """Plays rounds, when somebody asks and once a day, and shows the standings."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._store = services.store
        self._shards = services.group.shards
        self.game = Game(
            services,
            lambda channel, message: _place(bot, channel).get_partial_message(message),
            speak=lambda server: speak_in(bot.get_guild(server), services.store.servers),
        )

    async def cog_load(self) -> None:
        """Register the buttons, and go on with the rounds that a restart interrupted, before any new one starts."""
        self._bot.add_dynamic_items(GuessButton)
        await self.game.resume(await self._store.game.running(self._shards))
        self._every_minute.start()

    async def cog_unload(self) -> None:
        """Leave the running rounds to the next start."""
        self._every_minute.cancel()
        self.game.stop()

    @commands.hybrid_command(  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
        description=gettext_noop("Guess which channel a thumbnail is from, against me and everybody here")
    )
    @commands.guild_only()
    async def guess(self, ctx: Context) -> None:
        """Play a round in this channel."""
        ctx.require(*_NEEDED)
        self.game.check(ctx.channel.id)

        async def show(reply: Reply, view: discord.ui.View) -> discord.Message:
            return await ctx.answer(reply, view=view)

        async with ctx.typing():
            await self.game.play(ctx.own_guild.id, ctx.channel.id, show)

    @commands.hybrid_command(description=gettext_noop("Who is best at guessing channels in this server"))  # type: ignore[arg-type]
    @app_commands.describe(when=gettext_noop("week: this week; all: since the first round"))
    @commands.guild_only()
    async def leaderboard(self, ctx: Context, when: Literal["week", "all"] = "week") -> None:
        """Show the standings of this week or of all time."""
        since = _monday() if when == "week" else None
        board = await self._store.game.leaderboard(ctx.own_guild.id, ctx.author.id, since=since)
        await ctx.answer(leaderboard(board, week=when == "week"))

    @commands.hybrid_group(  # type: ignore[arg-type]
        fallback="show", description=gettext_noop("Show when I post the daily round (server admins)")
    )
    @commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @commands.check(admins_only)
    async def daily(self, ctx: Context) -> None:
        """Show whether, where and when the daily round is posted."""
        await ctx.answer(daily(await self._store.daily.get(ctx.own_guild.id)))

    @daily.command(description=gettext_noop("Post a round of the guessing game every day (server admins)"))  # type: ignore[arg-type]
    @app_commands.describe(
        channel=gettext_noop("Where to post it"), hour=gettext_noop("At which hour, from 0 to 23, in UTC")
    )
    @commands.guild_only()
    @commands.check(admins_only)
    async def on(self, ctx: Context, channel: discord.TextChannel, hour: commands.Range[int, 0, 23]) -> None:
        """Turn the daily round on, or change its channel or hour."""
        guild = ctx.own_guild
        await self._store.daily.turn_on(guild.id, channel.id, hour)
        granted = channel.permissions_for(guild.me)
        missing = [it for it in _NEEDED if not getattr(granted, it)]
        await ctx.answer(daily_on(channel.id, hour, missing=missing))
        await ctx.record(actions.daily_on(ctx.author.id, channel.id, hour))

    @daily.command(description=gettext_noop("Stop posting the daily round (server admins)"))  # type: ignore[arg-type]
    @commands.guild_only()
    @commands.check(admins_only)
    async def off(self, ctx: Context) -> None:
        """Turn the daily round off."""
        was = await self._store.daily.turn_off(ctx.own_guild.id)
        await ctx.answer(daily_off(was=was))
        if was:
            await ctx.record(actions.daily_off(ctx.author.id))

    async def post_daily_rounds(self) -> None:
        """Post the daily rounds that are due, each once."""
        for due in await self._store.daily.claim(self._shards):
            await speak_in(self._bot.get_guild(due.server), self._store.servers)
            try:
                await self._post(due)
            except Exception as error:  # noqa: BLE001 - one server's failure is no reason to skip the others
                with in_language(ENGLISH):
                    log.warning("the daily round of server %d could not be posted: %s", due.server, explain(error))

    async def _post(self, due: DailyRound) -> None:
        async def show(reply: Reply, view: discord.ui.View) -> discord.Message:
            message: discord.Message = await deliver(_place(self._bot, due.channel).send, reply, view=view)
            return message

        await self.game.play(due.server, due.channel, show, daily=True)

    @tasks.loop(minutes=1)
    async def _every_minute(self) -> None:
        try:
            await self.post_daily_rounds()
        except StoreError as error:
            log.error("%s", error)  # noqa: TRY400 - the sentence says it all

    @_every_minute.before_loop
    async def _once_ready(self) -> None:
        await self._bot.wait_until_ready()


def _place(bot: commands.AutoShardedBot, channel: int) -> discord.PartialMessageable:
    return bot.get_partial_messageable(channel)


def _monday() -> datetime:
    """When this week began, in UTC."""
    today = datetime.now(UTC).date()
    return datetime.combine(today - timedelta(days=today.weekday()), time(), UTC)
