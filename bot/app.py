"""Thumbprint, the bot: wires settings, engine and cogs; starts and stops them in order."""

import asyncio
import gc
import logging
import math
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, nullcontext, suppress
from typing import TYPE_CHECKING, Any, Final, cast

import discord
from discord import app_commands
from discord.ext import commands, tasks
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot import languages
from bot.cogs.admins import Admins
from bot.cogs.channels import Channels
from bot.cogs.classify import Classify
from bot.cogs.compare import Compare
from bot.cogs.game import GuessingGame
from bot.cogs.help import Help
from bot.cogs.models import Models
from bot.cogs.operations import Operations
from bot.cogs.privacy import Privacy
from bot.cogs.review import Review
from bot.cogs.servers import Servers
from bot.cogs.setup import Setup
from bot.cogs.statistics import Statistics
from bot.cogs.training import Training
from bot.command_offer import offer_commands
from bot.context import Context
from bot.errors import answer_interaction, answer_message, explain
from bot.faults import Fate, fate, in_short
from bot.gateway import ResumingBot
from bot.heartbeat import BEAT_SECONDS, PROBE_SECONDS, beat
from bot.jobs.local import LocalJobs
from bot.language_choice import speak_to
from bot.languages import ENGLISH, in_language
from bot.logs import begin_work, work
from bot.missed import MARGIN
from bot.retraining import Retraining
from bot.services import Services, make_group, make_services
from bot.settings import DiscordSettings, Settings
from bot.store.errors import StoreError
from bot.store.store import Store
from bot.trainings import Trainings
from classifier.engine import Engine
from classifier.errors import ClosingError

if TYPE_CHECKING:
    from bot.cluster.process import ClusterProcess

log = logging.getLogger(__name__)

FINISHING_SECONDS: Final = 6.0
"""How long a shutdown waits for work in flight."""
TELLING_SECONDS: Final = 2.0
"""How long it then has to tell everybody whose work is not done."""
LIMIT_SECONDS: Final = 60.0
"""How often a process asks whether Discord lets its shards begin new sessions again."""


COGS: Final = (
    Classify,
    Compare,
    Training,
    Models,
    Channels,
    Servers,
    Admins,
    Setup,
    Review,
    GuessingGame,
    Statistics,
    Privacy,
    Help,
)


class Tree(app_commands.CommandTree[commands.AutoShardedBot]):
    """The slash commands, and the errors that no command handles itself."""

    async def interaction_check(self, interaction: discord.Interaction[commands.AutoShardedBot], /) -> bool:
        """Allow every command until a shutdown; what its task logs from here on has the interaction's id."""
        begin_work(interaction.id)
        services: Services = interaction.client.services  # type: ignore[attr-defined]  # every bot of ours has them
        in_flight = services.in_flight
        in_flight.follow()
        await speak_to(interaction, services.store.servers)
        if in_flight.closing and interaction.type is not discord.InteractionType.autocomplete:
            await answer_interaction(interaction, ClosingError("The program is shutting down."))
        return not in_flight.closing

    async def on_error(
        self, interaction: discord.Interaction[commands.AutoShardedBot], error: app_commands.AppCommandError
    ) -> None:
        """Report the error to the user."""
        await answer_interaction(interaction, error)


