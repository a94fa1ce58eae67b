"""Which YouTube channels a server's model is to know: `channels`, `channels add`, `channels remove`."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import discord
from discord import app_commands, ui
from discord.ext import commands

from bot.context import Context
from bot.replies.channels import added, channels_page, compared, removed, there
from bot.replies.message import Reply
from bot.replies.words import line
from bot.rights import admins_only
from bot.services import Services
from bot.views.buttons import NUMBER, services, view_of
from bot.views.pages import PageButton, nearest, pages_of, turner
from classifier.errors import LinkError, ThumbprintError
from classifier.links import channel_ref
from classifier.values import Channel

PER_PAGE: Final = 10
MOST: Final = 50
"""Channels of one server: a training fetches and reads hundreds of pictures of each."""
MOST_CHOICES: Final = 25


class ListError(ThumbprintError):
    """A channel that can't be put on a list, or is not there."""


class ChannelsPage(PageButton, template=rf"channels:{NUMBER}"):
    """Turns to a page of the channels."""

    name = "channels"

    async def turned(self, interaction: discord.Interaction[Any]) -> tuple[Reply, ui.View | None]:
        """Everybody may look."""
        return await _page(services(interaction), interaction.guild_id, self.number)


class Channels(commands.Cog):
    """Keeps each server's list of channels; the first change of a server begins its list as the default one."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._list = services.store.channels
        self._prefix = services.settings.prefix

    async def cog_load(self) -> None:
        """Let the pages turn."""
        self._bot.add_dynamic_items(ChannelsPage)

    @commands.hybrid_group(fallback="list", description="Which YouTube channels I am to tell apart here")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    async def channels(self, ctx: Context) -> None:
        """Show the channels that this server's model is to know, and which of them it knows already."""
        reply, view = await _page(self._services, ctx.guild.id if ctx.guild else None, 1)
        await ctx.answer(reply, view=view)

    @channels.command(description="Add a YouTube channel that I am to learn (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="Its @handle, its id, or a link to it")
    @commands.guild_only()
    @commands.check(admins_only)
    @commands.cooldown(5, 30, commands.BucketType.guild)
    async def add(self, ctx: Context, *, channel: str) -> None:
        """Look a channel up at YouTube and add it to this server's list."""
        async with ctx.typing():
            server = _server(ctx)
            listed, copied = await self._begun(server)
            found = await self._services.facts.channel(channel)
            if new := all(found.id != it.id for it in listed):
                if len(listed) >= MOST:
                    raise ListError(f"I tell {MOST} channels apart at most. Remove one first.")
                for it in (*copied, found):
                    await self._list.add(server, it, ctx.author.id)
        reply = added(found, len(listed) + 1, self._prefix, copied=len(copied)) if new else there(found)
        await ctx.answer(reply)

    @channels.command(description="Remove a YouTube channel from this server's list (server admins)")  # type: ignore[arg-type]
    @app_commands.describe(channel="One of this server's channels")
    @commands.guild_only()
    @commands.check(admins_only)
    @commands.cooldown(5, 30, commands.BucketType.guild)
    async def remove(self, ctx: Context, *, channel: str) -> None:
        """Take a channel off this server's list."""
        async with ctx.typing():
            server = _server(ctx)
            listed, copied = await self._begun(server)
            gone = _chosen(channel, listed)
            left = [it for it in listed if it != gone]
            for it in left if copied else ():
                await self._list.add(server, it, ctx.author.id)
            await self._list.remove(server, gone.id or "")
        await ctx.answer(removed(gone, len(left), self._prefix, copied=len(left) if copied else 0))

    @remove.autocomplete("channel")
    async def _choices(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        listed, _ = await _listed(self._services, interaction.guild_id)
        return [
            app_commands.Choice(name=line(channel.title, 100), value=channel.id or channel.title)
            for channel in listed
            if typed.casefold() in f"{channel.title} {channel.handle or ''}".casefold()
        ][:MOST_CHOICES]

    async def _begun(self, server: int) -> tuple[Sequence[Channel], Sequence[Channel]]:
        """A server's channels, and those among them that come from the default list: all or none. Asks YouTube."""
        if mine := await self._list.of(server):
            return [it.channel for it in mine], ()
        default = [await self._services.facts.channel(name) for name in self._services.settings.channels]
        return default, default


def _server(ctx: Context) -> int:
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    return ctx.guild.id


def _chosen(text: str, listed: Sequence[Channel]) -> Channel:
    """The channel that a person means: by id, title, handle or link. Raises ListError."""
    words = {text.strip().casefold()}
    with suppress(LinkError):
        words.add(str(channel_ref(text)).casefold())
    for channel in listed:
        if words & {name.casefold() for name in (channel.id, channel.title, channel.handle) if name}:
            return channel
    raise ListError("That channel is not on this server's list. Look at it with the command channels.")


async def _listed(shared: Services, server: int | None) -> tuple[Sequence[Channel], bool]:
    """The channels that a server's model is to know, and whether the list is its own. Asks nobody but the store."""
    mine = await shared.store.channels.of(server) if server is not None else ()
    if mine:
        return [it.channel for it in mine], True
    model = shared.engine.info(None)
    return [_default(name, model.channels if model else ()) for name in shared.settings.channels], False


def _default(name: str, known: Sequence[Channel]) -> Channel:
    """A channel of the settings, under its title where the default model knows it."""
    try:
        return _chosen(name, known)
    except ListError:
        return Channel(name, name)


async def _page(shared: Services, server: int | None, page: int) -> tuple[Reply, ui.View | None]:
    channels, own = await _listed(shared, server)
    model = shared.engine.info(server)
    pages = pages_of(len(channels), PER_PAGE)
    page = nearest(page, pages)
    listed = compared(channels, model.channels if model else (), own=own)
    reply = channels_page(listed, shared.settings.prefix, page=page, size=PER_PAGE)
    return reply, view_of(turner(ChannelsPage, page, pages))
