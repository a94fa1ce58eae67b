"""Models: how good the current one is, how old, and which versions there are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import discord

from bot.limits import FIELD_LENGTH
from bot.replies.message import Drawing, Reply
from bot.replies.training import describe_confusion, mixed_up, rejections
from bot.replies.words import BLUE, line, percentage, plain, titles
from bot.store.values import Run, RunState
from classifier.titles import clip
from classifier.values import Metrics, ModelInfo, Version

MAX_ROWS: Final = 25
"""Channels in the table."""
NAME_WIDTH: Final = 14

RELIABILITY: Final = ((0.03, "Very"), (0.08, "Fairly"), (1.0, "Not very"))

STATES: Final = {
    RunState.RUNNING: "is running",
    RunState.DONE: "went live",
    RunState.KEPT_OLD: "was worse, so the previous model stayed",
    RunState.CANCELLED: "was cancelled",
    RunState.FAILED: "failed",
    RunState.INTERRUPTED: "was interrupted by a restart",
    RunState.NOTHING_NEW: "found nothing new to learn from",
}


def model_page(
    model: ModelInfo, *, own: bool, versions: Sequence[Version], runs: Sequence[Run], confusion: bytes
) -> Reply:
    """The current model.

    `own` says whether it is this server's; `versions` and `runs` are the server's, newest first; `confusion` is the
    PNG of the model's confusion matrix.
    """
    metrics, names = model.metrics, titles(model.channels)
    embed = discord.Embed(
        title="This server's own model" if own else "The default model",
        description=f"Trained {_when(model)} on {model.thumbnails:,} thumbnails of {len(model.channels)} channels, "
        f"{_downloaded(model)}. Accuracy: **{percentage(metrics.accuracy)}** on {metrics.n} test thumbnails.\n"
        f"{_table(metrics, names)}",
        colour=BLUE,
    )
    for name, value in (
        ("Look-alikes", mixed_up(model)),
        ("Most confused", "" if model.look_alikes else _confused(metrics, names)),
        ("How reliable is its confidence?", _reliability(metrics.ece)),
        ("Unknown channels", rejections(metrics)),
        ("Versions", _listed(_version(it) for it in versions)),
        ("Recent training runs", _listed(_run(it) for it in runs)),
    ):
        if value:
            embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=line(f"{model.network} · {model.version}", 200))
    matrix = Drawing("confusion.png", confusion, describe_confusion(metrics, model.channels))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def rolled_back(model: ModelInfo) -> Reply:
    """The model that is live after a rollback."""
    names = clip(", ".join(plain(channel.title) for channel in model.channels), 1500)
    return Reply(
        f"**The model `{model.version}` is now live.** Trained {_when(model)}, accuracy "
        f"{percentage(model.metrics.accuracy)} on {model.metrics.n} test thumbnails. It recognises {names}."
    )


def version_choice(version: Version) -> str:
    """A version as one line of a menu, which shows no timestamps of Discord's."""
    model = version.model
    live = " · live" if version.serving else ""
    return f"{model.trained_at:%Y-%m-%d %H:%M} UTC · accuracy {percentage(model.metrics.accuracy)}{live}"


def _downloaded(model: ModelInfo) -> str:
    """When its thumbnails were downloaded, by day."""
    oldest, newest = (discord.utils.format_dt(each, "d") for each in model.fetched)
    one_day = model.fetched[0].date() == model.fetched[1].date()
    return f"downloaded on {newest}" if one_day else f"downloaded from {oldest} to {newest}"


def _when(model: ModelInfo) -> str:
    return discord.utils.format_dt(model.trained_at, "D") + f" ({discord.utils.format_dt(model.trained_at, 'R')})"


def _table(metrics: Metrics, names: Mapping[str, str]) -> str:
    """The scores of each channel; if there are too many, of the weakest."""
    scores = metrics.per_channel()
    shown = sorted(scores, key=lambda row: row.f1)[:MAX_ROWS] if len(scores) > MAX_ROWS else scores
    rows = [
        f"{'':<{NAME_WIDTH}} prec. recall   F1    n",
        *(_row(names.get(it.label, it.label), it.precision, it.recall, it.f1, it.n) for it in shown),
        _row("average", metrics.precision, metrics.recall, metrics.f1, metrics.n),
    ]
    left_out = len(scores) - len(shown)
    rest = [f"-# These are the weakest channels; the other {left_out} do better."] if left_out else []
    return "\n".join(["```", *rows, "```", *rest])


def _row(title: str, precision: float, recall: float, f1: float, n: int) -> str:
    """A row of the table; a backtick in an untrusted title must not end the code block."""
    name = line(title.replace("`", "'"), NAME_WIDTH)
    return f"{name:<{NAME_WIDTH}} {precision:>5.0%} {recall:>6.0%} {f1:>4.0%} {n:>4}"


def _confused(metrics: Metrics, names: Mapping[str, str]) -> str:
    pair = metrics.most_confused()
    if pair is None:
        return "No test thumbnail was confused with another channel."
    one, other = (plain(names.get(label, label)) for label in (pair.label, pair.predicted))
    return f"{pair.count} of {pair.n} thumbnails of **{one}** were mistaken for **{other}**."


def _reliability(error: float) -> str:
    words = next(words for limit, words in RELIABILITY if error <= limit)
    return f"{words}: it is off by {100 * error:.1f} points on average."


def _version(version: Version) -> str:
    model = version.model
    text = (
        f"`{model.version}` {discord.utils.format_dt(model.trained_at, 'd')} · "
        f"accuracy {percentage(model.metrics.accuracy)} on {model.metrics.n}"
    )
    return f"**{text} · live**" if version.serving else text


def _run(run: Run) -> str:
    started = "scheduled" if run.scheduled else f"started by <@{run.asked_by}>" if run.asked_by else ""
    result = "" if run.accuracy is None else f"accuracy {percentage(run.accuracy)}"
    details = " · ".join(detail for detail in (result, started) if detail)
    return f"{discord.utils.format_dt(run.started_at, 'd')} {STATES[run.state]}{f' · {details}' if details else ''}"


def _listed(rows: Iterable[str]) -> str:
    """As many rows as fit a field."""
    text = ""
    for row in rows:
        if len(text) + len(row) + 1 > FIELD_LENGTH:
            break
        text += f"{row}\n"
    return text.rstrip()
