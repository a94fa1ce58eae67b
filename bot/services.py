"""Services: what all cogs and views share."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import ParamSpec, TypeVar

from bot.admin_log import AdminLog
from bot.guarded import GuardedCommands
from bot.in_flight import InFlight
from bot.intake import Intake
from bot.metrics import Metrics
from bot.replies.commands import CommandMentions
from bot.settings import Settings
from bot.store.store import Store
from classifier.engine import Engine

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Open as long as the bot is; `drawing` runs whatever draws, `in_flight` is what a shutdown lets finish."""

    settings: Settings
    engine: Engine
    store: Store
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


def make_engine(settings: Settings) -> Engine:
    """The engine that the settings describe."""
    return Engine(
        settings.data_dir,
        settings.youtube,
        network=settings.network,
        thumbnails_per_channel=settings.thumbnails_per_channel,
        feature_bytes=settings.feature_bytes,
    )
