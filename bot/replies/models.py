"""What is said of models: how good the one that answers is, how old, and which ones there were."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import discord
from classifier.models.confusion import most_confused, per_channel

from bot.replies.message import Drawing, Reply
from bot.replies.training import describe_confusion
from bot.replies.words import BLUE, clip, line, measured, plain
from bot.store.values import Run, RunState
from classifier.values import Channel, Metrics, ModelInfo, Version

MOST_ROWS: Final = 25
"""Channels in the table."""
NAME_WIDTH: Final = 14
FIELD_LIMIT: Final = 1024

CALIBRATION: Final = ((0.03, "Very well"), (0.08, "Roughly"), (1.0, "Badly"))

STATES: Final = {
    RunState.RUNNING: "is running",
    RunState.DONE: "took over",
    RunState.KEPT_OLD: "was worse, so the old model stayed",
    RunState.CANCELLED: "was cancelled",
    RunState.FAILED: "failed",
    RunState.INTERRUPTED: "was interrupted by a restart",
}


def model_page(
    model: ModelInfo, *, own: bool, versions: Sequence[Version], runs: Sequence[Run], confusion: bytes
) -> Reply:
    """The model that answers here.

    `own` says whether it is this server's; `versions` and `runs` are the server's, newest first; `confusion` is the
    PNG of the model's confusion matrix.
    """
    metrics, titles = model.metrics, _titles(model.channels)
    embed = discord.Embed(
        title="This server's own model" if own else "The default model",
        description=f"Made {_when(model)} from {model.pictures} thumbnails of {len(model.channels)} channels"
        f"{_fetched(model)}; right about **{measured(metrics.accuracy)}** of the {metrics.n} among them that it did "
        "not learn from.\n"
        f"{_table(metrics, titles)}",
        colour=BLUE,
    )
    for name, value in (
        ("Most confused", _confused(metrics, titles)),
        ("Can its confidence be believed?", _calibration(metrics.ece)),
        ("Pictures of other channels", _unknown(metrics)),
        ("Versions that are kept", _listed(_version(it) for it in versions)),
        ("Last trainings", _listed(_run(it) for it in runs)),
    ):
        if value:
            embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=line(f"{model.network} · {model.version}", 200))
    matrix = Drawing("confusion.png", confusion, describe_confusion(metrics, model.channels))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def rolled_back(model: ModelInfo) -> Reply:
    """What serves after a change of versions."""
    names = clip(", ".join(plain(channel.title) for channel in model.channels), 1500)
    return Reply(
        f"**The model `{model.version}` answers from now on.** It was trained {_when(model)}, is right about "
        f"{measured(model.metrics.accuracy)} of {model.metrics.n} thumbnails, and knows {names}."
    )


def version_choice(version: Version) -> str:
    """A version as one line of a menu."""
    model = version.model
    serves = " · answers now" if version.serves else ""
    return f"{model.trained_at:%Y-%m-%d %H:%M} UTC · accuracy {measured(model.metrics.accuracy)}{serves}"


def _fetched(model: ModelInfo) -> str:
    """The age of its pictures, in days."""
    if model.fetched is None:
        return ""
    oldest, newest = (discord.utils.format_dt(each, "d") for each in model.fetched)
    one_day = model.fetched[0].date() == model.fetched[1].date()
    return f", fetched on {newest}" if one_day else f", fetched from {oldest} to {newest}"


def _when(model: ModelInfo) -> str:
    return discord.utils.format_dt(model.trained_at, "D") + f" ({discord.utils.format_dt(model.trained_at, 'R')})"


def _titles(channels: Sequence[Channel]) -> dict[str, str]:
    return {channel.label: channel.title for channel in channels}


def _table(metrics: Metrics, titles: Mapping[str, str]) -> str:
    """How good the model is on each channel; of too many, on its weakest."""
    scores = per_channel(metrics)
    shown = sorted(scores, key=lambda row: row.f1)[:MOST_ROWS] if len(scores) > MOST_ROWS else scores
    rows = [
        f"{'':<{NAME_WIDTH}} prec. recall   F1   of",
        *(_row(titles.get(it.label, it.label), it.precision, it.recall, it.f1, it.pictures) for it in shown),
        _row("on average", metrics.precision, metrics.recall, metrics.f1, metrics.n),
    ]
    left_out = len(scores) - len(shown)
    rest = [f"-# These are the weakest; {left_out} more are better."] if left_out else []
    return "\n".join(["```", *rows, "```", *rest])


def _row(title: str, precision: float, recall: float, f1: float, pictures: int) -> str:
    """A line of the table; no backtick of a foreign title may end the block of code."""
    name = line(title.replace("`", "'"), NAME_WIDTH)
    return f"{name:<{NAME_WIDTH}} {precision:>5.0%} {recall:>6.0%} {f1:>4.0%} {pictures:>4}"


def _confused(metrics: Metrics, titles: Mapping[str, str]) -> str:
    pair = most_confused(metrics)
    if pair is None:
        return "Nothing: every channel's thumbnails were told from the others'."
    one, other = (plain(titles.get(label, label)) for label in (pair.label, pair.taken_for))
    return f"{pair.count} of {pair.pictures} thumbnails of **{one}** were taken for **{other}**'s."


def _calibration(error: float) -> str:
    words = next(words for most, words in CALIBRATION if error <= most)
    return f"{words}: how sure it says it is differs by {measured(error)} on average from how often it is right."


def _unknown(metrics: Metrics) -> str:
    if metrics.unknown_rejected is None or metrics.known_rejected is None:
        return ""
    area = "" if metrics.auroc_unknown is None else f" (AUROC {metrics.auroc_unknown:.2f})"
    return (
        f"{measured(metrics.unknown_rejected)} of them are recognised as unknown{area}, and so are "
        f"{measured(metrics.known_rejected)} of known channels' pictures, by mistake."
    )


def _version(version: Version) -> str:
    model = version.model
    text = (
        f"`{model.version}` {discord.utils.format_dt(model.trained_at, 'd')} · "
        f"accuracy {measured(model.metrics.accuracy)} of {model.metrics.n}"
    )
    return f"**{text} · answers now**" if version.serves else text


def _run(run: Run) -> str:
    asked = "by schedule" if run.scheduled else f"asked by <@{run.asked_by}>" if run.asked_by else ""
    result = "" if run.accuracy is None else f"accuracy {measured(run.accuracy)}"
    details = " · ".join(detail for detail in (result, asked) if detail)
    return f"{discord.utils.format_dt(run.started_at, 'd')} {STATES[run.state]}{f' · {details}' if details else ''}"


def _listed(rows: Iterable[str]) -> str:
    """As many rows as fit a field."""
    text = ""
    for row in rows:
        if len(text) + len(row) + 1 > FIELD_LIMIT:
            break
        text += f"{row}\n"
    return text.rstrip()
