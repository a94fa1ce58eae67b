"""Models: how good the current one is, how old, and which versions there are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop, number, percentage
from bot.limits import FIELD_LENGTH
from bot.replies.message import Drawing, Reply
from bot.replies.training import mixed_up, rejections
from bot.replies.words import BLUE, line, plain, titles
from bot.store.values import Run, RunState
from classifier.titles import clip
from classifier.values import Metrics, ModelInfo, Version

MAX_ROWS: Final = 25
"""Channels in the table."""
NAME_WIDTH: Final = 14

RELIABILITY: Final = (
    (0.03, gettext_noop("Very: it is off by {points} points on average.")),
    (0.08, gettext_noop("Fairly: it is off by {points} points on average.")),
    (1.0, gettext_noop("Not very: it is off by {points} points on average.")),
)

STATES: Final = {
    RunState.RUNNING: gettext_noop("is running"),
    RunState.DONE: gettext_noop("went live"),
    RunState.KEPT_OLD: gettext_noop("was worse, so the previous model stayed"),
    RunState.CANCELLED: gettext_noop("was cancelled"),
    RunState.FAILED: gettext_noop("failed"),
    RunState.INTERRUPTED: gettext_noop("was interrupted by a restart"),
    RunState.NOTHING_NEW: gettext_noop("found nothing new to learn from"),
}


def model_page(
    model: ModelInfo, *, own: bool, versions: Sequence[Version], runs: Sequence[Run], matrix: Drawing
) -> Reply:
    """The current model.

    `own` says whether it is this server's; `versions` and `runs` are the server's, newest first; `matrix` is the
    model's confusion matrix.
    """
    metrics, names = model.metrics, titles(model.channels)
    embed = discord.Embed(
        title=_("This server's own model") if own else _("The default model"),
        description="\n".join([f"{_trained(model)} {_accuracy(metrics)}", _table(metrics, names)]),
        colour=BLUE,
    )
    for name, value in (
        (_("Look-alikes"), mixed_up(model)),
        (_("Most confused"), "" if model.look_alikes else _confused(metrics, names)),
        (_("How reliable is its confidence?"), _reliability(metrics.ece)),
        (_("Unknown channels"), rejections(metrics)),
        (_("Versions"), _listed(_version(it) for it in versions)),
        (_("Recent training runs"), _listed(_run(it) for it in runs)),
    ):
        if value:
            embed.add_field(name=name, value=value, inline=False)
    embed.set_footer(text=line(f"{model.network} · {model.version}", 200))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def rolled_back(model: ModelInfo) -> Reply:
    """The model that is live after a rollback."""
    names = clip(", ".join(plain(channel.title) for channel in model.channels), 1500)
    return Reply(
        _(
            "**The model `{version}` is now live.** Trained {when}, accuracy {accuracy} on {n} test thumbnails. "
            "It recognises {channels}.",
            version=model.version,
            when=_when(model),
            accuracy=percentage(model.metrics.accuracy),
            n=model.metrics.n,
            channels=names,
        )
    )


def version_choice(version: Version) -> str:
    """A version as one line of a menu, which shows no timestamps of Discord's."""
    model = version.model
    accuracy = _("accuracy {accuracy}", accuracy=percentage(model.metrics.accuracy))
    live = [_("live")] if version.serving else []
    return " · ".join([f"{model.trained_at:%Y-%m-%d %H:%M} UTC", accuracy, *live])


def _trained(model: ModelInfo) -> str:
    """When it was trained, and on what: thumbnails, when they were downloaded by day."""
    oldest, newest = (discord.utils.format_dt(each, "d") for each in model.fetched)
    if model.fetched[0].date() == model.fetched[1].date():
        return _(
            "Trained {when} on {thumbnails} thumbnails of {channels} channels, downloaded on {day}.",
            when=_when(model),
            thumbnails=model.thumbnails,
            channels=len(model.channels),
            day=newest,
        )
    return _(
        "Trained {when} on {thumbnails} thumbnails of {channels} channels, downloaded from {oldest} to {newest}.",
        when=_when(model),
        thumbnails=model.thumbnails,
        channels=len(model.channels),
        oldest=oldest,
        newest=newest,
    )


def _accuracy(metrics: Metrics) -> str:
    return _("Accuracy: **{accuracy}** on {n} test thumbnails.", accuracy=percentage(metrics.accuracy), n=metrics.n)


def _when(model: ModelInfo) -> str:
    return discord.utils.format_dt(model.trained_at, "D") + f" ({discord.utils.format_dt(model.trained_at, 'R')})"


def _table(metrics: Metrics, names: Mapping[str, str]) -> str:
    """The scores of each channel; if there are too many, of the weakest."""
    scores = metrics.per_channel()
    shown = sorted(scores, key=lambda row: row.f1)[:MAX_ROWS] if len(scores) > MAX_ROWS else scores
    rows = [
        f"{'':<{NAME_WIDTH}} {_('prec.'):>5} {_('recall'):>6} {'F1':>4} {'n':>4}",
        *(_row(names.get(it.label, it.label), it.precision, it.recall, it.f1, it.n) for it in shown),
        _row(_("average"), metrics.precision, metrics.recall, metrics.f1, metrics.n),
    ]
    left_out = len(scores) - len(shown)
    rest = [_("-# These are the weakest channels; the other {count} do better.", count=left_out)] if left_out else []
    return "\n".join(["```", *rows, "```", *rest])


def _row(title: str, precision: float, recall: float, f1: float, n: int) -> str:
    """A row of the table; a backtick in an untrusted title must not end the code block."""
    name = line(title.replace("`", "'"), NAME_WIDTH)
    return (
        f"{name:<{NAME_WIDTH}} {percentage(precision, 0):>5} {percentage(recall, 0):>6} {percentage(f1, 0):>4} {n:>4}"
    )


def _confused(metrics: Metrics, names: Mapping[str, str]) -> str:
    pair = metrics.most_confused()
    if pair is None:
        return _("No test thumbnail was confused with another channel.")
    one, other = (plain(names.get(label, label)) for label in (pair.label, pair.predicted))
    return _(
        "{count} of {n} thumbnails of **{one}** were mistaken for **{other}**.",
        count=pair.count,
        n=pair.n,
        one=one,
        other=other,
    )


def _reliability(error: float) -> str:
    words = next(words for limit, words in RELIABILITY if error <= limit)
    return _(words, points=number(100 * error, 1))


def _version(version: Version) -> str:
    model = version.model
    accuracy = _("accuracy {accuracy} on {n}", accuracy=percentage(model.metrics.accuracy), n=model.metrics.n)
    text = f"`{model.version}` {discord.utils.format_dt(model.trained_at, 'd')} · {accuracy}"
    return f"**{text} · {_('live')}**" if version.serving else text


def _run(run: Run) -> str:
    details = [f"{discord.utils.format_dt(run.started_at, 'd')} {_(STATES[run.state])}"]
    if run.accuracy is not None:
        details.append(_("accuracy {accuracy}", accuracy=percentage(run.accuracy)))
    if run.scheduled:
        details.append(_("scheduled"))
    elif run.asked_by:
        details.append(_("started by {person}", person=f"<@{run.asked_by}>"))
    return " · ".join(details)


def _listed(rows: Iterable[str]) -> str:
    """As many rows as fit a field."""
    text = ""
    for row in rows:
        if len(text) + len(row) + 1 > FIELD_LENGTH:
            break
        text += f"{row}\n"
    return text.rstrip()
