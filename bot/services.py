"""Services: what all cogs and views share."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from bot.admin_log import AdminLog
from bot.group import Group, WholeBot
from bot.guarded import GuardedCommands
from bot.in_flight import InFlight
from bot.intake import Intake
from bot.metrics import Metrics
from bot.replies.commands import CommandMentions
from bot.settings import Settings
from bot.store.store import Store
from classifier.engine import Engine
from classifier.serving.library import Library

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Open as long as the bot is; `drawing` runs whatever draws, `in_flight` is what a shutdown lets finish."""

    settings: Settings
    engine: Engine
    store: Store
    group: Group
    intake: Intake
    drawing: Executor
    in_flight: InFlight
    mentions: CommandMentions
    guarded: GuardedCommands
    admin_log: AdminLog
    metrics: Metrics

    async def draw(self, figure: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Draw a figure in a thread that is free, in the current language."""
        drawn = partial(copy_context().run, figure, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.drawing, drawn)


def make_services(settings: Settings, engine: Engine, store: Store, group: Group) -> Services:
    """The services of one process, still closed."""
    return Services(
        settings=settings,
        engine=engine,
        store=store,
        group=group,
        intake=Intake(settings),
        drawing=ThreadPoolExecutor(max_workers=2, thread_name_prefix="drawing"),
        in_flight=InFlight(),
        mentions=CommandMentions(),
        guarded=GuardedCommands(),
        admin_log=AdminLog(store.servers),
        metrics=Metrics(),
    )


def make_engine(settings: Settings, library: Library | None = None) -> Engine:
    """The engine that the settings describe; `library` says which models there are, by default the data folder."""
    return Engine(
        settings.data_dir,
        settings.youtube,
        network=settings.network,
        thumbnails_per_channel=settings.thumbnails_per_channel,
        feature_bytes=settings.feature_bytes,
        library=library,
    )


def make_group(settings: Settings, store: Store, expire: Callable[[], None]) -> Group:
    """The group that the settings ask for; `expire` is called in a thread if the process has to end at once."""
    if not settings.shards_per_process:
        return WholeBot(settings)
    from bot.cluster.leased_group import LeasedGroup  # noqa: PLC0415 - only a cluster needs it

    return LeasedGroup(settings, store.cluster, expire)
