"""The plain values that packages hand to each other. Frozen, validated, free of heavy imports."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from classifier.errors import fill

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that a model can name.

    `label` is the folder's name, unique within a model; `title` is the channel's name on YouTube (untrusted text:
    escape it wherever it is shown); `id` and `handle` are None if the folder has no record of them.
    """

    label: str
    title: str
    id: str | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class VideoFact:
    """The channel of a video, according to YouTube. Titles are untrusted text, one line of 100 characters at most.

    The Data API gives `channel_id`; oEmbed gives `channel_handle` (with @) or `channel_id`. What is missing is None.
    `title` is the video's.
    """

    video_id: str
    channel_title: str
    channel_id: str | None = None
    channel_handle: str | None = None
    title: str | None = None

    def is_from(self, channel: Channel) -> bool | None:
        """Whether the video is from a channel: by id, else by handle; None if the two cannot be compared."""
        if self.channel_id and channel.id:
            return self.channel_id == channel.id
        if self.channel_handle and channel.handle:
            return self.channel_handle.casefold() == channel.handle.casefold()
        return None


@dataclass(frozen=True, slots=True)
class KnownVideo:
    """A video whose thumbnail is in the data folder.

    The title is untrusted text, one line of 100 characters at most, empty if it is not known.
    """

    id: str
    title: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Guess:
    """One channel and its calibrated probability in [0, 1]."""

    channel: Channel
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says about one picture.

    `guesses` holds every channel of the model, most probable first; their probabilities and `unknown_probability`, that
    of another channel, sum to 1. `unknown` is true if the picture is rejected as unknown. `version` names the model.
    `exact` is a fact, no guess: the video whose thumbnail the picture is.
    """

    guesses: tuple[Guess, ...]
    unknown: bool
    version: str
    unknown_probability: float = 0.0
    exact: KnownVideo | None = None

    def __post_init__(self) -> None:
        probabilities = [guess.probability for guess in self.guesses]
        if not probabilities or not math.isclose(sum(probabilities) + self.unknown_probability, 1.0, abs_tol=1e-3):
            raise ValueError(f"probabilities must sum to 1, not {sum(probabilities) + self.unknown_probability}")
        if probabilities != sorted(probabilities, reverse=True):
            raise ValueError("guesses must be sorted, most probable first")

    @property
    def channel(self) -> Channel:
        """The most probable channel."""
        return self.guesses[0].channel

    @property
    def confidence(self) -> float:
        """The most probable channel's probability."""
        return self.guesses[0].probability


@dataclass(frozen=True, slots=True)
class HeldOutThumbnail:
    """A thumbnail that a model was tested on and did not learn from.

    `picture` is a new PNG of its pixels, without anything else of the file; `prediction` is what the model says of it.
    """

    video_id: str
    channel: Channel
    picture: bytes
    prediction: Prediction


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Which parts of a picture its answer rests on.

    `heat` says how strong evidence each part is for the most probable channel, even if the answer is unknown:
    float32 [rows, columns] in [0, 1] over an even grid, 1 for the strongest part, all 0 if no part matters.
    """

    prediction: Prediction
    heat: "NDArray[np.float32]"

    def __post_init__(self) -> None:
        if self.heat.ndim != 2 or not 0 <= self.heat.min() <= self.heat.max() <= 1:
            raise ValueError("heat must be a grid of values in [0, 1]")

    @property
    def channel(self) -> Channel:
        """The channel that is explained: the most probable one."""
        return self.prediction.channel


@dataclass(frozen=True, slots=True)
class Nearest:
    """The thumbnails of a channel that are most like a picture, the likeliest first: their videos, and a PNG of them
    side by side.
    """

    channel: Channel
    videos: tuple[KnownVideo, ...]
    figure: bytes


@dataclass(frozen=True, slots=True)
class MainColour:
    """One of the main colours of a picture, or of several: red, green and blue in [0, 255], and its share in [0, 1]."""

    red: int
    green: int
    blue: int
    share: float


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How typical a picture is of a channel.

    `percentile` in [0, 1] is the share of the channel's `held_out` thumbnails, which the model never learned from, that
    are less typical of it. `colours` are the picture's, `channel_colours` those of some of the channel's thumbnails;
    `figure` shows all of this as a PNG. `nearest` is None if the channel's thumbnails are gone.
    """

    channel: Channel
    percentile: float
    held_out: int
    colours: tuple[MainColour, ...]
    channel_colours: tuple[MainColour, ...]
    figure: bytes
    nearest: Nearest | None


