"""Services: what all cogs and views share."""

from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

from bot.admin_log import AdminLog
from bot.guarded import GuardedCommands
from bot.in_flight import InFlight
from bot.intake import Intake
from bot.metrics import Metrics
from bot.replies.commands import CommandMentions
from bot.settings import Settings
from bot.store.store import Store
from classifier.engine import Engine
from classifier.serving.library import Library


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


def make_services(settings: Settings, engine: Engine, store: Store) -> Services:
    """The services of one process, still closed."""
    return Services(
        settings=settings,
        engine=engine,
        store=store,
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
