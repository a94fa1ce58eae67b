"""Training runs: their progress, and their results."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import discord

from bot.languages import gettext as _
from bot.languages import gettext_noop, ngettext, number, percentage
from bot.replies.channels import named
from bot.replies.message import Drawing, Reply
from bot.replies.words import AMBER, GREEN, line, plain, titles
from bot.store.values import RunState
from classifier.titles import clip
from classifier.values import LeftOut, Metrics, ModelInfo, Progress, RetrainReport

STAGES: Final = {
    "wait": gettext_noop("Queued"),
    "crawl": gettext_noop("Crawling"),
    "read": gettext_noop("Reading"),
    "train": gettext_noop("Training"),
    "measure": gettext_noop("Testing"),
}
NOTES: Final = frozenset(
    (
        gettext_noop("unknown channels"),
        gettext_noop("single videos"),
        gettext_noop("preparing"),
        gettext_noop("features"),
        gettext_noop("fitting"),
    )
)
"""What a step's note can be; others are names of channels and numbers."""
LEFT_OUT_LENGTH: Final = 2000
"""Characters for channels that were left out; all embeds of a message share 6,000."""

MAX_PAIRS: Final = 3
"""Look-alikes that are named; four could be longer than a field."""

LAST_WORDS: Final = {
    RunState.DONE: gettext_noop("**Training is done.**"),
    RunState.KEPT_OLD: gettext_noop("**Training is done.** The previous model stays live."),
    RunState.CANCELLED: gettext_noop("**Training was cancelled.** Nothing has changed. Use `/retrain` to start again."),
    RunState.FAILED: gettext_noop("**Training failed.** Nothing has changed."),
    RunState.INTERRUPTED: gettext_noop(
        "**Training was interrupted because I restarted.** Nothing has changed. Use `/retrain` to start again."
    ),
    RunState.NOTHING_NEW: gettext_noop("**Training found nothing new to learn from.** The current model stays live."),
}


def nothing_new() -> Reply:
    """For whoever started the training; a scheduled one says no more than its last word."""
    return Reply(
        _(
            "**There is nothing new to learn from.** The thumbnails, the channels and the reviewed feedback are the "
            "same as in the last training."
        )
    )


def unshown() -> Reply:
    """The report where embeds or files are forbidden."""
    return Reply(
        _(
            "Training is over, but I can't show the report here. Ask an admin to check my permissions in this channel, "
            "and see `/model`."
        )
    )


def progress(steps: Mapping[str, Progress], *, has_model: bool, last_word: str = "") -> str:
    """The progress message: one bar per stage, from the latest step of each that has begun.

    `has_model` says whether a current model answers in the meantime.
    """
    rows = [_bar(_(label), steps.get(stage)) for stage, label in STAGES.items() if stage != "wait" or stage in steps]
    note = next((steps[stage].note for stage in reversed(STAGES) if stage in steps), "")
    ahead = steps["wait"].total - steps["wait"].done if steps.keys() == {"wait"} else 0
    queued = ahead > 0
    if queued:
        note = ngettext("{count} training run ahead", "{count} training runs ahead", ahead)
    elif note in NOTES:
        note = _(note)
    doing = _("**Queued: I train one model at a time.**") if queued else _("**Training.**")
    meanwhile = [_("The current model keeps answering in the meantime.")] if has_model else []
    head = last_word or " ".join([doing, *meanwhile])
    small = [f"-# {plain(note, 120)}"] if note and not last_word else []
    return "\n".join([head, "```", *rows, "```", *small])


def schedule(*, weekly: bool) -> Reply:
    """The weekly training was turned on or off."""
    if weekly:
        return Reply(
            _(
                "I'll train every week from now on, a week after the previous run, and report in the same channel as "
                "that one. Use `/retrain never` to turn this off."
            )
        )
    return Reply(_("I'll only train when asked. Use `/retrain` to start."))


def used_anyway(model: ModelInfo, by: str) -> str:
    """An admin (`by`, a mention) uses a model that was measured as worse."""
    return _(
        "**The new model is now live** ({person} chose to use it anyway). Accuracy: {accuracy} on {n} test thumbnails.",
        person=by,
        accuracy=percentage(model.metrics.accuracy),
        n=model.metrics.n,
    )


