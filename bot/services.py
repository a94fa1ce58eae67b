"""What the faces of the bot share: each a door to a room of its own."""

from concurrent.futures import Executor
from dataclasses import dataclass

from bot.in_flight import InFlight
from bot.intake import Intake
from bot.settings import Settings
from bot.store.store import Store
from classifier.engine import Engine
from classifier.youtube.facts import Facts


@dataclass(frozen=True, slots=True, eq=False)
class Services:
    """Open while the bot is; `drawing` is where pictures are drawn, `in_flight` what a shutdown lets finish."""

    settings: Settings
    engine: Engine
    store: Store
    intake: Intake
    facts: Facts
    drawing: Executor
    in_flight: InFlight
