"""`compare`: how typical a picture is of a channel."""

import logging
from contextlib import suppress
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.channel_lists import find_channel
from bot.context import Context
from bot.limits import CHOICE_LENGTH, CHOICES
from bot.replies.compare import comparison
from bot.replies.words import line
from bot.services import Services
from bot.sources import Source, attached
from classifier.errors import LinkError, PictureError, ThumbprintError
from classifier.values import Channel

log = logging.getLogger(__name__)


class UnknownToModelError(ThumbprintError):
    """A channel that the server's model does not know."""


class Compare(commands.Cog):
    """Compares pictures, such as drafts of thumbnails, with a channel."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        del bot
        self._engine = services.engine
        self._intake = services.intake
        self._in_flight = services.in_flight

    @commands.hybrid_command(description="See how typical a picture is of one of my channels")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(
        channel="One of the channels I recognise here",
        picture="A picture to compare, such as a draft of a thumbnail",
        link="Link to a YouTube video, to compare its thumbnail",
    )
    @commands.cooldown(5, 10, commands.BucketType.user)
    async def compare(
        self, ctx: Context, *, channel: str, picture: discord.Attachment | None = None, link: str | None = None
    ) -> None:
        """Compare an attached picture, or a video's thumbnail, with a channel."""
        if ctx.interaction is None:
            channel, link = self._split(channel)
        del picture  # ctx.message has the attachments of text and slash commands alike
        ctx.require("embed_links", "attach_files")
        wanted, source = self._channel(ctx.server, channel), self._source(ctx, link)
        with self._in_flight.work():
            async with ctx.typing():
                content = (await self._intake.fetch(source)).content
                found = await self._engine.compare(ctx.server, content, wanted.label)
            unseen = source.url if ctx.interaction and not source.video_id and not source.spoiler else None
            with self._in_flight.delivery():
                await ctx.answer(comparison(found, picture=unseen))
            log.info("compared a picture with a channel", extra={"server": ctx.server})

    @compare.autocomplete("channel")
    async def _choices(self, interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=line(channel.title, CHOICE_LENGTH), value=channel.id or channel.title)
            for channel in self._engine.channels(interaction.guild_id)
            if typed.casefold() in f"{channel.title} {channel.handle or ''}".casefold()
        ][:CHOICES]

    def _channel(self, server: int | None, name: str) -> Channel:
        """A channel of the server's model. Raises UnknownToModelError."""
        channel = find_channel(name, self._engine.channels(server))
        if channel is None:
            raise UnknownToModelError("I haven't learned that channel. See `/channels` for those that I know.")
        return channel

    def _source(self, ctx: Context, link: str | None) -> Source:
        """The picture to compare. Raises PictureError, LinkError."""
        attachments = ctx.message.attachments
        if found := attached(attachments):
            return found[0]
        if attachments:
            raise PictureError("That file isn't a supported image. Send a JPEG, PNG, WebP or GIF.")
        if not link:
            raise PictureError("Attach a picture, or add a link to a YouTube video.")
        return self._intake.link(link)

    def _split(self, text: str) -> tuple[str, str | None]:
        """A channel and perhaps a link to a video, in any order, from the text of a command."""
        for word in text.split():
            with suppress(LinkError):
                self._intake.link(word)
                return " ".join(text.replace(word, " ", 1).split()), word
        return text, None