@dataclass(frozen=True, slots=True)
class Why:
    """An explanation in pictures, each a PNG.

    `heatmap` shows the evidence for the most probable channel, `planes` the picture's red, green and blue, `histograms`
    how often each of their shades occurs. `nearest` are thumbnails that the model learned from: of the most probable
    channel and, if the answer is doubtful, of the next one; none if they are gone.
    """

    channel: Channel
    heatmap: bytes
    planes: bytes
    histograms: bytes
    nearest: tuple[Nearest, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelScores:
    """How good a model is on the `n` test thumbnails of one channel: all in [0, 1], 0 if there is nothing to divide."""

    label: str
    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """`count` of the `n` test thumbnails of the channel `label` were predicted as the channel `predicted`."""

    label: str
    predicted: str
    count: int
    n: int


@dataclass(frozen=True, slots=True)
class LookAlikes:
    """Two channels, by their labels, that a model often mixes up: `count` of the `n` test thumbnails of both."""

    one: str
    other: str
    count: int
    n: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """How good a model was on `n` thumbnails that it never saw.

    precision, recall and f1 are macro averages; `ece` is the calibration error over 15 equal bins, of known thumbnails
    or, if there were any of unknown channels, of all that are named, both counting alike; `confusion` counts
    thumbnails, rows true and columns predicted, in the order of `labels`. The three of the unknown task are None if no
    thumbnails of unknown channels were at hand: AUROC of the unknown score, and the shares of unknown and of known
    thumbnails that are rejected as unknown.
    """

    n: int
    accuracy: float
    precision: float
    recall: float
    f1: float
    log_loss: float
    ece: float
    confusion: tuple[tuple[int, ...], ...]
    labels: tuple[str, ...]
    auroc_unknown: float | None = None
    unknown_rejected: float | None = None
    known_rejected: float | None = None

    def per_channel(self) -> tuple[ChannelScores, ...]:
        """The scores of every channel, in the order of the labels."""
        scores = []
        for index, (label, row) in enumerate(zip(self.labels, self.confusion, strict=True)):
            right, n = row[index], sum(row)
            predicted = sum(other[index] for other in self.confusion)
            scores.append(
                ChannelScores(label, n, _share(right, predicted), _share(right, n), _share(2 * right, predicted + n))
            )
        return tuple(scores)

    def most_confused(self) -> Confusion | None:
        """The pair of channels confused most often, by count; None if no thumbnail was confused."""
        pairs = [
            Confusion(label, self.labels[column], count, sum(row))
            for index, (label, row) in enumerate(zip(self.labels, self.confusion, strict=True))
            for column, count in enumerate(row)
            if column != index and count
        ]
        return max(pairs, key=lambda pair: pair.count, default=None)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch of training: the mean training loss, and how good the network was on the calibration split."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is: its version, age, channels, and how good it was when it was trained.

    `thumbnails` counts what it was made from; `fetched` is when the oldest and the newest of them were downloaded;
    `look_alikes` are the pairs of channels that it often mixes up.
    """

    version: str
    trained_at: datetime
    network: str
    channels: tuple[Channel, ...]
    thumbnails: int
    metrics: Metrics
    fetched: tuple[datetime, datetime]
    look_alikes: tuple[LookAlikes, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """One of the models that are kept for an owner, and whether it is the one in use."""

    model: ModelInfo
    serving: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a long piece of work: `done` of `total` (0 if not known yet), and a short note."""

    stage: Literal["wait", "crawl", "read", "train", "measure"]
    done: int
    total: int
    note: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """The result of crawling one channel.

    `thumbnails` are in the folder now, `new` of them since this crawl; `left_out` counts by reason (placeholder,
    private, deleted, unreadable, failed, short); `units` is the quota used; `problem` is the sentence that says what
    ended the crawl early, None if nothing did.
    """

    channel: Channel
    thumbnails: int
    new: int
    units: int
    left_out: dict[str, int] = field(default_factory=dict)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A channel that a crawl or a training left out.

    `reason` says why and what to do, in sentences without foreign text; `template` and `data` are the same for
    translation, as for errors. `gone` means that YouTube has no such channel, or nothing public of it. `channel` is
    what was known of it, at least the name by which it was asked for.
    """

    channel: Channel
    reason: str
    gone: bool = False
    template: str = field(default="", compare=False)
    data: dict[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def because(cls, channel: Channel, template: str, /, *, gone: bool = False, **data: Any) -> Self:  # noqa: ANN401 - as for errors
        """The channel, and why it was left out, as a sentence with `{placeholders}` for the values in `data`."""
        return cls(channel, fill(template, data), gone, template, data)


@dataclass(frozen=True, slots=True)
class UnknownReport:
    """The result of crawling thumbnails of unknown channels.

    `thumbnails` are in the folder now, `new` of them since this crawl; `units` is the quota used; `problem` is the
    sentence that says what ended the crawl early, None if nothing did.
    """

    thumbnails: int
    new: int
    units: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class CrawlSummary:
    """The result of crawling several channels, and unknown ones too if asked for; `units` is the quota used for those
    that were asked for by name.
    """

    channels: tuple[CrawlReport, ...]
    left_out: tuple[LeftOut, ...]
    units: int
    unknown: UnknownReport | None = None

    @property
    def shorts(self) -> int:
        """How many Shorts were left out."""
        return sum(it.left_out.get("short", 0) for it in self.channels)

    @property
    def asked_for(self) -> tuple[Channel, ...]:
        """The channels that were asked for, crawled or not."""
        return tuple(it.channel for it in self.channels) + tuple(it.channel for it in self.left_out)


@dataclass(frozen=True, slots=True)
class VideosReport:
    """The result of downloading single videos' thumbnails: how many are in the folder now, `new` ones, and the rest."""

    thumbnails: int
    new: int
    left_out: dict[str, int] = field(default_factory=dict)


KEEP: Final = timedelta(days=29)
"""How long what came from YouTube is kept without a refresh: a day less than its policies allow, until the next one."""


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """The result of refreshing what came from YouTube.

    `channels` were found, with the names that they have now; `gone` are the ids of those that YouTube no longer has.
    `checked` counts the thumbnails that YouTube answered for, of which some have `changed`; `deleted` those that it no
    longer has, or that could not be refreshed in time. `more` says that others are due; `units` is the quota used;
    `problem` is the sentence that says what went wrong, None if nothing did.
    """

    channels: tuple[Channel, ...] = ()
    gone: tuple[str, ...] = ()
    checked: int = 0
    changed: int = 0
    deleted: int = 0
    more: bool = False
    units: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """A thumbnail that a model would give to another channel.

    `video` is its video's id, `file` its folder and name, `label` its channel's label; `nearest` is the label of the
    channel that the model finds most probable besides, None for "unknown"; `loss` is the negative logarithm of its own
    channel's probability. It is `held_out` for testing, or judged by a model that was trained without it. The `title`
    of the video is as in KnownVideo; a model's files are without it, because they may outlive it.
    """

    video: str
    file: str
    label: str
    nearest: str | None
    loss: float
    held_out: bool
    title: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model compared with the previous one on the same test thumbnails.

    `before` measures the previous one. `only_before` and `only_after` count the thumbnails that only one of the two got
    right; `worse` and `better` say that the new one is significantly so, by these two counts.
    """

    before: Metrics
    only_before: int
    only_after: int
    worse: bool
    better: bool = False


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A published model, and how it compares with the previous one.

    `comparison` is None if there was no previous model, or one of other channels. `skipped` names each unreadable
    thumbnail, and says why; `left_out` are the channels that have too few.
    """

    model: ModelInfo
    comparison: Comparison | None
    skipped: tuple[str, ...]
    history: tuple[EpochReport, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class RetrainReport:
    """The result of a retrain.

    `comparison` and `skipped` as in TrainedModel; `swapped` says whether the new model is now in use; `left_out` are
    the channels that could not be crawled or learned; `units` is the quota used; `shorts` counts the Shorts that were
    left out.
    """

    model: ModelInfo
    comparison: Comparison | None
    swapped: bool
    skipped: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()
    units: int = 0
    shorts: int = 0
