"""What people read: plain values in, Discord's embeds, files and alt texts out. No input, no output, no clock."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import discord

from bot.intake import Source
from classifier.plot import percent
from classifier.values import Channel, Metrics, Prediction, Progress, TrainingReport

BLUE, GREEN, AMBER, GREY = (discord.Colour(value) for value in (0x3B82F6, 0x16A34A, 0xD97706, 0x6B7280))
ALT_LIMIT: Final = 1024
STAGES: Final = {
    "wait": "Waiting",
    "crawl": "Crawling",
    "read": "Reading",
    "train": "Training",
    "measure": "Measuring",
}
CERTAINTY: Final = ((0.95, "Almost certain"), (0.75, "Likely"), (0.5, "More likely than not"), (0.0, "Unsure"))

_MARKUP = re.compile(r"[\\`*_~|<>\[\]]|:(?=//)|^[-+#]|^\d+(?=\.)")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A PNG to attach: a plain ASCII name and an alt text."""

    name: str
    png: bytes
    alt: str

    @property
    def url(self) -> str:
        """How an embed of the same message names it."""
        return f"attachment://{self.name}"


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to send."""

    text: str | None = None
    embeds: tuple[discord.Embed, ...] = ()
    drawings: tuple[Drawing, ...] = ()

    def files(self) -> list[discord.File]:
        """Fresh files to upload; each can be sent once."""
        return [discord.File(BytesIO(it.png), it.name, description=clip(it.alt, ALT_LIMIT)) for it in self.drawings]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one picture: the prediction, its plot, and where the picture came from."""

    source: Source
    prediction: Prediction
    plot: bytes


def clip(text: str, limit: int) -> str:
    """Shorten a text to at most `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def line(text: str, limit: int = 60) -> str:
    """A foreign text as one line of visible characters, for places that know no markdown."""
    return clip("".join(char for char in " ".join(text.split()) if char.isprintable()), limit) or "untitled"


def plain(text: str, limit: int = 60) -> str:
    """A foreign text made harmless: one line, no markdown, no links, no mentions."""
    return discord.utils.escape_mentions(_MARKUP.sub(r"\\\g<0>", line(text, limit)))


def measured(share: float) -> str:
    """A measured share in [0, 1] with one decimal."""
    return f"{share:.1%}"


def certainty(confidence: float) -> str:
    """A confidence in [0, 1] in words."""
    return next(words for least, words in CERTAINTY if confidence >= least)


def describe(prediction: Prediction) -> str:
    """The confidence plot in words: its three highest bars."""
    bars = ", ".join(f"{line(guess.channel.title)} {percent(guess.probability)}" for guess in prediction.guesses[:3])
    rest = f", and {len(prediction.guesses) - 3} more" if len(prediction.guesses) > 3 else ""
    verdict = " The picture looks like none of these channels." if prediction.unknown else ""
    return f"Bar chart of the confidence in each channel: {bars}{rest}.{verdict}"


def answers(given: Sequence[Answer], notes: Sequence[str] = ()) -> Reply:
    """One message about one or more pictures; `notes` are finished sentences about others."""
    drawings = tuple(
        Drawing(f"confidence{f'-{n}' if len(given) > 1 else ''}.png", it.plot, describe(it.prediction))
        for n, it in enumerate(given, 1)
    )
    embeds = tuple(_answer(it, drawing.url) for it, drawing in zip(given, drawings, strict=True))
    if len(given) > 1:
        for embed, it in zip(embeds, given, strict=True):
            embed.set_author(name=line(it.source.name, 100))
    return Reply("\n".join(notes) or None, embeds, drawings)


def _answer(answer: Answer, plot_url: str) -> discord.Embed:
    prediction = answer.prediction
    name, share = plain(prediction.channel.title), percent(prediction.confidence)
    if prediction.unknown:
        title, colour = "None of the channels I know", GREY
        text = f"The nearest is **{name}** ({share}), but the picture does not look like its thumbnails."
    else:
        title, text = name, f"**{certainty(prediction.confidence)}**: {share}"
        colour = GREEN if prediction.confidence >= CERTAINTY[1][0] else AMBER
    links = []
    if answer.source.video_id:
        links.append(f"[video](https://youtu.be/{answer.source.video_id})")
    if prediction.channel.id:
        links.append(f"[channel](https://www.youtube.com/channel/{prediction.channel.id})")
    # Not as the embed's own address: Discord draws embeds of one address as one.
    return discord.Embed(title=title, description=f"{text}\n{' · '.join(links)}", colour=colour).set_image(url=plot_url)


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


def help_page(prefix: str, *, sees_posts: bool) -> Reply:
    """What the bot does and how to ask it; `prefix` is what a text command starts with."""
    posts = "Post an image in a channel." if sees_posts else "Post an image and mention me, or send it to me directly."
    embed = discord.Embed(
        title="Thumbprint",
        description="I say which YouTube channel a thumbnail comes from, how sure I am, and when I do not know.",
        colour=BLUE,
    )
    for name, value in (
        ("Show me a picture", posts),
        ("Name a video", f"`{prefix}classify https://youtu.be/jNQXAC9IVRw` or `/classify`"),
        ("Point at a picture", f"Reply `{prefix}classify` to a message that has a picture or a YouTube link."),
        ("Teach me (server admins)", f"`{prefix}retrain` or `/retrain` fetches new thumbnails and trains a new model."),
    ):
        embed.add_field(name=name, value=value, inline=False)
    return Reply(embeds=(embed,))
