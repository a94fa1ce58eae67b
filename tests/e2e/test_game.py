"""The guessing game: rounds, points, the leaderboard, the daily round, and what must not leak."""

import asyncio
import json
import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest

from bot.app import Thumbprint
from bot.cogs import game as cog
from bot.cogs.game import GuessingGame
from bot.game import Game
from bot.sandbox.discord import LocalDiscord, Message, Permission, User
from bot.sandbox.youtube import LocalYouTube
from bot.store.store import Store
from bot.store.values import Forgotten
from bot.views import game as view
from classifier.errors import BusyError, NoModelError, TooFewHeldOutError
from classifier.values import Channel, Guess, HeldOutThumbnail, Prediction
from tests.bot.samples import NERDOLOGIA, PEIXE, png, prediction
from tests.e2e.chat import ADMINS_ONLY, FORMS, Form, ask, buttons, fields_of, refused, text_of
from tests.e2e.conftest import VIDEO, ScriptedEngine, bot_settings, handled, running

pytestmark = pytest.mark.every_database

OVER = "That round is over. Start a new one with `/guess`."
NONE_YET = "There is no daily round in this server. Use `/daily on` to turn it on."


class End:
    """The end of rounds, which tests decide."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.come = asyncio.Event()
        self._begun = asyncio.Condition()

    async def __call__(self, seconds: float) -> None:
        async with self._begun:
            self.waits.append(seconds)
            self._begun.notify_all()
        await self.come.wait()

    async def awaited_by(self, rounds: int) -> None:
        """Wait until so many rounds have begun to wait for it: one that has not would miss it."""
        async with self._begun:
            await self._begun.wait_for(lambda: len(self.waits) >= rounds)


def game_of(bot: Thumbprint) -> GuessingGame:
    found = bot.get_cog("GuessingGame")
    assert isinstance(found, GuessingGame)
    return found


@pytest.fixture(autouse=True)
async def end(monkeypatch: pytest.MonkeyPatch) -> End:
    """The end of all rounds of all bots."""
    end = End()
    monkeypatch.setattr(cog, "Game", partial(Game, sleep=end))
    return end


@pytest.fixture(autouse=True)
def nobody_is_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "FAST_SECONDS", -3600)


async def guess(local: LocalDiscord, who: User, shown: Message, channel: str) -> Message:
    """Press a channel's button; returns the private answer."""
    return await local.answer_to(await local.press(who, local.current(shown), buttons(shown)[channel]))


async def finish(local: LocalDiscord, shown: Message, end: End) -> Message:
    """Let a round end; returns its message with the result."""
    async with local.watch() as events:
        end.come.set()
        edited = await events.next(
            lambda event: event.name == "MESSAGE_UPDATE" and event.message is not None and event.message.id == shown.id
        )
    end.come.clear()
    assert edited.message is not None
    return edited.message


async def play(local: LocalDiscord, end: End, bot: Thumbprint, **chosen: str) -> Message:
    """A whole round of the member, the admin and the owner (of the bot); returns the result."""
    shown = await ask(local, "text", local.member, "guess")
    for who, channel in chosen.items():
        await guess(local, getattr(local, who), shown, channel)
    ended = await finish(local, shown, end)
    await closed(bot)
    return ended


async def closed(bot: Thumbprint) -> None:
    """Wait until nothing of a round that ended goes on, and the pause after it is over."""
    game = game_of(bot).game
    await asyncio.gather(*game._ends)
    game._resting.clear()


# A round