class Thumbprint(ResumingBot):
    """The bot. Closing it closes all its services, including the engine.

    `expire` ends the process at once; it is called in a thread if another process may serve the same shards now.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        store: Store | None = None,
        expire: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned_or(settings.prefix),
            strip_after_prefix=True,
            case_insensitive=True,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=settings.message_content
            ),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),  # but see `context.everywhere`
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        store = store or Store(settings.database)
        self.services = make_services(settings, engine, store, make_group(settings, store, expire))
        self._trainings = Trainings(self, self.services)
        self._cluster = _cluster_process(self.services, self._trainings) if settings.jobs == "queue" else None
        jobs = LocalJobs(self._trainings.perform) if self._cluster is None else self._cluster.jobs
        self.retraining = Retraining(self.services, jobs, elsewhere=self._cluster is not None)
        self._opened = AsyncExitStack()
        self._was_ready = False

    async def setup_hook(self) -> None:
        """Start everything after the login and before the gateway connects: nobody waits for an answer yet."""
        await super().setup_hook()
        await self.is_owner(cast("discord.User", self.user))  # so that discord.py need not ask Discord later
        await asyncio.to_thread(languages.load)
        services = self.services
        await services.store.open()
        self._opened.push_async_callback(services.store.close)
        await services.engine.start()
        if self._cluster is not None:
            await self._opened.enter_async_context(self._cluster)
        await self._opened.enter_async_context(services.intake)
        await self.add_cog(Operations(self, services))
        self._beat.start()
        await self._join()
        await services.store.recall(services.group.shards)
        for cog in COGS:
            await self.add_cog(cog(self, services))
        await offer_commands(self, services)
        # Later collections, which stop the event loop, can skip everything that is imported by now.
        gc.collect()
        gc.freeze()

    async def _join(self) -> None:
        """Wait until there are shards to serve, and until Discord lets them begin their sessions."""
        recommended, _, starts = await self.http.get_bot_gateway()
        group = self.services.group
        self._opened.push_async_callback(group.leave)
        await group.join(recommended, starts["max_concurrency"])
        # If the number of shards is known, discord.py connects to the gateway of the settings.
        self.shard_count, self.shard_ids = group.shards.total, _rotated(group.shards.ids)
        while group.shared and (starts := (await self.http.get_bot_gateway())[2])["remaining"] < len(self.shard_ids):
            wait = min(starts["reset_after"] / 1000, LIMIT_SECONDS)
            log.error("Discord lets me start %d sessions now; I try again in %.0f s", starts["remaining"], wait)
            await asyncio.sleep(wait)

    async def connect(self, *, reconnect: bool = True) -> None:
        """Serve the shards until the bot is closed. Raises GroupLostError if another process may serve them."""
        async with self.services.group.guarded():
            await super().connect(reconnect=reconnect)

    async def before_connect_hook(self, shard_id: int) -> None:
        """Wait until a shard may soon identify."""
        await self.services.group.near_turn(shard_id)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a shard may identify; the processes of a cluster take turns."""
        if self.services.group.shared:
            await self.services.group.turn(shard_id or 0)
        else:
            await super().before_identify_hook(shard_id, initial=initial)

    async def close(self) -> None:
        """Take no more work, let what is in flight finish, tell whoever would wait longer, then close everything.

        Until the end, events arrive: whoever asks for something meanwhile gets an answer, too.
        """
        self._beat.cancel()
        self._trainings.stop()
        if self._cluster is not None:
            self._cluster.jobs.stop_following()
        if isinstance(training := self.get_cog(Training.__cog_name__), Training):
            training.stop()
        left = await self.services.in_flight.close(FINISHING_SECONDS, TELLING_SECONDS)
        if left:
            log.warning("%d answers were not finished before the end, and there was no time to say so", left)
        await self.services.engine.close()
        await super().close()
        await self._opened.aclose()
        self.services.drawing.shutdown(wait=False, cancel_futures=True)

    async def on_ready(self) -> None:
        """Log that the bot is connected; Discord can send this event many times."""
        self._was_ready = True
        log.info("ready as %s in %d servers", self.user, len(self.guilds))
        if not self.services.settings.message_content:
            log.info(
                "without the Message Content intent, only slash commands, messages that mention %s and direct messages "
                "are answered",
                self.user,
            )

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - any event's arguments
        """Start the listeners of an event; what they log about a message has its id."""
        with work(args[0].id) if event == "message" else nullcontext():
            super().dispatch(event, *args, **kwargs)

    async def get_context(self, origin: discord.Message | discord.Interaction[Any], /, *, cls: Any = Context) -> Any:  # noqa: ANN401 - as discord.py declares it
        """Every command gets our Context."""
        return await super().get_context(origin, cls=cls)

    async def invoke(self, ctx: Any, /) -> None:  # noqa: ANN401 - as discord.py declares it
        """Ignore text commands in channels where the bot can't write, because every request there would fail."""
        if ctx.lacks("send_messages"):
            return
        self.services.in_flight.follow()
        if ctx.valid and not ctx.interaction:
            await speak_to(ctx.message, self.services.store.servers)
        if ctx.valid and self.services.in_flight.closing:
            await answer_message(ctx, ClosingError("The program is shutting down."))
        else:
            await super().invoke(ctx)

    async def on_command_error(self, context: Any, exception: commands.CommandError, /) -> None:  # noqa: ANN401 - as discord.py declares it
        """Report the error to the user."""
        self.services.in_flight.follow()
        await answer_message(context, exception)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:  # noqa: ANN401 - any event's arguments
        """Log an error of a listener."""
        error = sys.exception()
        if error is not None and fate(error) is Fate.DROP:
            log.info("%s: %s", event_method, in_short(error))
        elif error is not None:
            with in_language(ENGLISH):
                log.error("%s: %s", event_method, explain(error))

    @tasks.loop(seconds=BEAT_SECONDS)
    async def _beat(self) -> None:
        group = self.services.group
        # A spare may wait for long, and so may the shards of a group for their turn: neither is ill.
        if (self.is_ready() and math.isfinite(self.latency)) or (group.shared and not self._was_ready):
            problem = await self._probe()
            if isinstance(operations := self.get_cog(Operations.__cog_name__), Operations):
                operations.problem = problem
            try:
                await asyncio.to_thread(beat, self.services.settings.data_dir, problem)
            except OSError as error:
                log.warning("health checks will fail, because the heartbeat can't be written: %s", error.strerror)
        # Not before a new session has had the time to answer what was missed: whoever comes next reads it again.
        if steady := self.steady_shards(MARGIN.total_seconds()):
            with suppress(StoreError):  # which has been logged; then whoever comes next reads more
                await group.beat(steady)

    async def _probe(self) -> str:
        """Have a picture answered; returns what is wrong, if anything."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await self.services.engine.probe()
        except TimeoutError:
            return f"The bot has not answered a picture for {PROBE_SECONDS} s."
        except Exception as error:
            log.exception("the bot can't answer pictures")
            return str(error) or type(error).__name__
        return ""


def _cluster_process(services: Services, trainings: Trainings) -> "ClusterProcess":
    from bot.cluster.process import ClusterProcess  # noqa: PLC0415 - needs packages that only a cluster has

    return ClusterProcess(services.settings, services.store, services.engine, trainings.perform)


def use_addresses(settings: DiscordSettings) -> None:
    """Make discord.py use the addresses of the settings, for all clients of this process."""
    Route.BASE = settings.api_url.rstrip("/")
    DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)


def _rotated(shards: Sequence[int]) -> list[int]:
    """The shards in an order in which the processes of a cluster don't all begin with the same bucket."""
    first = shards[0] // len(shards) % len(shards)
    return [*shards[first:], *shards[:first]]