def _bar(label: str, step: Progress | None) -> str:
    done, total = (step.done, step.total) if step else (0, 0)
    filled = min(12, 12 * done // total) if total else 0
    count = f"{done}/{total}" if total else (f"{done}" if step else "")
    return f"{label:<9} {'█' * filled}{'░' * (12 - filled)} {count:>9}"


def report(outcome: RetrainReport, matrix: Drawing) -> Reply:
    """The result of a training run: numbers, words and the confusion matrix."""
    words = [" ".join([_compared(outcome), *_kept(outcome)]), _based_on(outcome.model), *_shorts(outcome.shorts)]
    return _report(outcome.model, words, matrix, swapped=outcome.swapped, skipped=outcome.skipped)


def late_report(model: ModelInfo, matrix: Drawing, *, swapped: bool) -> Reply:
    """The same of a run whose process was killed before it reported: what only that process knew is left out."""
    compared = _(
        "Accuracy **{accuracy}**. I was interrupted before I could report how this compares with the earlier model.",
        accuracy=percentage(model.metrics.accuracy),
    )
    return _report(model, [compared, _based_on(model)], matrix, swapped=swapped)


def _report(
    model: ModelInfo, words: Sequence[str], matrix: Drawing, *, swapped: bool, skipped: Sequence[str] = ()
) -> Reply:
    now = model.metrics
    embed = discord.Embed(
        title=_("The new model is now live") if swapped else _("The previous model stays live"),
        description="\n".join(words),
        colour=GREEN if swapped else AMBER,
    )
    for name, share in (
        (_("Accuracy"), now.accuracy),
        (_("Precision"), now.precision),
        (_("Recall"), now.recall),
        ("F1", now.f1),
    ):
        embed.add_field(name=name, value=percentage(share))
    embed.add_field(name=_("Calibration error"), value=percentage(now.ece))
    embed.add_field(name=_("Log loss"), value=number(now.log_loss, 3))
    if mixed := mixed_up(model):
        embed.add_field(name=_("Look-alikes"), value=mixed, inline=False)
    if rejected := rejections(now):
        embed.add_field(name=_("Unknown channels"), value=rejected, inline=False)
    if skipped:
        names = clip(", ".join(plain(name) for name in skipped[:5]), 900)
        embed.add_field(name=_("Unreadable thumbnails skipped: {count}", count=len(skipped)), value=names, inline=False)
    embed.set_footer(text=line(f"{model.network} · {model.version}", 200))
    return Reply(embeds=(embed.set_image(url=matrix.url),), drawings=(matrix,))


def without(reply: Reply, left_out: Sequence[LeftOut], *, own: bool) -> Reply:
    """A report, and which channels were left out and why; `own` says whether it is about a server's model."""
    if not left_out:
        return reply
    rows, room = list[str](), LEFT_OUT_LENGTH
    for it in left_out:
        row = f"- {named(it.channel)}: {_(it.template or it.reason, **it.data)}"
        room -= len(row)
        if room < 0:
            rows.append(_("- and {count} more", count=len(left_out) - len(rows)))
            break
        rows.append(row)
    if own:
        rows.append(_("Use `/channel remove` for those that won't come back."))
    else:
        rows.append(_("The default list is the setting `THUMBPRINT_CHANNELS`."))
    title = ngettext("Left out: {count} channel", "Left out: {count} channels", len(left_out))
    return replace(reply, embeds=(*reply.embeds, discord.Embed(title=title, description="\n".join(rows), colour=AMBER)))


def mixed_up(model: ModelInfo) -> str:
    """The channels that a model often mixes up, a line per pair; empty if there are none."""
    names = titles(model.channels)
    rows = [
        _(
            "I often mix up **{one}** and **{other}** ({count} of {n} test thumbnails).",
            one=plain(names.get(pair.one, pair.one)),
            other=plain(names.get(pair.other, pair.other)),
            count=pair.count,
            n=pair.n,
        )
        for pair in model.look_alikes[:MAX_PAIRS]
    ]
    left_out = len(model.look_alikes) - len(rows)
    rest = [ngettext("-# And {count} more pair.", "-# And {count} more pairs.", left_out)] if left_out else []
    return "\n".join([*rows, *rest])


def rejections(metrics: Metrics) -> str:
    """How well a model recognises what it does not know; empty if that was not measured."""
    if metrics.unknown_rejected is None or metrics.known_rejected is None:
        return ""
    unknown, known = percentage(metrics.unknown_rejected), percentage(metrics.known_rejected)
    if metrics.auroc_unknown is None:
        return _(
            "{unknown} correctly rejected; {known} of known thumbnails wrongly rejected.", unknown=unknown, known=known
        )
    return _(
        "{unknown} correctly rejected (AUROC {area}); {known} of known thumbnails wrongly rejected.",
        unknown=unknown,
        area=number(metrics.auroc_unknown, 2),
        known=known,
    )


def _shorts(count: int) -> Sequence[str]:
    if not count:
        return []
    return [
        ngettext(
            "{count} Short left out: I only learn from long videos.",
            "{count} Shorts left out: I only learn from long videos.",
            count,
        )
    ]


def _based_on(model: ModelInfo) -> str:
    return _(
        "Based on {thumbnails} thumbnails ({n} held out for testing) from {count} channels: {channels}.",
        thumbnails=model.thumbnails,
        n=model.metrics.n,
        count=len(model.channels),
        channels=clip(", ".join(plain(channel.title) for channel in model.channels), 1500),
    )


def _compared(outcome: RetrainReport) -> str:
    now, comparison = outcome.model.metrics, outcome.comparison
    if comparison is None:
        return _(
            "Accuracy **{accuracy}**; there is no earlier model of these channels to compare with.",
            accuracy=percentage(now.accuracy),
        )
    before, after = percentage(comparison.before.accuracy), percentage(now.accuracy)
    differing = comparison.only_after + comparison.only_before
    if not differing:
        return _(
            "Accuracy **{before} → {after}** on the same thumbnails: both models get exactly the same ones right.",
            before=before,
            after=after,
        )
    if comparison.worse:
        verdict = _("significantly worse")
    elif comparison.better:
        verdict = _("significantly better")
    elif comparison.only_after == comparison.only_before:
        verdict = _("no difference")
    elif comparison.only_after > comparison.only_before:
        verdict = _("better, but not significantly")
    else:
        verdict = _("worse, but not significantly")
    return ngettext(
        "Accuracy **{before} → {after}** on the same thumbnails: {verdict} (paired test on the {count} thumbnail that "
        "only one model got right: the new one {new}, the previous one {previous}).",
        "Accuracy **{before} → {after}** on the same thumbnails: {verdict} (paired test on the {count} thumbnails that "
        "only one model got right: the new one {new}, the previous one {previous}).",
        differing,
        before=before,
        after=after,
        verdict=verdict,
        new=comparison.only_after,
        previous=comparison.only_before,
    )


def _kept(outcome: RetrainReport) -> Sequence[str]:
    """Why the previous model stays, if the new one is not worse."""
    if outcome.swapped or (outcome.comparison is not None and outcome.comparison.worse):
        return []
    return [_("Somebody chose another version in the meantime, and that one stays live.")]
