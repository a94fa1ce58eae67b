"""Statistics in words."""

from dataclasses import replace
from datetime import date, timedelta

from bot.limits import ALT_TEXT_LENGTH
from bot.replies.statistics import statistics
from bot.store.values import WeekStatistics
from tests.bot.samples import png

MONDAYS = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(12)]


def test_the_alt_text_has_the_number_of_every_bar() -> None:
    weeks = [WeekStatistics(monday, 99_999, 10_000, 33_333, 22_222, 11_111, 44_444) for monday in MONDAYS]
    (drawing,) = statistics(weeks, png()).drawings
    exact = [replace(week, exact=55_555) for week in weeks]
    assert len(statistics(exact, png()).drawings[0].alt) <= ALT_TEXT_LENGTH
    assert drawing.alt.count("44444") == 12
    assert "5 January 2026 to that of 23 March 2026" in drawing.alt


def test_exact_matches_are_counted_apart() -> None:
    weeks = [WeekStatistics(MONDAYS[0], answered=4, unknown=1, exact=2)]
    reply = statistics(weeks, png())
    assert [field.value for field in reply.embeds[0].fields[:3]] == ["4", "1 (25.0%)", "2 (50.0%)"]
    assert "Exact matches: 2." in reply.drawings[0].alt


def test_without_data_there_are_no_shares() -> None:
    weeks = [WeekStatistics(MONDAYS[0], answered=3)]
    (embed,) = statistics(weeks, png()).embeds
    assert [field.value for field in embed.fields] == ["3", "0 (0.0%)", "no data yet", "no data yet"]
