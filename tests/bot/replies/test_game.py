"""The question and the result of a round, the leaderboard, the daily round."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.replies.daily import daily, daily_on
from bot.replies.game import guessed, guessed_before, question, result
from bot.replies.leaderboard import leaderboard
from bot.store.game_values import DailyRound, Leaderboard, Played, Round, RoundResult, Standing
from classifier.values import VideoFact
from tests.bot.samples import HOSTILE, png, text_of

WHEN = datetime(2026, 3, 4, 12, tzinfo=UTC)
VIDEO = "jNQXAC9IVRw"
TITLES = {"a": "Alpha", "b": "Beta", "x": HOSTILE.title}
ROUND = Round(
    *(1, 2, 3, 4, False, VIDEO, ("b", "a", "x")),
    answer=1,
    bot_choice=1,
    bot_confidence=0.934,
    started_at=WHEN,
    ends_at=WHEN,
    bot_points=2,
    bot_streak=3,
    closed_at=WHEN,
)


def fields(played: tuple[Played, ...] = (), **changed: Any) -> dict[str, str]:
    (embed,) = result(RoundResult(replace(ROUND, **changed), played), TITLES, None).embeds
    return {str(field.name): str(field.value) for field in embed.fields}


@pytest.mark.parametrize("is_daily", [True, False])
def test_a_question_shows_the_picture_and_the_rules(is_daily: bool) -> None:
    reply = question(png(), WHEN, daily=is_daily)
    (embed,), (drawing,) = reply.embeds, reply.drawings
    assert (drawing.name, drawing.png) == ("guess.png", png())
    assert embed.image.url == "attachment://guess.png"
    assert "<t:1772625600:R>" in str(embed.description)
    assert ("first 5 seconds: +1" in str(embed.footer.text)) is not is_daily
    assert str(embed.title).startswith("Today's round") is is_daily


def test_who_guessed_hears_what_they_chose() -> None:
    assert guessed(ROUND, 0, TITLES).text == "You chose **Beta**. The answer comes <t:1772625600:R>."
    assert str(guessed_before(ROUND, 1, TITLES).text).startswith("You've already chosen **Alpha**; only the first")
    assert guessed(ROUND, 0, {}).text == "You chose **b**. The answer comes <t:1772625600:R>."


def test_the_result_names_channel_video_people_and_the_bots_answer() -> None:
    fact = VideoFact(VIDEO, "Alpha", title="Me at the [zoo](https://evil.example)")
    played = (Played(7, 1, 2, 3), Played(8, 1, 1, 1), Played(9, 2, 0, 0))
    (embed,) = result(RoundResult(ROUND, played), TITLES, fact).embeds
    assert embed.title == "It was Alpha"
    assert embed.description == rf"[Me at the \[zoo\](https\://evil.example)](https://youtu.be/{VIDEO})"
    assert embed.image.url == "attachment://guess.png"
    assert fields(played)["Right"] == "<@7> +2 · 3 in a row\n<@8> +1"
    assert fields(played)["Wrong"].startswith("<@9> \\*\\*Boom\\*\\*")
    assert "@everyone" not in fields(played)["Wrong"]
    assert fields(played)["My answer"] == "✅ **Alpha**, 93% sure · +2 · 3 in a row"


def test_a_wrong_bot_says_so() -> None:
    assert fields(bot_choice=0, bot_points=0, bot_streak=0)["My answer"] == "❌ **Beta**, 93% sure · +0"


def test_without_the_videos_title_the_result_still_links_it() -> None:
    (embed,) = result(RoundResult(ROUND, ()), TITLES, None).embeds
    assert embed.description == f"[Watch the video](https://youtu.be/{VIDEO})"
    (embed,) = result(RoundResult(replace(ROUND, video=None), ()), TITLES, None).embeds
    assert not embed.description
    assert fields()["Guesses"] == "Nobody guessed."


def test_a_crowd_fits_the_result() -> None:
    crowd = tuple(Played(2**63 - n, n % 2 + 1, 3, 12) for n in range(2000))
    (embed,) = result(RoundResult(ROUND, crowd), {**TITLES, "x": "x" * 100}, None).embeds
    assert all(len(str(field.value)) <= 1024 for field in embed.fields)
    assert str(embed.fields[0].value).endswith("\nand 990 more")


def standing(user: int | None, rank: int, points: int) -> Standing:
    return Standing(user, rank, points=points, played=4, right=2, streak=2)


BOT = standing(None, 0, 9)


def test_whoever_asks_is_shown_below_the_best() -> None:
    best = (standing(1, 1, 5), standing(2, 1, 5), standing(3, 3, 1))
    shown = text_of(leaderboard(Leaderboard(best, standing(9, 14, 0), BOT, 15), week=True))
    assert "**1.** <@1> · **5 points**" in shown
    assert "**1.** <@2> · **5 points**" in shown
    assert "**3.** <@3> · **1 point**" in shown
    assert "⋯\\n**14.** <@9> · **0 points** · 2 of 4 right · up to 2 in a row" in shown
    assert "15 people have played. Weeks begin on Monday, UTC." in shown
    assert "**9 points**" in shown
    shown = text_of(leaderboard(Leaderboard(best, best[0], BOT, 3), week=False))
    assert "⋯" not in shown
    assert "Monday" not in shown


def test_a_leaderboard_without_points_or_players_says_so() -> None:
    assert "Nobody has played yet." in text_of(leaderboard(Leaderboard((), None, BOT, 0), week=True))
    shown = text_of(leaderboard(Leaderboard((), standing(9, 1, 0), BOT, 1), week=True))
    assert "Nobody has any points yet." in shown
    assert "1 person has played." in shown


def test_the_longest_leaderboard_fits_an_embed() -> None:
    best = tuple(Standing(2**63 - 1, 10, 2**31, 2**31, 2**31, 2**31) for _ in range(25))
    (embed,) = leaderboard(Leaderboard(best, best[0], BOT, 2**31), week=True).embeds
    assert len(str(embed.description)) <= 4096


def test_the_daily_round_is_described() -> None:
    assert "at 07:00 UTC" in str(daily(DailyRound(1, 2, 7)).text)
    off = "There is no daily round in this server. Use `/daily on` to turn it on."
    assert daily(None).text == daily(DailyRound(1, 2, None)).text == off
    assert str(daily_on(2, 7, missing=["Embed Links"]).text).endswith("in <#2>: Embed Links.")
