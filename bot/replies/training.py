"""What is said of trainings: how far they are, and what they brought."""

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.replies.message import Drawing, Reply
from bot.replies.words import AMBER, GREEN, clip, line, measured, plain
from bot.store.values import RunState
from classifier.values import Channel, Metrics, ModelInfo, Progress, RetrainReport

STAGES: Final = {
    "wait": "Waiting",
    "crawl": "Crawling",
    "read": "Reading",
    "train": "Training",
    "measure": "Measuring",
}


LAST_WORDS: Final = {
    RunState.DONE: "**The training is done.**",
    RunState.KEPT_OLD: "**The training is done.** The old model stays.",
    RunState.CANCELLED: "**The training was cancelled.** Nothing has changed; ask `/retrain` to start again.",
    RunState.FAILED: "**The training failed.** Nothing has changed.",
    RunState.INTERRUPTED: "**The training was interrupted, for I was restarted.** Nothing has changed; "
    "ask `/retrain` again.",
}


def progress(steps: Mapping[str, Progress], *, last_word: str = "") -> str:
    """The progress message: a bar for every stage, from the latest step of each that has begun."""
    rows = [_bar(label, steps.get(stage)) for stage, label in STAGES.items() if stage != "wait" or stage in steps]
    note = next((steps[stage].note for stage in reversed(STAGES) if stage in steps), "")
    waits = steps.keys() == {"wait"} and steps["wait"].done < steps["wait"].total
    doing = "Waiting in line, for I train one model at a time." if waits else "Retraining."
    head = last_word or f"**{doing}** The present model goes on answering meanwhile."
    small = [f"-# {plain(note, 120)}"] if note and not last_word else []
    return "\n".join([head, "```", *rows, "```", *small])


def schedule(*, weekly: bool) -> Reply:
    """What is said of retraining by itself."""
    if weekly:
        return Reply(
            "From now on I retrain a week after the last training began, and report in the channel of that one. "
            "`/retrain never` ends it."
        )
    return Reply("I retrain only when asked from now on, with `/retrain`.")


def insisted(model: ModelInfo, by: str) -> str:
    """What is said where an admin (`by`, a mention) uses a model that was measured as worse."""
    return (
        f"**The new model answers from now on**, for {by} insisted: it is right about "
        f"{measured(model.metrics.accuracy)} of {model.metrics.n} thumbnails."
    )


def _bar(label: str, step: Progress | None) -> str:
    done, total = (step.done, step.total) if step else (0, 0)
    filled = min(12, 12 * done // total) if total else 0
    count = f"{done}/{total}" if total else (f"{done}" if step else "")
    return f"{label:<9} {'█' * filled}{'░' * (12 - filled)} {count:>9}"


def report(outcome: RetrainReport) -> Reply:
    """What a training brought, in numbers, words and the confusion matrix."""
    model, now = outcome.model, outcome.model.metrics
    embed = discord.Embed(
        title="The new model answers from now on" if outcome.swapped else "The old model stays",
        description=f"{_compared(outcome)}{_kept(outcome)}\nMade from {model.pictures} thumbnails, and "
        f"measured on {now.n} of them that it never saw, of {len(model.channels)} channels: "
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
    matrix = Drawing("confusion.png", outcome.confusion_plot, describe_confusion(now, model.channels))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def _compared(outcome: RetrainReport) -> str:
    now, comparison = outcome.model.metrics, outcome.comparison
    if comparison is None:
        share = measured(now.accuracy)
        return f"It is right about **{share}** of thumbnails; there was none before it of the same channels."
    change = f"Accuracy **{measured(comparison.before.accuracy)} → {measured(now.accuracy)}** on the same pictures"
    alone = comparison.only_after + comparison.only_before
    if not alone:
        return f"{change}: both models are right about the very same ones."
    if comparison.worse or comparison.better:
        verdict = f"{'worse' if comparison.worse else 'better'} than before, beyond chance"
    elif comparison.only_after == comparison.only_before:
        verdict = "as good as before"
    else:
        word = "more" if comparison.only_after > comparison.only_before else "less"
        verdict = f"{word} than before, but that may be chance"
    return (
        f"{change}: {verdict} (a paired test on the {_many(alone, 'picture')} that only one of them got right: "
        f"the new one {comparison.only_after}, the old one {comparison.only_before})."
    )


def _kept(outcome: RetrainReport) -> str:
    """Why the old model stays, where it is not for being better."""
    if outcome.swapped or (outcome.comparison is not None and outcome.comparison.worse):
        return ""
    return " Somebody chose a version while it trained, and that one stays."


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def describe_confusion(metrics: Metrics, channels: Sequence[Channel]) -> str:
    """A confusion matrix in words: its diagonal."""
    titles = {channel.label: channel.title for channel in channels}
    rows = (
        f"{line(titles.get(label, label))} {row[n]} of {sum(row)}"
        for n, (label, row) in enumerate(zip(metrics.labels, metrics.confusion, strict=True))
    )
    return f"Confusion matrix of {metrics.n} thumbnails. Right: {', '.join(rows)}."
