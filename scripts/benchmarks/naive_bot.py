"""`python -m scripts.benchmarks.naive_bot MODEL PLOT`: a bot as one writes it at first, to compare with.

It predicts and draws in the event loop, one picture at a time. MODEL is a model folder; PLOT is `pyplot`, a bar chart
as the tutorial draws it, or `ours`, this project's plot. It reads the settings of this project's bot, and serves the
same metrics.
"""

import asyncio
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import discord

from bot.app import use_addresses
from bot.health import HealthServer
from bot.metrics import Metrics
from bot.settings import Settings
from classifier.drawing.confidence import confidence_plot
from classifier.models.predictor import Predictor
from classifier.pictures.thumbnail import Thumbnail
from classifier.values import Prediction

Draw = Callable[[Prediction], bytes]


class NaiveBot(discord.Client):
    """Answers the attachments of every message."""

    def __init__(self, model: Path, draw: Draw, metrics: Metrics) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True, message_content=True))
        self._predictor = Predictor.load(model)
        self._draw = draw
        self._metrics = metrics
        self._one_at_a_time = asyncio.Lock()

    async def on_message(self, message: discord.Message) -> None:
        """Fetch, predict, draw, reply."""
        if message.author.bot:
            return
        for attachment in message.attachments:
            async with self._one_at_a_time:
                with self._metrics.answering():
                    content = await attachment.read()
                    (prediction,) = self._predictor.predict([Thumbnail.decode(content)])
                    plot = discord.File(io.BytesIO(self._draw(prediction)), "confidence.png")
                    await message.reply(f"{prediction.channel.title}: {prediction.confidence:.0%}", file=plot)


def pyplot() -> Draw:
    """A bar chart by matplotlib's pyplot."""
    import matplotlib as mpl  # noqa: PLC0415 - only if it is measured

    mpl.use("agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    def draw(prediction: Prediction) -> bytes:
        file = io.BytesIO()
        plt.bar([guess.channel.title for guess in prediction.guesses], [it.probability for it in prediction.guesses])
        plt.ylabel("confidence")
        plt.savefig(file, format="png")
        plt.close()
        return file.getvalue()

    return draw


DRAWERS: Final[dict[str, Callable[[], Draw]]] = {"pyplot": pyplot, "ours": lambda: confidence_plot}


async def main(model: Path, plot: str) -> None:
    """Answer until the process is terminated."""
    settings, metrics = Settings(), Metrics()
    use_addresses(settings.discord)
    watching = asyncio.create_task(metrics.watch_loop())
    server = HealthServer(
        settings.metrics_host, settings.metrics_port, metrics.registry, alive=lambda: None, ready=lambda: None
    )
    async with server, NaiveBot(model, DRAWERS[plot](), metrics) as bot:
        await bot.start(settings.discord.token.get_secret_value())
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
