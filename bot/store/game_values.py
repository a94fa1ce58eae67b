"""The plain values of the guessing game. Times are aware, in UTC; ids of servers and people are Discord's."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What a round of the game asks: which channel a video's thumbnail is from.

    `options` are the labels of channels, in the order of the buttons; `answer` is the place of the right one in it,
    `bot_choice` that of the bot's own answer, and `bot_confidence` in [0, 1] is how sure it was.
    """

    video: str
    options: tuple[str, ...]
    answer: int
    bot_choice: int
    bot_confidence: float


@dataclass(frozen=True, slots=True)
class Round:
    """A round of the game in a Discord `channel`.

    `message` shows it, None if that could not be sent; `daily` rounds are posted by the schedule. `video` is None, and
    `options` is empty, once it is 30 days old. `closed_at`, `bot_points` and `bot_streak`, the bot's right answers in a
    row, are set at its end.
    """

    id: int
    server: int
    channel: int
    message: int | None
    daily: bool
    video: str | None
    options: tuple[str, ...]
    answer: int
    bot_choice: int
    bot_confidence: float
    started_at: datetime
    ends_at: datetime
    bot_points: int = 0
    bot_streak: int = 0
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """One person's guess in a round that is over: its place in the options, the points, and right ones in a row."""

    user: int
    choice: int
    points: int
    streak: int


@dataclass(frozen=True, slots=True)
class RoundResult:
    """A round that is over, and what everybody guessed, most points first."""

    round: Round
    played: tuple[Played, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has reached in a server's game: points, rounds played, right ones, and the most in a row.

    People with the same points share a `rank`, counted from 1. `user` is None, and `rank` 0, for the bot.
    """

    user: int | None
    rank: int
    points: int
    played: int
    right: int
    streak: int


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The best people of a server, the person who asks (None: has not played), the bot, and how many have played."""

    best: tuple[Standing, ...]
    mine: Standing | None
    bot: Standing
    people: int


@dataclass(frozen=True, slots=True)
class DailyRound:
    """A server's daily round: its Discord channel, and its hour in UTC, None if it is turned off."""

    server: int
    channel: int
    hour: int | None
