"""Training runs: their progress, and their results."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import discord

from bot.replies.channels import named
from bot.replies.message import Drawing, Reply
from bot.replies.words import AMBER, GREEN, line, percentage, plain, plural, titles
from bot.store.values import RunState
from classifier.titles import clip
from classifier.values import Channel, LeftOut, Metrics, ModelInfo, Progress, RetrainReport

STAGES: Final = {
    "wait": "Queued",
    "crawl": "Crawling",
    "read": "Reading",
    "train": "Training",
    "measure": "Testing",
}
LEFT_OUT_LENGTH: Final = 2000
"""Characters for channels that were left out; all embeds of a message share 6,000."""

MAX_PAIRS: Final = 3
"""Look-alikes that are named; four could be longer than a field."""

LAST_WORDS: Final = {
    RunState.DONE: "**Training is done.**",
    RunState.KEPT_OLD: "**Training is done.** The previous model stays live.",
    RunState.CANCELLED: "**Training was cancelled.** Nothing has changed. Use `/retrain` to start again.",
    RunState.FAILED: "**Training failed.** Nothing has changed.",
    RunState.INTERRUPTED: "**Training was interrupted because I restarted.** Nothing has changed. "
    "Use `/retrain` to start again.",
    RunState.NOTHING_NEW: "**Training found nothing new to learn from.** The current model stays live.",
}

NOTHING_NEW: Final = Reply(
    "**There is nothing new to learn from.** The thumbnails, the channels and the reviewed feedback are the same as in "
    "the last training."
)
"""For whoever started the training; a scheduled one says no more than its last word."""

UNSHOWN: Final = Reply(
    "Training is over, but I can't show the report here. Ask an admin to check my permissions in this channel, and see "
    "`/model`."
)
"""The report where embeds or files are forbidden."""


def progress(steps: Mapping[str, Progress], *, has_model: bool, last_word: str = "") -> str:
    """The progress message: one bar per stage, from the latest step of each that has begun.

    `has_model` says whether a current model answers in the meantime.
    """
    rows = [_bar(label, steps.get(stage)) for stage, label in STAGES.items() if stage != "wait" or stage in steps]
    note = next((steps[stage].note for stage in reversed(STAGES) if stage in steps), "")
    queued = steps.keys() == {"wait"} and steps["wait"].done < steps["wait"].total
    doing = "Queued: I train one model at a time." if queued else "Training."
    meanwhile = " The current model keeps answering in the meantime." if has_model else ""
    head = last_word or f"**{doing}**{meanwhile}"
    small = [f"-# {plain(note, 120)}"] if note and not last_word else []
    return "\n".join([head, "```", *rows, "```", *small])


def schedule(*, weekly: bool) -> Reply:
    """The weekly training was turned on or off."""
    if weekly:
        return Reply(
            "I'll train every week from now on, a week after the previous run, and report in the same channel as "
            "that one. Use `/retrain never` to turn this off."
        )
    return Reply("I'll only train when asked. Use `/retrain` to start.")


def used_anyway(model: ModelInfo, by: str) -> str:
    """An admin (`by`, a mention) uses a model that was measured as worse."""
    return (
        f"**The new model is now live** ({by} chose to use it anyway). Accuracy: "
        f"{percentage(model.metrics.accuracy)} on {model.metrics.n} test thumbnails."
    )


def _bar(label: str, step: Progress | None) -> str:
    done, total = (step.done, step.total) if step else (0, 0)
    filled = min(12, 12 * done // total) if total else 0
    count = f"{done}/{total}" if total else (f"{done}" if step else "")
    return f"{label:<9} {'█' * filled}{'░' * (12 - filled)} {count:>9}"


def report(outcome: RetrainReport) -> Reply:
    """The result of a training run: numbers, words and the confusion matrix."""
    model, now = outcome.model, outcome.model.metrics
    embed = discord.Embed(
        title="The new model is now live" if outcome.swapped else "The previous model stays live",
        description=f"{_compared(outcome)}{_kept(outcome)}\nBased on {model.thumbnails:,} thumbnails ({now.n} held "
        f"out for testing) from {len(model.channels)} channels: "
        f"{clip(', '.join(plain(channel.title) for channel in model.channels), 1500)}.{_shorts(outcome.shorts)}",
        colour=GREEN if outcome.swapped else AMBER,
    )
    for name, share in (
        ("Accuracy", now.accuracy),
        ("Precision", now.precision),
        ("Recall", now.recall),
        ("F1", now.f1),
    ):
        embed.add_field(name=name, value=percentage(share))
    embed.add_field(name="Calibration error", value=percentage(now.ece))
    embed.add_field(name="Log loss", value=f"{now.log_loss:.3f}")
    if mixed := mixed_up(model):
        embed.add_field(name="Look-alikes", value=mixed, inline=False)
    if rejected := rejections(now):
        embed.add_field(name="Unknown channels", value=rejected, inline=False)
    if outcome.skipped:
        names = clip(", ".join(plain(name) for name in outcome.skipped[:5]), 900)
        embed.add_field(name=f"Unreadable thumbnails skipped: {len(outcome.skipped)}", value=names, inline=False)
    embed.set_footer(text=line(f"{model.network} · {model.version}", 200))
    matrix = Drawing("confusion.png", outcome.confusion_plot, describe_confusion(now, model.channels))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def without(reply: Reply, left_out: Sequence[LeftOut], *, own: bool) -> Reply:
    """A report, and which channels were left out and why; `own` says whether it is about a server's model."""
    if not left_out:
        return reply
    rows, room = list[str](), LEFT_OUT_LENGTH
    for it in left_out:
        row = f"- {named(it.channel)}: {it.reason}"
        room -= len(row)
        if room < 0:
            rows.append(f"- and {len(left_out) - len(rows)} more")
            break
        rows.append(row)
    advice = "Use `/channel remove` for those that won't come back."
    rows.append(advice if own else "The default list is the setting `THUMBPRINT_CHANNELS`.")
    title = f"Left out: {plural(len(left_out), 'channel')}"
    return replace(reply, embeds=(*reply.embeds, discord.Embed(title=title, description="\n".join(rows), colour=AMBER)))


