"""The plain values that rooms hand to each other. Frozen, validated, free of heavy imports."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that a model can name.

    `label` is the folder's name, unique within a model; `title` is what people call the channel (foreign text:
    escape it before it reaches Discord); `id` and `handle` are None where the folder says nothing of YouTube.
    """

    label: str
    title: str
    id: str | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """One channel and its calibrated probability in [0, 1]."""

    channel: Channel
    probability: float


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the model says of one picture.

    `guesses` holds every channel of the model, most probable first; their probabilities sum to 1. `unknown` is true
    where the picture looks like none of them, whatever the probabilities say.
    """

    guesses: tuple[Guess, ...]
    unknown: bool

    def __post_init__(self) -> None:
        probabilities = [guess.probability for guess in self.guesses]
        if not probabilities or not math.isclose(sum(probabilities), 1.0, abs_tol=1e-3):
            raise ValueError(f"probabilities must sum to 1, not {sum(probabilities)}")
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


@dataclass(frozen=True, slots=True, eq=False)
class Explanation:
    """Why a picture is taken for a channel's.

    `heat` says how much each part of the picture speaks for the most probable channel, known or not: float32 [rows,
    columns] in [0, 1] of a grid that covers the picture evenly, 1 where it speaks most, all 0 where no part matters.
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
class Why:
    """An explanation in pictures, each a PNG.

    `heat` shows what speaks for the most probable channel, `planes` the picture's red, green and blue, `histograms`
    how often each shade of them occurs.
    """

    channel: Channel
    heat: bytes
    planes: bytes
    histograms: bytes


@dataclass(frozen=True, slots=True)
class Metrics:
    """How good a model was on `n` pictures that it never saw.

    precision, recall and f1 are macro averages; `ece` is the calibration error over 15 equal-count bins; `confusion`
    counts pictures, rows true and columns predicted, in the order of `labels`. The three of the unknown task are None
    where no pictures of other channels were at hand: AUROC of the unknown score, and the share of other channels'
    and of known channels' pictures that are called unknown.
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


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One epoch of a training: the mean training loss, and how good the network was on the calibration side."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a model is: its version, age, channels, and how good it was when it was made.

    `fetched` says when the oldest and the newest of its pictures were, by their files; None for models of before.
    """

    version: str
    trained_at: datetime
    network: str
    channels: tuple[Channel, ...]
    pictures: int
    metrics: Metrics
    fetched: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One of the models that an owner keeps, and whether it is the one that serves."""

    model: ModelInfo
    serves: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a long piece of work: `done` of `total` (0 where not known yet), and a few words on it."""

    stage: Literal["wait", "crawl", "read", "train", "measure"]
    done: int
    total: int
    note: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a crawl of one channel brought.

    `pictures` lie in the folder now, `new` of them since this crawl; `left_out` counts by reason (placeholder,
    private, deleted, unreadable, failed); `units` is the quota that it cost.
    """

    channel: Channel
    pictures: int
    new: int
    units: int
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StrangersReport:
    """What a crawl of other channels' pictures brought.

    `pictures` of channels that are not known lie in the folder now, `new` of them since this crawl; `units` is the
    quota that it cost; `problem` is the sentence that says what ended it early, None where nothing did.
    """

    pictures: int
    new: int
    units: int
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class VideosReport:
    """What came of single videos' thumbnails: `pictures` are there now, `new` of them since; the rest by reason."""

    pictures: int
    new: int
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A new model beside the one before it, on the same held-out pictures.

    `before` is how good the old one is on them. `only_before` and `only_after` count the pictures that one got right
    and the other did not; `worse` and `better` say that the new one is so beyond chance, by these two counts.
    """

    before: Metrics
    only_before: int
    only_after: int
    worse: bool
    better: bool = False


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """What a training gave: the new model, and how it compares with the one before.

    `comparison` is None where there was no model before, or one of other channels. `skipped` says of each unreadable
    picture why.
    """

    model: ModelInfo
    comparison: Comparison | None
    skipped: tuple[str, ...]
    history: tuple[EpochReport, ...]


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a retrain brought, for the people who wait for it.

    `comparison` and `skipped` as in TrainedModel; `swapped` says whether the new model serves now; `confusion_plot` is
    the PNG of its confusion matrix.
    """

    model: ModelInfo
    comparison: Comparison | None
    swapped: bool
    skipped: tuple[str, ...]
    confusion_plot: bytes