@pytest.mark.parametrize("form", FORMS)
async def test_people_play_a_round_against_the_bot(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, end: End
) -> None:
    member, admin, owner = local_discord.member, local_discord.admin, local_discord.owner
    shown = await ask(local_discord, form, member, "guess")
    assert shown.visible_to is None
    (embed,) = shown.embeds
    assert embed["title"] == "Which channel is this?"
    assert re.search(r"The answer comes <t:\d+:R>\.", embed["description"])
    assert embed["footer"]["text"] == "Right: 1 point · in the first 5 seconds: +1 · every 3 right in a row: +1"
    assert sorted(buttons(shown)) == ["Nerdologia", "Peixe Babel"]
    for who, channel in ((member, "Nerdologia"), (admin, "Peixe Babel"), (owner, "Nerdologia")):
        said = await guess(local_discord, who, shown, channel)
        assert re.fullmatch(rf"You chose \*\*{channel}\*\*\. The answer comes <t:\d+:R>\.", said.content)
        assert said.visible_to == who.id
    again = await guess(local_discord, admin, shown, "Nerdologia")
    assert again.content.startswith("You've already chosen **Peixe Babel**; only the first guess counts.")
    assert again.visible_to == admin.id
    ended = await finish(local_discord, shown, end)
    assert buttons(ended) == {}
    (embed,) = ended.embeds
    assert embed["title"] == "It was Nerdologia"
    assert embed["description"] == f"[Nerdologia #1](https://youtu.be/{VIDEO})"
    assert fields_of(ended) == {
        "Right": f"<@{member.id}> +1\n<@{owner.id}> +1",
        "Wrong": f"<@{admin.id}> Peixe Babel",
        "My answer": "✅ **Nerdologia**, 90% sure · +1",
    }
    assert [attachment.filename for attachment in ended.attachments] == ["guess.png"]
    assert embed["image"]["url"]
    assert end.waits[0] <= 20


async def test_nothing_that_a_client_sees_names_the_answer(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, end: End
) -> None:
    async with local_discord.watch() as events:
        asked = await local_discord.post(local_discord.member, local_discord.general, "!guess")
        shown = await local_discord.answer_to(asked)
        sent = await events.next(lambda event: event.name == "MESSAGE_CREATE" and event.message == shown)
    assert sent.message is not None
    names = {"Nerdologia", "Peixe Babel"}
    visible = json.dumps([*shown.embeds, shown.content, [repr(it) for it in shown.attachments]])
    for secret in (*names, VIDEO, NERDOLOGIA.id, NERDOLOGIA.label, "#1", "youtu.be"):
        assert str(secret) not in visible
    (attachment,) = shown.attachments
    assert (attachment.filename, attachment.description) == (
        "guess.png",
        "A YouTube thumbnail. Which channel is it from?",
    )
    assert local_discord.read(attachment) == engine.drawn.picture
    (begun,) = await bot.services.store.game.running()
    assert [*buttons(shown).values()] == [f"guess:{begun.id}:0", f"guess:{begun.id}:1"]
    styles = {(button["style"], button.get("emoji")) for row in shown.components for button in row["components"]}
    assert len(styles) == 1
    assert await bot.services.engine.facts.video(VIDEO, quota=False) is not None  # it was looked up, and nobody sees it


