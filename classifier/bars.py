"""Progress bars for people at a terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from classifier.values import OnProgress, Progress

_STAGES: Final = {
    "wait": "Waiting in line",
    "crawl": "Crawling",
    "read": "Reading pictures",
    "train": "Training",
    "measure": "Measuring",
}


@contextmanager
def progress_bars(console: Console) -> Iterator[OnProgress]:
    """Show a bar a stage while the block lasts; a stage that starts again (another channel) gets a new bar."""
    bars = Bars(
        TextColumn("{task.description:<17}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=console,
    )
    shown: dict[str, TaskID] = {}

    def show(progress: Progress) -> None:
        bar = shown.get(progress.stage)
        if bar is None or progress.done < bars.tasks[bar].completed:
            bar = shown[progress.stage] = bars.add_task(_STAGES[progress.stage], note="")
        bars.update(bar, completed=progress.done, total=progress.total or None, note=progress.note)

    with bars:
        yield show
