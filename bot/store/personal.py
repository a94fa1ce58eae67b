"""Personal data: everything that the database holds about one person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import answers, corrections, feedback, guesses, rounds, runs, server_channels

_FEEDBACK: Final = (
    answers.c.server,
    feedback.c.at,
    answers.c.video,
    answers.c.label.label("answer"),
    answers.c.confidence,
    feedback.c.verdict,
    feedback.c.label,
    feedback.c.state,
)
_SELECTED: Final[Mapping[str, tuple[ColumnElement[int], Select[Any]]]] = {
    "feedback": (feedback.c.user, select(*_FEEDBACK).join_from(feedback, answers)),
    "reviewed_feedback": (feedback.c.reviewed_by, select(*_FEEDBACK).join_from(feedback, answers)),
    "corrections": (
        corrections.c.by,
        select(corrections.c.server, corrections.c.video, corrections.c.label, corrections.c.at),
    ),
    "guesses": (
        guesses.c.user,
        select(
            rounds.c.server, rounds.c.started_at, rounds.c.video, guesses.c.choice, guesses.c.points, guesses.c.streak
        ).join_from(guesses, rounds),
    ),
    "training_runs": (
        runs.c.asked_by,
        select(runs.c.server, runs.c.channel, runs.c.started_at, runs.c.ended_at, runs.c.state, runs.c.version),
    ),
    "added_channels": (
        server_channels.c.added_by,
        select(server_channels.c.server, server_channels.c.id, server_channels.c.title, server_channels.c.added_at),
    ),
}
"""What mentions a person: the column that does, and what of its rows is about them. Nobody else is in there."""
_IDS: Final = frozenset({"server", "channel"})


async def personal_data(connection: AsyncConnection, user: int) -> Mapping[str, Sequence[Mapping[str, object]]]:
    """The rows about a person, by kind, as JSON has them: ids are strings, because they are too large for numbers."""
    return {
        kind: [
            {name: _plain(name, value) for name, value in row.items()}
            for row in (await connection.execute(rows.where(person == user))).mappings()
        ]
        for kind, (person, rows) in _SELECTED.items()
    }


def _plain(name: str, value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if name in _IDS and value is not None else value
