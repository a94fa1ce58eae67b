"""`classify`, the message menu and posted pictures: which channel is this?"""

import logging
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from datetime import timedelta
from typing import Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.classification import Classification, DroppedError
from bot.context import Context, everywhere
from bot.errors import answer_message
from bot.language_choice import speak_to
from bot.languages import gettext as _
from bot.languages import gettext_noop, sentence
from bot.metrics import Reading
from bot.missed import Missed
from bot.replies.answers import answers, words_of_plot
from bot.replies.words import plain
from bot.seen import SeenMessages
from bot.services import Services
from bot.sources import Source, attached
from bot.store.values import UnknownPictures
from bot.values import Answer
from bot.views.answers import PictureMenu, answer_view
from bot.views.feedback import ChannelMenu, Right, Wrong
from bot.views.why import Why
from bot.watching import Watching, is_watched
from classifier.drawing.confidence import confidence_plot
from classifier.errors import ClosingError, PictureError, ThumbprintError, VerticalPictureError

log = logging.getLogger(__name__)

MAX_PICTURES: Final = 4
"""Pictures answered per message."""
JUST_POSTED: Final = timedelta(minutes=1)
MENU: Final = gettext_noop("Which channel is this?")

UNKNOWN_MARK: Final = "❔"
"""The reaction to unknown pictures."""

_NOTHING_FOUND: Final = "I can't find a picture or a YouTube link in that message."


