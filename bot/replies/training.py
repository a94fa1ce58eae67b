"""What is said of trainings: how far they are, and what they brought."""

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.replies.message import Drawing, Reply
from bot.replies.words import AMBER, GREEN, clip, line, measured, plain
from classifier.values import Channel, Metrics, Progress, TrainingReport

STAGES: Final = {
    "wait": "Waiting",
    "crawl": "Crawling",
    "read": "Reading",
    "train": "Training",
    "measure": "Measuring",
}


def progress(steps: Mapping[str, Progress], *, last_word: str = "") -> str:
    """The progress message: a bar for every stage, from the latest step of each that has begun."""
    rows = [_bar(label, steps.get(stage)) for stage, label in STAGES.items() if stage != "wait" or stage in steps]
    note = next((steps[stage].note for stage in reversed(STAGES) if stage in steps), "")
    head = last_word or "**Retraining.** The present model goes on answering meanwhile."
    return "\n".join([head, *rows, *([f"-# {plain(note, 120)}"] if note and not last_word else [])])


def _bar(label: str, step: Progress | None) -> str:
    done, total = (step.done, step.total) if step else (0, 0)
    filled = min(12, 12 * done // total) if total else 0
    count = f"{done}/{total}" if total else (f"{done}" if step else "")
    return f"`{label:<9} {'█' * filled}{'░' * (12 - filled)} {count:>9}`"


def report(outcome: TrainingReport) -> Reply:
    """What a training brought, in numbers, words and the confusion matrix."""
    model, now = outcome.model, outcome.model.metrics
    embed = discord.Embed(
        title="The new model answers from now on" if outcome.swapped else "The old model stays",
        description=f"{_compared(outcome)}\nMeasured on {now.n} thumbnails that it never saw; "
        f"made from {model.pictures} thumbnails of {len(model.channels)} channels: "
        f"{clip(', '.join(plain(channel.title) for channel in model.channels), 1500)}.",
        colour=GREEN if outcome.swapped else AMBER,
    )
    for name, share in (
        ("Accuracy", now.accuracy),
        ("Precision", now.precision),
        ("Recall", now.recall),
        ("F1", now.f1),
    ):
        embed.add_field(name=name, value=measured(share))
    embed.add_field(name="Calibration error", value=measured(now.ece))
    embed.add_field(name="Log loss", value=f"{now.log_loss:.3f}")
    if now.unknown_rejected is not None and now.known_rejected is not None:
        embed.add_field(
            name="Unknown channels",
            value=f"{measured(now.unknown_rejected)} recognised, and {measured(now.known_rejected)} of known ones",
            inline=False,
        )
    if outcome.skipped:
        names = clip(", ".join(plain(name) for name in outcome.skipped[:5]), 900)
        embed.add_field(name=f"Unreadable pictures skipped: {len(outcome.skipped)}", value=names, inline=False)
    embed.set_footer(text=line(f"{model.network} · {model.version}", 200))
    matrix = Drawing("confusion.png", outcome.confusion_plot, _matrix(now, model.channels))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def _compared(outcome: TrainingReport) -> str:
    now = outcome.model.metrics
    if outcome.comparison is None:
        share = measured(now.accuracy)
        return f"It is right about **{share}** of thumbnails; there was none before it to compare with."
    before = outcome.comparison.before
    change = now.accuracy - before.accuracy
    if abs(change) < 0.0005:
        words = "as good as before"
    elif change > 0:
        words = "better than before"
    else:
        words = "less than before, but that may be chance" if outcome.swapped else "worse than before, beyond chance"
    return f"Accuracy **{measured(before.accuracy)} → {measured(now.accuracy)}** on the same pictures: {words}."


def _matrix(metrics: Metrics, channels: Sequence[Channel]) -> str:
    titles = {channel.label: channel.title for channel in channels}
    rows = (
        f"{line(titles.get(label, label))} {row[n]} of {sum(row)}"
        for n, (label, row) in enumerate(zip(metrics.labels, metrics.confusion, strict=True))
    )
    return f"Confusion matrix of {metrics.n} thumbnails. Right: {', '.join(rows)}."
