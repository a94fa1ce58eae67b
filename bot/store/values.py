"""The plain values that the store gives. Times are aware, in UTC; ids of servers and people are Discord's."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from classifier.values import Channel


@dataclass(frozen=True, slots=True)
class Server:
    """A server's settings.

    `threshold` in [0, 1]: how sure the bot must be before it names a channel, None for the model's own; `weekly`:
    whether it trains by itself; `left_at`: when the bot left, None while it is there.
    """

    id: int
    threshold: float | None = None
    weekly: bool = False
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ServerChannel:
    """A channel that a server's model is to know, and who added it: None where that person asked to be forgotten."""

    channel: Channel
    added_by: int | None
    added_at: datetime


class RunState(StrEnum):
    """How a training run stands, or ended."""

    RUNNING = "running"
    DONE = "done"
    KEPT_OLD = "kept-old"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run.

    `server` is None for the default model; `channel` and `message` are where its progress is told, if anywhere;
    `asked_by` is None where the schedule asked or that person was forgotten. The model's `version`, its `accuracy` in
    [0, 1] and on how many `pictures` it learned are known of runs that reached their end.
    """

    id: int
    server: int | None
    channel: int | None
    message: int | None
    asked_by: int | None
    scheduled: bool
    started_at: datetime
    ended_at: datetime | None = None
    state: RunState = RunState.RUNNING
    version: str | None = None
    accuracy: float | None = None
    pictures: int | None = None


@dataclass(frozen=True, slots=True)
class FactRow:
    """The YouTube id of a video's true channel, and whether the answer was right."""

    channel: str
    right: bool


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What the bot said of a picture: the most probable channel's label and calibrated confidence in [0, 1].

    `server` is None in direct messages, `video` where the picture is no YouTube thumbnail, `fact` where YouTube did
    not tell; `version` is the model's.
    """

    id: int
    server: int | None
    at: datetime
    video: str | None
    label: str
    confidence: float
    unknown: bool
    version: str
    fact: FactRow | None

    @property
    def said(self) -> str | None:
        """The label that was named; None for "none of the channels I know"."""
        return None if self.unknown else self.label


class Verdict(StrEnum):
    """What a person says of an answer."""

    RIGHT = "right"
    WRONG = "wrong"


class FeedbackState(StrEnum):
    """Whether feedback waits for a review, passed it or not, or only counts: that of no YouTube thumbnail."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person said of an answer; `label` is the channel's, None for "none of these"."""

    id: int
    answer: AnswerRow
    user: int
    at: datetime
    verdict: Verdict
    label: str | None
    state: FeedbackState
    reviewed_by: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewedExample:
    """A video whose channel's label people told and an admin accepted; None: none of the server's channels."""

    video: str
    label: str | None


@dataclass(frozen=True, slots=True)
class WeekStatistics:
    """A week's answers, counted; the week begins on `monday`, at midnight UTC.

    Facts count answers; feedback counts what people said of that week's answers, whenever they said it, without what
    an admin dropped.
    """

    monday: date
    answered: int = 0
    unknown: int = 0
    right_by_fact: int = 0
    wrong_by_fact: int = 0
    right_by_feedback: int = 0
    wrong_by_feedback: int = 0
