"""The plain values of the store. Times are aware, in UTC; ids of servers and people are Discord's."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from classifier.values import Channel


@dataclass(frozen=True, slots=True)
class Shards:
    """Those of the `total` shards of the bot that a process serves: `ids`, in order."""

    total: int = 1
    ids: tuple[int, ...] = (0,)

    def cover(self, server: int | None) -> bool:
        """Whether a server is on one of them; None: direct messages, which are on shard 0."""
        return (0 if server is None else (server >> 22) % self.total) in self.ids

    @property
    def all(self) -> bool:
        """Whether these are all there are."""
        return len(self.ids) == self.total


ALL_SHARDS: Final = Shards()


class UnknownPictures(StrEnum):
    """What to do with posted pictures that are from none of the channels the bot knows."""

    ANSWER = "answer"
    REACT = "react"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Server:
    """A server's settings.

    `threshold` in [0, 1]: how sure the bot must be to name a channel, None for the model's own; `weekly`: whether it
    trains every week; `language`: as in `bot.languages`, None to follow the settings in Discord; `left_at`: when the
    bot left, None if it is there; `admin_role`: whose members may use the text commands of admins, too; `log_channel`:
    where admins' actions are logged; `only_asked`: whether posted pictures are left alone.
    """

    id: int
    threshold: float | None = None
    weekly: bool = False
    unknown_pictures: UnknownPictures = UnknownPictures.ANSWER
    language: str | None = None
    left_at: datetime | None = None
    admin_role: int | None = None
    log_channel: int | None = None
    only_asked: bool = False


@dataclass(frozen=True, slots=True)
class ServerChannel:
    """A channel on a server's list, and who added it: None if that person asked to be forgotten."""

    channel: Channel
    added_by: int | None


class RunState(StrEnum):
    """The state of a training run."""

    RUNNING = "running"
    DONE = "done"
    KEPT_OLD = "kept-old"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    NOTHING_NEW = "nothing-new"


@dataclass(frozen=True, slots=True)
class Run:
    """A training run.

    `server` is None for the default model; `channel` and `message` are where its progress is shown, if anywhere;
    `asked_by` is None if it was scheduled or that person was forgotten. Finished runs have the model's `version`, its
    `accuracy` in [0, 1], and the number of `thumbnails` that it was made from. `attempt` counts the workers that have
    claimed it, and is 0 where the bot trains by itself; `cancelled`: somebody wants it to stop.
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
    thumbnails: int | None = None
    attempt: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class FactRow:
    """The YouTube id or handle of a video's channel, empty once it is forgotten, and whether the answer was correct."""

    channel: str
    correct: bool


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer about a picture: the most probable channel's label and its calibrated confidence in [0, 1].

    `server` is None in direct messages, `video` for other pictures than YouTube thumbnails, `fact` if YouTube did not
    say; `version` is the model's. `exact`: the picture is a known thumbnail, so the label is a fact.
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
    exact: bool = False

    @property
    def named(self) -> str | None:
        """The label that was named; None for "none of the channels I know"."""
        return None if self.unknown else self.label


class Verdict(StrEnum):
    """A person's verdict on an answer."""

    RIGHT = "right"
    WRONG = "wrong"


class FeedbackState(StrEnum):
    """The state of feedback: to be reviewed, accepted, dropped or, without a YouTube thumbnail, only counted."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A person's feedback on an answer; `label` is the channel's, None for "none of these"."""

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
    """A video and its channel's label, as accepted by an admin; None: none of the server's channels."""

    video: str
    label: str | None


@dataclass(frozen=True, slots=True)
class WeekStatistics:
    """A week's answers, counted; the week begins on `monday`, at midnight UTC.

    `exact` counts exact matches, which no other count but `answered` includes. `by_fact` counts answers that YouTube
    could confirm; `by_feedback` counts the feedback on that week's answers, whenever it was given, except what an admin
    dropped.
    """

    monday: date
    answered: int = 0
    unknown: int = 0
    right_by_fact: int = 0
    wrong_by_fact: int = 0
    right_by_feedback: int = 0
    wrong_by_feedback: int = 0
    exact: int = 0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many pieces of feedback, and guesses in the game, of a person were deleted."""

    feedback: int
    guesses: int
