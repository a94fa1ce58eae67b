"""Engine: the async door through which the bot reaches learning. Nothing here blocks the event loop."""

from collections.abc import Sequence
from pathlib import Path

from classifier.settings import YouTubeSettings
from classifier.values import ModelInfo, OnProgress, Prediction, TrainingReport


class Engine:
    """Answers pictures from one worker thread and trains in a child process of low priority.

    `data_dir` holds `thumbnails/` (the crawled pictures) and `models/` (one folder a version).
    """

    def __init__(self, data_dir: Path, youtube: YouTubeSettings, *, thumbnails_per_channel: int = 400) -> None: ...

    async def start(self) -> None:
        """Load the newest model, where there is one. Call before the gateway connects: importing torch takes seconds."""

    async def close(self) -> None:
        """End a running training and the worker thread."""

    @property
    def info(self) -> ModelInfo | None:
        """The serving model; None before the first training."""

    @property
    def training(self) -> bool:
        """Whether a retrain is running."""

    async def classify(self, picture: bytes) -> Prediction:
        """Say whose thumbnail a picture (an encoded file) is.

        Raises PictureError, NoModelError, BusyError.
        """

    async def retrain(self, channels: Sequence[str], on_progress: OnProgress) -> TrainingReport:
        """Crawl the channels (handles, ids or links), train, and let the new model serve.

        `on_progress` is called in the event loop. Raises TrainingRunningError, CrawlError, DatasetError, TrainingError.
        """

    def cancel(self) -> bool:
        """Stop the running retrain, which then raises CancelledTrainingError; False where none is running."""