def mixed_up(model: ModelInfo) -> str:
    """The channels that a model often mixes up, a line per pair; empty if there are none."""
    names = titles(model.channels)
    rows = [
        f"I often mix up **{plain(names.get(pair.one, pair.one))}** and **{plain(names.get(pair.other, pair.other))}** "
        f"({pair.count} of {pair.n} test thumbnails)."
        for pair in model.look_alikes[:MAX_PAIRS]
    ]
    left_out = len(model.look_alikes) - len(rows)
    rest = [f"-# And {plural(left_out, 'more pair')}."] if left_out else []
    return "\n".join([*rows, *rest])


def rejections(metrics: Metrics) -> str:
    """How well a model recognises what it does not know; empty if that was not measured."""
    if metrics.unknown_rejected is None or metrics.known_rejected is None:
        return ""
    area = "" if metrics.auroc_unknown is None else f" (AUROC {metrics.auroc_unknown:.2f})"
    return (
        f"{percentage(metrics.unknown_rejected)} correctly rejected{area}; "
        f"{percentage(metrics.known_rejected)} of known thumbnails wrongly rejected."
    )


def _shorts(count: int) -> str:
    return f"\n{plural(count, 'Short')} left out: I only learn from long videos." if count else ""


def _compared(outcome: RetrainReport) -> str:
    now, comparison = outcome.model.metrics, outcome.comparison
    if comparison is None:
        return f"Accuracy **{percentage(now.accuracy)}**; there is no earlier model of these channels to compare with."
    change = (
        f"Accuracy **{percentage(comparison.before.accuracy)} → {percentage(now.accuracy)}** on the same thumbnails"
    )
    differing = comparison.only_after + comparison.only_before
    if not differing:
        return f"{change}: both models get exactly the same ones right."
    if comparison.worse or comparison.better:
        verdict = f"significantly {'worse' if comparison.worse else 'better'}"
    elif comparison.only_after == comparison.only_before:
        verdict = "no difference"
    else:
        word = "better" if comparison.only_after > comparison.only_before else "worse"
        verdict = f"{word}, but not significantly"
    return (
        f"{change}: {verdict} (paired test on the {plural(differing, 'thumbnail')} that only one model got right: "
        f"the new one {comparison.only_after}, the previous one {comparison.only_before})."
    )


def _kept(outcome: RetrainReport) -> str:
    """Why the previous model stays, if the new one is not worse."""
    if outcome.swapped or (outcome.comparison is not None and outcome.comparison.worse):
        return ""
    return " Somebody chose another version in the meantime, and that one stays live."


def describe_confusion(metrics: Metrics, channels: Sequence[Channel]) -> str:
    """A confusion matrix in words: its diagonal."""
    names = titles(channels)
    rows = (
        f"{line(names.get(label, label))} {row[index]} of {sum(row)}"
        for index, (label, row) in enumerate(zip(metrics.labels, metrics.confusion, strict=True))
    )
    return f"Confusion matrix of {metrics.n} test thumbnails. Right: {', '.join(rows)}."
