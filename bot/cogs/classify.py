"""Whose thumbnail is this? Posted images, and the command `classify` with a link, an attachment or as a reply."""

import asyncio
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.context import Context
from bot.intake import Source, attached
from bot.replies.answers import Answer, answers
from bot.replies.message import Reply
from bot.replies.words import plain
from bot.services import Services
from classifier.errors import PictureError, ThumbprintError
from classifier.plot import confidence_plot

MOST_PICTURES = 4
"""Pictures answered in one message."""
AT_ONCE = 16
"""Pictures in work at any time; the rest wait their turn."""


class Classify(commands.Cog):
    """Answers pictures."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._engine = services.engine
        self._intake = services.intake
        self._drawing = services.drawing
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._in_flight = services.in_flight

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer the images of a message that is no command, wherever the bot can write."""
        if message.author.bot or not (sources := attached(message.attachments)):
            return
        ctx = await self._bot.get_context(message, cls=Context)
        if not ctx.valid and ctx.bot_permissions.send_messages:
            await self._answer(ctx, sources)

    @commands.hybrid_command(description="Say which YouTube channel a thumbnail comes from")  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(link="Link to a YouTube video", picture="A picture to look at")
    @commands.cooldown(5, 10, commands.BucketType.user)
    async def classify(
        self, ctx: Context, *, link: str | None = None, picture: discord.Attachment | None = None
    ) -> None:
        """Classify a video's thumbnail, an attached picture, or the message that this one replies to."""
        # The message's attachments are those of either door, where `picture` is but one.
        attachments = ctx.message.attachments
        sources = attached(attachments)
        if link:
            sources = (self._intake.link(link), *sources)
        if attachments and not sources:
            raise PictureError("That file is no picture. Send a JPEG, PNG, WebP or GIF.")
        await self._answer(ctx, sources or await self._replied_to(ctx))

    async def _replied_to(self, ctx: Context) -> tuple[Source, ...]:
        reference = ctx.message.reference
        if reference is None or reference.message_id is None:
            raise PictureError("Give me a YouTube link or a picture, or reply to a message that has one.")
        message = reference.resolved
        if not isinstance(message, discord.Message):
            try:
                message = await ctx.channel.fetch_message(reference.message_id)
            except discord.NotFound as error:
                raise PictureError("The message that you replied to is gone. Send me the picture itself.") from error
        sources = self._intake.message(message)
        if not sources:
            raise PictureError("I see no picture and no YouTube link in that message. Send me one of the two.")
        return sources

    async def _answer(self, ctx: Context, sources: Sequence[Source]) -> None:
        ctx.require("embed_links", "attach_files")
        with self._in_flight.work():
            async with ctx.typing():
                reply = await self._look(ctx.guild.id if ctx.guild else None, sources)
            await ctx.answer(reply)

    async def _look(self, server: int | None, sources: Sequence[Source]) -> Reply:
        shown = sources[:MOST_PICTURES]
        outcomes = await asyncio.gather(*(self._look_at(server, source) for source in shown))
        given = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
        failed = [
            (source, outcome)
            for source, outcome in zip(shown, outcomes, strict=True)
            if isinstance(outcome, ThumbprintError)
        ]
        if not given:
            raise failed[0][1]
        notes = [f"{plain(source.name)}: {error}" for source, error in failed]
        if len(sources) > MOST_PICTURES:
            notes.append(f"I look at {MOST_PICTURES} pictures a message; {len(sources) - MOST_PICTURES} were left out.")
        return answers(given, notes)

    async def _look_at(self, server: int | None, source: Source) -> Answer | ThumbprintError:
        try:
            async with self._turn:
                picture = await self._intake.fetch(source)
                prediction = await self._engine.classify(server, picture.content)
                loop = asyncio.get_running_loop()
                return Answer(
                    source, prediction, await loop.run_in_executor(self._drawing, confidence_plot, prediction)
                )
        except ThumbprintError as error:
            return error
