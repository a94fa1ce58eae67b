"""`python -m tests.e2e.scripted_bot`: `python -m bot run` with an engine that gives fixed answers, after a while."""

import asyncio

from bot import __main__ as command_line
from bot.settings import Settings
from classifier.engine import Owner
from classifier.serving.library import Library
from classifier.values import Prediction
from classifier.youtube.facts import Facts
from tests.e2e.conftest import ScriptedEngine

SECONDS = 0.2
"""Per answer, so that some are in flight when the process is killed."""


class SlowEngine(ScriptedEngine):
    """Answers like every other one."""

    async def classify(self, owner: Owner, picture: bytes, *, find_video: bool = True) -> Prediction:
        await asyncio.sleep(SECONDS)
        return await super().classify(owner, picture, find_video=find_video)


def make_engine(settings: Settings, library: Library | None = None) -> SlowEngine:
    """An engine that looks videos up where the settings say."""
    del library
    engine = SlowEngine()
    engine.facts = Facts(settings.youtube)
    return engine


if __name__ == "__main__":
    command_line.make_engine = make_engine
    command_line.app(["run"])
