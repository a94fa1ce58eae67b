"""Pictures become recorded answers; many at once take turns."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.classification import (
    AT_ONCE,
    AT_ONCE_EACH,
    AT_ONCE_PERSON,
    FIND_VIDEOS,
    MAX_WAITING_EACH,
    MESSAGES_AT_ONCE,
    Classification,
    DroppedError,
    ThresholdError,
    read_threshold,
)
from bot.intake import Source
from bot.metrics import Metrics
from bot.services import Services
from bot.store.errors import StoreError
from bot.store.values import FactRow, Server
from classifier.errors import BusyError, PictureError
from classifier.values import Channel, ModelInfo, Prediction, VideoFact
from tests.bot.samples import NERDOLOGIA, PEIXE, model, prediction

FLOODED, QUIET = 1, 2
ASKER, OTHER_ASKER = 3, 4
SOURCE = Source("dog.png", "http://127.0.0.1/dog.png")
BROKEN = Source("broken.png", "http://127.0.0.1/broken.png")
VIDEO = Source("youtu.be/abcdefghijk", "http://127.0.0.1/vi/abcdefghijk/mqdefault.jpg", video_id="abcdefghijk")


class Fake:
    """Services that answer each picture, those of the servers in `held` only after `go_on` is set."""

    def __init__(self, *held: int | None) -> None:
        self.held = held
        self.go_on, self.full = asyncio.Event(), asyncio.Event()
        self.in_work = 0
        self.found_videos: list[bool] = []
        self.prediction = prediction(0.9, 0.1)
        self.model = model()
        self.threshold: float | None = None
        self.fact: VideoFact | None = None
        self.while_looking_up: Callable[[], None] = lambda: None
        self.recorded: list[tuple[int | None, Prediction, str | None, FactRow | None]] = []
        self.free = False
        self.spent = 0
        self.database_fails = False
        self.looked_up: list[bool] = []
        self.settings = SimpleNamespace(
            quota_per_server=2, quota_per_day=10_000, retrain_cooldown=0, thumbnails_per_channel=400
        )
        self.metrics = Metrics()
        facts = SimpleNamespace(video=self.look_up, is_free=lambda _: self.free)
        self.engine = SimpleNamespace(classify=self.classify, info=self.info, facts=facts)
        self.store = SimpleNamespace(
            answers=SimpleNamespace(record=self.record),
            servers=SimpleNamespace(last_known=SimpleNamespace(get=self.settings_of)),
            quota=SimpleNamespace(spent=self.units_of, spent_by_all=self.units_of_all, spend=self.spend),
            runs=None,
        )
        self.intake = SimpleNamespace(fetch=self.fetch)

    async def fetch(self, source: Source) -> Any:
        if source is BROKEN:
            raise PictureError("That image is broken.")
        return SimpleNamespace(content=b"", source=source)

    async def classify(self, server: int | None, _: bytes, *, find_video: bool = True) -> Prediction:
        self.in_work += 1
        self.found_videos.append(find_video)
        if self.in_work == AT_ONCE:
            self.full.set()
        if server in self.held:
            await self.go_on.wait()
        self.in_work -= 1
        return self.prediction

    def info(self, _: int | None) -> ModelInfo:
        return self.model

    async def units_of(self, _: int) -> int:
        if self.database_fails:
            raise StoreError("The database fails.")
        return self.spent

    async def spend(self, _: int, units: int) -> None:
        self.spent += units

    async def units_of_all(self) -> int:
        return 0

    async def look_up(self, video: str, *, quota: bool) -> VideoFact | None:
        assert video == VIDEO.video_id
        self.looked_up.append(quota)
        await asyncio.sleep(0)  # the picture is classified first
        self.while_looking_up()
        return self.fact

    async def settings_of(self, server: int) -> Server:
        return Server(server, threshold=self.threshold)

    async def record(
        self, server: int | None, predicted: Prediction, *, video: str | None, fact: FactRow | None
    ) -> Any:
        self.recorded.append((server, predicted, video, fact))
        return SimpleNamespace(id=len(self.recorded))


async def settle() -> None:
    """Let the event loop run everything that can run now."""
    for _ in range(200):
        await asyncio.sleep(0)


def classification(fake: Fake) -> Classification:
    return Classification(cast("Services", fake))


async def test_an_answer_has_its_source_and_the_id_of_its_row() -> None:
    fake = Fake()
    answer = await classification(fake).one(QUIET, ASKER, SOURCE, 2)
    assert (answer.id, answer.place, answer.source, answer.prediction) == (1, 2, SOURCE, fake.prediction)
    assert (answer.fact, answer.correct) == (None, None)
    assert fake.recorded == [(QUIET, fake.prediction, None, None)]


OTHER = Channel("other", "Other", "UC" + "o" * 22, "@other")


@pytest.mark.parametrize(
    ("predicted", "fact", "correct"),
    [
        (prediction(0.9, 0.1), VideoFact("v", "N", NERDOLOGIA.id), True),
        (prediction(0.9, 0.1), VideoFact("v", "N", channel_handle="@Nerdologia"), True),
        (prediction(0.9, 0.1, unknown=True), VideoFact("v", "N", NERDOLOGIA.id), False),
        (prediction(1.0), VideoFact("v", "O", OTHER.id), False),
        (prediction(1.0, unknown=True), VideoFact("v", "O", OTHER.id), True),
        (prediction(0.9, 0.1), VideoFact("v", "O", OTHER.id), None),  # Peixe Babel has no id: it may be theirs
        (prediction(1.0), VideoFact("v", "N"), None),
    ],
)
async def test_an_answer_is_compared_with_youtube(predicted: Prediction, fact: VideoFact, correct: bool | None) -> None:
    fake = Fake()
    fake.prediction, fake.fact = predicted, fact
    answer = await classification(fake).one(QUIET, ASKER, VIDEO)
    assert (answer.fact, answer.correct) == (fact, correct)
    row = None if correct is None else FactRow(fact.channel_id or fact.channel_handle or "", correct)
    assert fake.recorded == [(QUIET, predicted, VIDEO.video_id, row)]


async def test_a_server_pays_for_looking_videos_up_as_long_as_its_budget_lasts() -> None:
    fake = Fake()
    classifying = classification(fake)
    for _ in range(4):
        await classifying.one(QUIET, ASKER, VIDEO)
    assert (fake.looked_up, fake.spent) == ([True, True, False, False], 2)
    fake.free = True
    await classifying.one(QUIET, ASKER, VIDEO)
    await classifying.one(QUIET, ASKER, SOURCE)
    assert (fake.looked_up[4:], fake.spent) == ([True], 2)


async def test_in_direct_messages_and_while_the_database_fails_looking_videos_up_costs_nothing() -> None:
    fake = Fake()
    await classification(fake).one(None, ASKER, VIDEO)
    fake.database_fails = True
    await classification(fake).one(QUIET, ASKER, VIDEO)
    assert (fake.looked_up, fake.spent) == ([False, False], 0)


async def test_the_second_guess_is_not_correct() -> None:
    fake = Fake()
    fake.prediction = replace(prediction(0.9, 0.1), guesses=tuple(reversed(prediction(0.5, 0.5).guesses)))
    fake.fact = VideoFact("v", "N", NERDOLOGIA.id)
    assert fake.prediction.channel is PEIXE
    assert (await classification(fake).one(QUIET, ASKER, VIDEO)).correct is False


async def test_an_answer_is_recorded_with_the_version_that_predicted_it() -> None:
    """Even if another model is swapped in before the answer is recorded."""
    fake = Fake()
    fake.model = replace(model(), version="v1")
    fake.prediction = prediction(0.9, 0.1, version="v1")

    def swap() -> None:
        fake.model = replace(model(), version="v2")

    fake.while_looking_up = swap
    answer = await classification(fake).one(QUIET, ASKER, VIDEO)
    assert fake.model.version == "v2"
    ((_, recorded, _, _),) = fake.recorded
    assert recorded.version == answer.prediction.version == "v1"


@pytest.mark.parametrize(("threshold", "unknown"), [(None, False), (0.9, False), (0.91, True)])
async def test_a_servers_threshold_makes_less_confident_answers_unknown(threshold: float | None, unknown: bool) -> None:
    fake = Fake()
    fake.threshold = threshold
    assert (await classification(fake).one(QUIET, ASKER, SOURCE)).prediction.unknown is unknown
    assert not (await classification(fake).one(None, ASKER, SOURCE)).prediction.unknown


async def test_some_pictures_can_fail() -> None:
    answers, failures = await classification(Fake()).several(QUIET, ASKER, (SOURCE, BROKEN, SOURCE))
    assert [answer.place for answer in answers] == [0, 2]
    ((source, error),) = failures
    assert source is BROKEN
    assert str(error) == "That image is broken."


async def test_all_pictures_can_fail() -> None:
    answers, failures = await classification(Fake()).several(QUIET, ASKER, (BROKEN, BROKEN))
    assert answers == []
    assert [str(error) for _, error in failures] == ["That image is broken."] * 2


async def test_a_flood_from_one_server_does_not_delay_others() -> None:
    fake = Fake(FLOODED)
    classify = classification(fake)
    flood = [asyncio.create_task(classify.one(FLOODED, ASKER, SOURCE)) for _ in range(200)]
    async with asyncio.timeout(5):
        for other in (QUIET, None):
            for _ in range(AT_ONCE):
                await classify.one(other, ASKER, SOURCE)
    assert not any(task.done() for task in flood)
    fake.go_on.set()
    await asyncio.gather(*flood)


@pytest.mark.parametrize("server", [FLOODED, None])
async def test_few_pictures_of_one_person_are_in_work(server: int | None) -> None:
    fake = Fake(server)
    classify = classification(fake)
    flood = [asyncio.create_task(classify.one(server, ASKER, SOURCE)) for _ in range(200)]
    await settle()
    assert fake.in_work == AT_ONCE_PERSON
    others = [asyncio.create_task(classify.one(server, OTHER_ASKER, SOURCE)) for _ in range(AT_ONCE_PERSON)]
    await settle()
    assert fake.in_work == 2 * AT_ONCE_PERSON
    fake.go_on.set()
    await asyncio.gather(*flood, *others)


@pytest.mark.parametrize("server", [FLOODED, None])
async def test_few_pictures_of_one_server_are_in_work(server: int | None) -> None:
    fake = Fake(server)
    classify = classification(fake)
    flood = [asyncio.create_task(classify.one(server, asker, SOURCE)) for asker in range(20)]
    await settle()
    assert fake.in_work == AT_ONCE_EACH
    fake.go_on.set()
    await asyncio.gather(*flood)


async def test_the_number_of_pictures_in_work_is_limited() -> None:
    fake = Fake(*range(10))
    classify = classification(fake)
    posted = [asyncio.create_task(classify.one(server, ASKER, SOURCE)) for server in range(10) for _ in range(20)]
    await fake.full.wait()
    await settle()
    assert fake.in_work == AT_ONCE
    fake.go_on.set()
    await asyncio.gather(*posted)


class Crowd:
    """People who post pictures, each in a message of its own, in servers; `order` is whose were answered."""

    def __init__(self, *held: int | None) -> None:
        self.fake = Fake(*held)
        self.classification = classification(self.fake)
        self.order: list[int] = []

    def post(
        self, asker: int, times: int, server: int | None = FLOODED, pictures: int = 1
    ) -> "list[asyncio.Task[None]]":
        return [asyncio.create_task(self._answer(server, asker, pictures)) for _ in range(times)]

    async def _answer(self, server: int | None, asker: int, pictures: int) -> None:
        async with self.classification.turn(server, asker, pictures):
            await self.classification.several(server, asker, (SOURCE,) * pictures)
            self.order.append(asker)


async def test_one_persons_flood_does_not_delay_others_in_their_server() -> None:
    crowd = Crowd(FLOODED)
    flood = crowd.post(ASKER, MAX_WAITING_EACH)
    await settle()
    others = crowd.post(OTHER_ASKER, 1)
    await settle()
    assert crowd.fake.in_work == MESSAGES_AT_ONCE + 1  # not behind the others of the flood
    crowd.fake.go_on.set()
    await asyncio.gather(*flood, *others)
    assert crowd.order.index(OTHER_ASKER) <= MESSAGES_AT_ONCE


async def test_a_turn_lasts_until_the_answer_is_sent() -> None:
    """Discord limits how fast answers are sent, in the order of their requests."""
    crowd, sent = Crowd(), asyncio.Event()
    began = 0

    async def post() -> None:
        nonlocal began
        async with crowd.classification.turn(FLOODED, ASKER, 1):
            began += 1
            await sent.wait()

    posted = [asyncio.create_task(post()) for _ in range(10)]
    await settle()
    assert began == MESSAGES_AT_ONCE
    sent.set()
    await asyncio.gather(*posted)
    assert began == 10


async def test_who_has_too_many_waiting_is_told_so_once_and_the_rest_is_dropped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    crowd = Crowd(FLOODED)
    outcomes = asyncio.gather(*crowd.post(ASKER, 500), return_exceptions=True)
    await settle()
    await asyncio.gather(*crowd.post(ASKER, 1, QUIET), *crowd.post(OTHER_ASKER, 1, QUIET))  # others are not affected
    crowd.fake.go_on.set()
    errors = [outcome for outcome in await outcomes if outcome is not None]
    assert [type(error) for error in errors] == [BusyError] + [DroppedError] * (500 - MAX_WAITING_EACH - 1)
    assert str(errors[0]).startswith(f"You have {MAX_WAITING_EACH} pictures waiting already")
    assert crowd.classification.dropped == 500 - MAX_WAITING_EACH
    assert f"dropped {500 - MAX_WAITING_EACH} pictures of one person in server {FLOODED}" in caplog.text
    assert crowd.order.count(ASKER) == MAX_WAITING_EACH + 1


async def test_afterwards_everything_is_answered_again_and_the_next_flood_is_told_again() -> None:
    crowd = Crowd()
    for _ in range(2):
        outcomes = await asyncio.gather(*crowd.post(ASKER, MAX_WAITING_EACH + 3), return_exceptions=True)
        assert [type(it) for it in outcomes if it is not None] == [BusyError, DroppedError, DroppedError]
    await asyncio.gather(*crowd.post(ASKER, 1))
    assert crowd.classification.dropped == 6
    assert not crowd.classification._lines


async def test_all_pictures_of_a_message_count() -> None:
    crowd = Crowd(FLOODED)
    posted = crowd.post(ASKER, MAX_WAITING_EACH // 4 + 1, pictures=4)
    await settle()
    assert isinstance(posted[-1].exception(), BusyError)
    assert crowd.classification.dropped == 4
    crowd.fake.go_on.set()
    await asyncio.gather(*posted[:-1])


async def test_a_message_whose_answer_fails_or_is_cancelled_leaves_the_line() -> None:
    crowd = Crowd(FLOODED)
    posted = crowd.post(ASKER, 10)
    await settle()
    for task in posted:
        task.cancel()
    await asyncio.gather(*posted, return_exceptions=True)
    assert not crowd.classification._lines


@given(st.integers(1, 99), st.sampled_from(["{}", "{}%", "{} %", " {}  % "]))
def test_a_percentage_becomes_a_share(number: int, form: str) -> None:
    assert read_threshold(form.format(number)) == number / 100


@pytest.mark.parametrize("text", ["auto", " AUTO "])
def test_auto_means_the_models_own_threshold(text: str) -> None:
    assert read_threshold(text) is None


@given(st.text(max_size=12))
def test_any_text_is_a_threshold_or_refused(text: str) -> None:
    with suppress(ThresholdError):
        share = read_threshold(text)
        assert share is None or 0.01 <= share <= 0.99


@pytest.mark.parametrize("text", ["", "0", "100", "-5", "0.8", "eighty", "80 80"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ThresholdError, match="Enter a percentage from 1 to 99"):
        read_threshold(text)


async def test_videos_are_looked_for_unless_many_pictures_wait() -> None:
    fake = Fake()
    classifying = classification(fake)
    async with classifying.turn(QUIET, ASKER, FIND_VIDEOS):
        await classifying.one(QUIET, ASKER, SOURCE)
        async with classifying.turn(FLOODED, OTHER_ASKER, 1):
            await classifying.one(QUIET, ASKER, SOURCE)
        await classifying.one(QUIET, ASKER, SOURCE)
    assert fake.found_videos == [True, False, True]