class Classify(commands.Cog):
    """Answers pictures."""

    def __init__(self, bot: commands.AutoShardedBot, services: Services) -> None:
        self._bot = bot
        self._intake = services.intake
        self._watching = Watching(services)
        self._servers = services.store.servers
        self._draw = services.draw
        self._in_flight = services.in_flight
        self._group = services.group
        self._metrics = services.metrics
        self._classification = Classification(services)
        self._metrics.add(
            Reading(
                "thumbprint_pictures_dropped",
                "Pictures without an answer, because one person had too many waiting.",
                "counter",
                lambda: self._classification.dropped,
            )
        )
        self._missed = Missed(services)
        self._answered = SeenMessages()
        self._menu = app_commands.ContextMenu(
            name=MENU,
            callback=self._which,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
        )

    async def cog_load(self) -> None:
        """Register the buttons, also those sent before a restart, and the message menu."""
        self._bot.add_dynamic_items(PictureMenu, Right, Wrong, ChannelMenu, Why)
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Unregister the message menu."""
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer the pictures of a message that is not a command, if its channel is watched and the bot can write."""
        self._in_flight.follow()
        self._missed.saw(message)
        if message.author.bot or not (sources := self._intake.posted(message, self._me)):
            return
        ctx = await self._bot.get_context(message, cls=Context)
        if ctx.valid or ctx.lacks("send_messages"):
            return
        await speak_to(message, self._servers)
        try:
            with self._in_flight.work():
                if await self._is_mine(message):
                    await self._answer(ctx, sources, unknown=await self._unknown_pictures(message))
        except Exception as error:  # noqa: BLE001 - discord.py would only log it
            if isinstance(error, ClosingError) and self._group.shared and message.guild:
                log.info("left to the process that serves these shards next")
            else:
                await answer_message(ctx, error)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, edit: discord.RawMessageUpdateEvent) -> None:
        """Answer the picture of a link: Discord adds it to the message some moments later, as an edit."""
        if edit.message.created_at > discord.utils.utcnow() - JUST_POSTED:
            await self.on_message(edit.message)

    @commands.Cog.listener()
    async def on_shard_connect(self, shard: int) -> None:
        """Note a new session."""
        self._missed.begin(shard)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Answer the pictures that were posted while the server was out of reach."""
        with self._in_flight.work():
            async for message in self._missed.messages(guild):
                ctx = await self._bot.get_context(message, cls=Context)
                # Any other command may have been repeated meanwhile, and may change something.
                if not ctx.valid or ctx.command is self.classify:
                    self._bot.dispatch("message", message)

    async def _is_mine(self, message: discord.Message) -> bool:
        """Whether to answer the pictures of a message: in a watched channel, once, and by no other process."""
        return (
            await self._is_watched(message) and self._answered.add(message.id) and await self._group.claim(message.id)
        )

    async def _is_watched(self, message: discord.Message) -> bool:
        """Whether pictures in that channel are answered; threads follow their channel."""
        if message.guild is None:
            return True
        return is_watched(await self._watching.last_known(message.guild.id), message.channel)

    async def _unknown_pictures(self, message: discord.Message) -> UnknownPictures:
        """What to do with the pictures of a posted message if they are unknown; who mentions the bot is answered."""
        if message.guild is None or self._bot.user in message.mentions:
            return UnknownPictures.ANSWER
        return (await self._servers.last_known.get(message.guild.id)).unknown_pictures

    @commands.hybrid_command(description=gettext_noop("Find out which YouTube channel a thumbnail comes from"))  # type: ignore[arg-type]  # mypy can not solve discord.py's union of callbacks
    @app_commands.describe(link=gettext_noop("Link to a YouTube video"), picture=gettext_noop("A picture to classify"))
    @commands.cooldown(5, 10, commands.BucketType.user)
    @everywhere
    async def classify(
        self, ctx: Context, *, link: str | None = None, picture: discord.Attachment | None = None
    ) -> None:
        """Classify a video's thumbnail, an attached picture, or the message that this one replies to."""
        # ctx.message has the attachments of text and slash commands alike; `picture` is only one of them.
        attachments = ctx.message.attachments
        sources = attached(attachments)
        if link:
            sources = (*sources, self._intake.link(link))  # last, so that attachments keep their places
        if attachments and not sources:
            raise PictureError("That file isn't a supported image. Send a JPEG, PNG, WebP or GIF.")
        await self._answer(ctx, sources or await self._replied_to(ctx))

    async def _which(self, interaction: discord.Interaction[commands.AutoShardedBot], message: discord.Message) -> None:
        """Classify the pictures of a message, chosen from its menu; needs no Message Content intent."""
        ctx = await self._bot.get_context(interaction, cls=Context)
        sources = self._intake.message(message, self._me)
        if not sources:
            raise PictureError(_NOTHING_FOUND)
        await self._answer(ctx, sources)

    @property
    def _me(self) -> int | None:
        return self._bot.user.id if self._bot.user else None

    async def _replied_to(self, ctx: Context) -> tuple[Source, ...]:
        reference = ctx.message.reference
        if reference is None or reference.message_id is None:
            raise PictureError("Send a YouTube link or a picture, or reply to a message that has one.")
        message = reference.resolved
        if not isinstance(message, discord.Message):
            try:
                message = await ctx.channel.fetch_message(reference.message_id)
            except discord.NotFound as error:
                raise PictureError("The message you replied to is gone. Send the picture itself.") from error
        sources = self._intake.message(message, self._me)
        if not sources:
            raise PictureError(_NOTHING_FOUND)
        return sources

    async def _answer(
        self, ctx: Context, sources: Sequence[Source], *, unknown: UnknownPictures = UnknownPictures.ANSWER
    ) -> None:
        """Answer pictures when it is their author's turn; who posts too many is warned once."""
        if ctx.interaction:  # it must be acknowledged within 3 seconds, and nobody can send many
            with self._metrics.answering():
                await self._answer_now(ctx, sources)
            return
        with suppress(DroppedError), self._in_flight.work(), self._metrics.answering():
            async with self._classification.turn(ctx.server, ctx.author.id, min(len(sources), MAX_PICTURES)):
                await self._answer_now(ctx, sources, unknown)

    async def _answer_now(
        self, ctx: Context, sources: Sequence[Source], unknown: UnknownPictures = UnknownPictures.ANSWER
    ) -> None:
        ctx.require("embed_links", "attach_files")
        log.debug("looking at %d of %d pictures", min(len(sources), MAX_PICTURES), len(sources))
        with self._in_flight.work():
            # Nobody is promised an answer that may not come.
            async with ctx.typing() if unknown is UnknownPictures.ANSWER else nullcontext():
                shown = tuple(sources[:MAX_PICTURES])
                given, failed = await self._classification.several(ctx.server, ctx.author.id, shown)
                if unknown is not UnknownPictures.ANSWER and _is_all_unknown(given, failed):
                    await self._pass_over(ctx, unknown)
                    return
                if not given:
                    raise failed[0][1]
                plotted = [answer for answer in given if answer.prediction.exact is None]
                numbers = [answer.number for answer in plotted] if len(given) > 1 else ()
                plot = None
                if plotted:
                    predictions = [answer.prediction for answer in plotted]
                    plot = await self._draw(confidence_plot, *predictions, numbers=numbers, words=words_of_plot())
            notes = [f"{plain(source.name)}: {sentence(error)}" for source, error in failed]
            if len(sources) > MAX_PICTURES:
                notes.append(
                    _(
                        "I look at up to {limit} pictures per message; I skipped {skipped}.",
                        limit=MAX_PICTURES,
                        skipped=len(sources) - MAX_PICTURES,
                    )
                )
            # Beside a message its picture is visible; beside an interaction it is not. There is room for one.
            # What its author hides stays hidden.
            sources_unseen = [answer.source for answer in given if ctx.interaction and not answer.source.video_id]
            unseen = [source.url for source in sources_unseen if not source.spoiler]
            reply = answers(given, plot, notes, picture=unseen[0] if len(unseen) == 1 else None)
            with self._in_flight.delivery():
                await ctx.answer(reply, view=answer_view(given), once=True)
            log.info("answered %d of %d pictures", len(given), len(sources), extra={"server": ctx.server})

    async def _pass_over(self, ctx: Context, unknown: UnknownPictures) -> None:
        """React to a message with unknown pictures, or do nothing at all."""
        if unknown is UnknownPictures.REACT:
            ctx.require("add_reactions", "read_message_history")
            with self._in_flight.delivery():
                await ctx.message.add_reaction(UNKNOWN_MARK)
        log.info("passed over unknown pictures", extra={"server": ctx.server})


def _is_all_unknown(given: Sequence[Answer], failed: Sequence[tuple[Source, ThumbprintError]]) -> bool:
    """Whether pictures are from none of the known channels; vertical ones never are from one."""
    vertical = all(isinstance(error, VerticalPictureError) for _, error in failed)
    return vertical and all(answer.unknown for answer in given)