async def test_the_right_button_can_be_anywhere_and_the_bots_own_answer_is_one_of_four(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, end: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    channels = tuple(Channel(f"c{n}", f"Channel {n}") for n in range(9))
    monkeypatch.setattr(engine, "channels", lambda _: channels)
    named = Prediction((Guess(channels[7], 0.7),), unknown=False, version="v", unknown_probability=0.3)
    engine.drawn = HeldOutThumbnail(VIDEO, channels[4], png(), named)
    places = set()
    for _ in range(40):
        shown = await ask(local_discord, "text", local_discord.member, "guess")
        titles = list(buttons(shown))
        assert len(titles) == 4
        assert {"Channel 4", "Channel 7"} <= set(titles)
        places.add(titles.index("Channel 4"))
        ended = await finish(local_discord, shown, end)
        assert fields_of(ended)["My answer"].startswith("❌ **Channel 7**, 70% sure · +0")
        await closed(bot)
    assert places == {0, 1, 2, 3}  # the chance that one is missing is below one in 20,000


async def test_channels_of_the_same_name_have_their_handles_on_the_buttons(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = replace(PEIXE, title=NERDOLOGIA.title)
    monkeypatch.setattr(engine, "channels", lambda _: (NERDOLOGIA, twin))
    engine.drawn = replace(engine.drawn, prediction=prediction(1.0))
    shown = await ask(local_discord, "text", local_discord.member, "guess")
    assert sorted(buttons(shown)) == ["@nerdologia · Nerdologia", "peixe · Nerdologia"]


async def test_nobody_need_guess(local_discord: LocalDiscord, bot: Thumbprint, end: End) -> None:
    ended = await play(local_discord, end, bot)
    assert fields_of(ended)["Guesses"] == "Nobody guessed."


async def test_speed_and_streaks_give_points(
    local_discord: LocalDiscord, bot: Thumbprint, end: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        await play(local_discord, end, bot, member="Nerdologia")
    monkeypatch.setattr(view, "FAST_SECONDS", 3600)
    ended = await play(local_discord, end, bot, member="Nerdologia", admin="Nerdologia")
    member, admin = local_discord.member.id, local_discord.admin.id
    assert fields_of(ended)["Right"] == f"<@{member}> +3 · 3 in a row\n<@{admin}> +2"
    assert fields_of(ended)["My answer"].endswith("+2 · 3 in a row")


async def test_recent_thumbnails_are_avoided_newest_first(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, end: End
) -> None:
    for video in ("a" * 11, "b" * 11, "c" * 11):
        engine.drawn = replace(engine.drawn, video_id=video)
        await play(local_discord, end, bot)
    assert engine.avoided == ("b" * 11, "a" * 11)


# Who can play when and where


async def test_a_channel_has_one_round_at_a_time_and_a_pause_after_it(
    local_discord: LocalDiscord, bot: Thumbprint, end: End
) -> None:
    shown = await ask(local_discord, "text", local_discord.member, "guess")
    refused = await ask(local_discord, "slash", local_discord.admin, "guess")
    assert refused.content == "A round is already running in this channel. Press one of its buttons."
    assert refused.visible_to == local_discord.admin.id
    await ask(local_discord, "text", local_discord.member, "guess", where=local_discord.random)
    await end.awaited_by(2)
    await finish(local_discord, shown, end)
    await asyncio.gather(*game_of(bot).game._ends)
    refused = await ask(local_discord, "text", local_discord.member, "guess")
    assert refused.content == "The last round in this channel has just ended. Try again in a few seconds."
    await closed(bot)
    assert buttons(await ask(local_discord, "text", local_discord.member, "guess"))


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (NoModelError("none"), "I haven't been trained yet. A server admin can start with `/retrain`."),
        (TooFewHeldOutError("few"), "A fair game needs thumbnails of at least 2 channels that I didn't learn from"),
        (BusyError("Too many pictures are waiting. Send yours again in a minute."), "Too many pictures"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
async def test_without_a_game_there_is_one_sentence_and_no_round(
    failure: Exception, said: str, form: Form, local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    engine.failure = failure
    for _ in range(2):
        refused = await ask(local_discord, form, local_discord.member, "guess")
        assert said in text_of(refused)
        assert buttons(refused) == {}
    assert await bot.services.store.game.running() == ()


async def test_the_game_only_works_in_a_server(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    for command in ("guess", "leaderboard", "daily"):
        reply = await ask(
            local_discord, "text", local_discord.owner, command, where=local_discord.direct(local_discord.owner)
        )
        assert reply.content == "That only works in a server."


async def test_without_permissions_there_is_no_round(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    random = local_discord.random
    local_discord.world.overwrite(random, local_discord.bot, deny=Permission.ATTACH_FILES)
    refused = await ask(local_discord, "text", local_discord.member, "guess", where=random)
    assert "I'm missing permissions in this channel: **Attach Files**" in refused.content
    assert await bot.services.store.game.running() == ()


async def test_a_picture_of_a_round_can_not_be_classified(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine
) -> None:
    """Neither by its menu, nor by a reply, nor by forwarding it: that would give the bot's answer away."""
    shown = await ask(local_discord, "text", local_discord.member, "guess")
    asked = await local_discord.context_menu(local_discord.member, shown, "Which channel is this?")
    assert (await local_discord.answer_to(asked)).content == "I can't find a picture or a YouTube link in that message."
    replied = await local_discord.post(local_discord.member, local_discord.general, "!classify", reply_to=shown)
    assert "I can't find a picture" in (await local_discord.answer_to(replied)).content
    await local_discord.forward(local_discord.member, shown, local_discord.random)
    await ask(local_discord, "text", local_discord.member, "help", where=local_discord.random)
    await handled("message")
    assert engine.pictures == []


# After the end


async def test_a_guess_after_the_end_gets_one_sentence(local_discord: LocalDiscord, bot: Thumbprint, end: End) -> None:
    shown = await ask(local_discord, "text", local_discord.member, "guess")
    (begun,) = await bot.services.store.game.running()
    await bot.services.store.game.close(begun.id, begun.server)  # its message still has its buttons
    said = await guess(local_discord, local_discord.member, shown, "Nerdologia")
    assert text_of(said) == OVER
    assert said.visible_to == local_discord.member.id


async def test_a_round_whose_message_was_deleted_ends_all_the_same(
    local_discord: LocalDiscord, bot: Thumbprint, end: End, caplog: pytest.LogCaptureFixture
) -> None:
    shown = await ask(local_discord, "text", local_discord.member, "guess")
    await guess(local_discord, local_discord.member, shown, "Nerdologia")
    local_discord.delete(local_discord.admin, shown)
    end.come.set()
    with caplog.at_level(logging.INFO):
        await closed(bot)
    assert "could not be shown: the message is gone" in caplog.text
    board = await bot.services.store.game.leaderboard(local_discord.guild.id, local_discord.member.id, since=None)
    assert board.mine is not None
    assert board.mine.points == 1


async def test_a_round_that_a_restart_interrupts_ends_at_the_next_start(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path, end: End
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord):
        shown = await ask(local_discord, "text", local_discord.member, "guess")
        await guess(local_discord, local_discord.member, shown, "Nerdologia")
    assert buttons(local_discord.current(shown))
    async with running(Thumbprint(chosen, ScriptedEngine()), local_discord):
        await guess(local_discord, local_discord.admin, shown, "Peixe Babel")
        refused = await ask(local_discord, "text", local_discord.member, "guess")
        assert refused.content == "A round is already running in this channel. Press one of its buttons."
        ended = await finish(local_discord, shown, end)
        assert fields_of(ended) == {
            "Right": f"<@{local_discord.member.id}> +1",
            "Wrong": f"<@{local_discord.admin.id}> Peixe Babel",
            "My answer": "✅ **Nerdologia**, 90% sure · +1",
        }
        assert buttons(ended) == {}


# What becomes of guesses


async def test_what_people_guess_is_neither_feedback_nor_an_answer_nor_learned(
    local_discord: LocalDiscord, bot: Thumbprint, engine: ScriptedEngine, end: End
) -> None:
    await play(local_discord, end, bot, member="Peixe Babel", admin="Nerdologia")
    store, server = bot.services.store, local_discord.guild.id
    assert await store.feedback.queue(server) == ()
    assert await store.feedback.reviewed(server) == ()
    assert await store.answers.mistakes(server) == {}
    assert sum(week.answered for week in await store.statistics.weekly(server)) == 0
    await ask(local_discord, "text", local_discord.admin, "retrain")
    await engine.started.wait()
    assert engine.reviewed == []
    assert not (bot.services.settings.data_dir / "reviewed").exists()


@pytest.mark.parametrize("form", FORMS)
async def test_the_leaderboard_shows_the_best_the_asking_person_and_the_bot(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint, end: End
) -> None:
    member, admin, owner = local_discord.member, local_discord.admin, local_discord.owner
    empty = await ask(local_discord, form, member, "leaderboard")
    assert "Nobody has played yet. Start a round with `/guess`." in text_of(empty)
    await play(local_discord, end, bot, member="Nerdologia", admin="Nerdologia")
    await play(local_discord, end, bot, member="Nerdologia", admin="Peixe Babel")
    shown = await ask(local_discord, form, member, "leaderboard")
    assert text_of(shown) == (
        "\nLeaderboard: this week\n"
        f"**1.** <@{member.id}> · **2 points** · 2 of 2 right · up to 2 in a row\n"
        f"**2.** <@{admin.id}> · **1 point** · 1 of 2 right\n"
        "2 people have played. Weeks begin on Monday, UTC.\n"
        "Me, for comparison: **2 points** · 2 of 2 right · up to 2 in a row"
    )
    assert shown.mentions == ()
    other = await ask(local_discord, form, owner, "leaderboard", when="all")
    assert other.embeds[0]["title"] == "Leaderboard: all time"
    assert "You haven't played yet. Start a round with `/guess`." in text_of(other)


async def test_forget_me_deletes_points(local_discord: LocalDiscord, bot: Thumbprint, end: End) -> None:
    await play(local_discord, end, bot, member="Nerdologia", admin="Nerdologia")
    asked = await ask(local_discord, "text", local_discord.member, "forget me")
    assert "all your guesses and points in the game" in asked.content
    await local_discord.settled(await local_discord.press(local_discord.member, asked, buttons(asked)["Forget Me"]))
    done = local_discord.current(asked)
    assert "Deleted 0 pieces of feedback and 1 guess in the game. I no longer store" in text_of(done)
    shown = text_of(await ask(local_discord, "text", local_discord.member, "leaderboard"))
    assert str(local_discord.member.id) not in shown
    assert f"<@{local_discord.admin.id}>" in shown
    assert await bot.services.store.forget(local_discord.member.id) == Forgotten(0, 0)


# The daily round

NOON = datetime(2040, 5, 6, 12, tzinfo=UTC)


def at(bot: Thumbprint, now: datetime) -> Thumbprint:
    """The bot, whose store has another time."""
    bot.services.store._database.now = lambda: now  # type: ignore[misc]
    return bot


@pytest.fixture
def no_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Daily rounds are only posted when the test says so."""
    monkeypatch.setattr(GuessingGame, "_every_minute", Mock())


@pytest.mark.parametrize("form", FORMS)
async def test_admins_turn_the_daily_round_on_and_off_and_others_do_not(
    form: Form, local_discord: LocalDiscord, bot: Thumbprint
) -> None:
    admin, member, random = local_discord.admin, local_discord.member, local_discord.random
    name = "daily show" if form == "slash" else "daily"
    assert await refused(local_discord, form, member, name) == ADMINS_ONLY
    assert await refused(local_discord, form, member, "daily on", channel=random, hour=18) == ADMINS_ONLY
    assert await refused(local_discord, form, member, "daily off") == ADMINS_ONLY
    assert await bot.services.store.daily.get(local_discord.guild.id) is None
    assert text_of(await ask(local_discord, form, admin, name)).strip() == NONE_YET
    said = await ask(local_discord, form, admin, "daily on", channel=random, hour=18)
    where = f"a daily round in <#{random.id}> at 18:00 UTC; it stays open for 23 hours."
    assert said.content == f"From now on, I post {where}"
    assert text_of(await ask(local_discord, form, admin, name)).startswith(f"I post {where}")
    assert text_of(await ask(local_discord, form, admin, "daily off")).strip() == "I no longer post a daily round."
    said = await ask(local_discord, form, admin, "daily off")
    assert said.content == "There was no daily round in this server."
    local_discord.world.overwrite(random, local_discord.bot, deny=Permission.ATTACH_FILES)
    said = await ask(local_discord, form, admin, "daily on", channel=random, hour=7)
    assert said.content.endswith(f"\nI'm missing permissions in <#{random.id}>: Attach Files.")


async def test_a_wrong_hour_is_explained(local_discord: LocalDiscord, bot: Thumbprint) -> None:
    said = await ask(local_discord, "text", local_discord.admin, "daily on", channel=local_discord.random, hour=24)
    assert said.content.startswith("I can't read that:")
    assert await bot.services.store.daily.get(local_discord.guild.id) is None


async def test_a_daily_round_is_posted_by_the_schedule(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    store = Store(chosen.database, clock=lambda: NOON)
    await store.open()
    await store.daily.turn_on(local_discord.guild.id, local_discord.random.id, 18)
    await store.close()
    bot = at(Thumbprint(chosen, ScriptedEngine()), NOON + timedelta(hours=6))
    async with local_discord.watch() as events, running(bot, local_discord):
        posted = await events.next(lambda event: event.name == "MESSAGE_CREATE")
    assert posted.message is not None
    assert posted.message.embeds[0]["title"] == "Today's round: which channel is this?"


async def test_the_daily_round_is_posted_once_a_day_also_over_restarts(
    local_discord: LocalDiscord, local_youtube: LocalYouTube, tmp_path: Path, no_schedule: None
) -> None:
    chosen = bot_settings(local_discord, tmp_path / "data", local_youtube.thumbnails_url)
    morning = datetime(2040, 5, 6, 9, tzinfo=UTC)

    async def rounds_posted_at(now: datetime) -> list[Message]:
        """The rounds of a bot that starts, looks twice whether one is due, and stops."""
        bot = at(Thumbprint(chosen, ScriptedEngine()), now)
        async with local_discord.watch() as events, running(bot, local_discord):
            if now == morning:
                random = local_discord.random
                await ask(local_discord, "text", local_discord.admin, "daily on", channel=random, hour=18)
            for _ in range(2):
                await game_of(bot).post_daily_rounds()
            marker = await ask(local_discord, "text", local_discord.member, "help")
            posted = []
            while (message := (await events.next(lambda event: event.name == "MESSAGE_CREATE")).message) is not None:
                if message.id == marker.id:
                    break
                posted += [message] if message.components else []
            return posted

    assert await rounds_posted_at(morning) == []
    (shown,) = await rounds_posted_at(morning + timedelta(hours=9, minutes=1))
    assert shown.channel_id == local_discord.random.id
    assert shown.embeds[0]["title"] == "Today's round: which channel is this?"
    assert "first 5 seconds" not in shown.embeds[0]["footer"]["text"]
    assert await rounds_posted_at(morning + timedelta(hours=12)) == []
    assert await rounds_posted_at(morning + timedelta(days=1, hours=8)) == []
    assert len(await rounds_posted_at(morning + timedelta(days=4, hours=10))) == 1


async def test_a_daily_round_stays_open_and_lets_others_be_played(
    no_schedule: None, local_discord: LocalDiscord, bot: Thumbprint, end: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "FAST_SECONDS", 3600)
    store = at(bot, NOON).services.store
    await store.daily.turn_on(local_discord.guild.id, local_discord.general.id, 13)
    at(bot, NOON + timedelta(hours=1))
    async with local_discord.watch() as events:
        await game_of(bot).post_daily_rounds()
        posted = await events.next(lambda event: event.name == "MESSAGE_CREATE")
    assert posted.message is not None
    (begun,) = await store.game.running()
    assert begun.ends_at - begun.started_at == timedelta(hours=23)
    await guess(local_discord, local_discord.member, posted.message, "Nerdologia")
    assert buttons(await ask(local_discord, "text", local_discord.member, "guess"))
    ended = await finish(local_discord, posted.message, end)
    assert fields_of(ended)["Right"] == f"<@{local_discord.member.id}> +1"  # speed does not count


async def test_a_daily_round_that_can_not_be_posted_harms_no_other_server(
    no_schedule: None, local_discord: LocalDiscord, bot: Thumbprint, caplog: pytest.LogCaptureFixture
) -> None:
    store = at(bot, NOON).services.store
    await store.daily.turn_on(local_discord.guild.id, 1, 13)  # there is no such channel
    await store.daily.turn_on(local_discord.club.id, local_discord.posters.id, 14)
    at(bot, NOON + timedelta(hours=3))
    async with local_discord.watch() as events:
        await game_of(bot).post_daily_rounds()
        await events.next(lambda event: event.name == "MESSAGE_CREATE")
    assert f"the daily round of server {local_discord.guild.id} could not be posted" in caplog.text
    assert [begun.server for begun in await store.game.running()] == [local_discord.club.id]
