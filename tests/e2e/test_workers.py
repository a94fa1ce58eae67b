"""A bot and workers as processes of their own: trainings survive whatever ends one of them."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("pgqueuer")

from pgqueuer import AsyncpgPoolDriver, Queries
from pgqueuer.models import CronExpressionEntrypoint
from pgqueuer.types import CronEntrypoint, CronExpression

from bot.jobs.postgres import install, open_pool
from bot.jobs.worker import EVERY_HOUR
from bot.sandbox.discord import Event, LocalDiscord, Message, Watch
from bot.sandbox.discord.limits import Fault
from bot.sandbox.samples import draw_samples
from bot.sandbox.youtube import LocalYouTube
from bot.store.database import address
from bot.store.store import Store
from bot.store.values import Run, RunState
from tests.bot.store.postgres import Postgres
from tests.bot.test_main import environment
from tests.e2e.chat import buttons
from tests.object_store import LocalS3

HELD_BACK = 2
LEASE = 4
SLOW_SECONDS = 2
"""For a thumbnail; a crawl takes ten times as long, in which a process can be killed."""
IN_PROGRESS = r"\d+/\d+"
"""The progress of a training that a worker has begun."""
CANCELLED = r"^\*\*Training was cancelled\.\*\*"
SWAPPED = "The new model is now live"


@dataclass
class Cluster:
    """Processes that share a database and an object store, with a local Discord and a local YouTube."""

    discord: LocalDiscord
    youtube: LocalYouTube
    store: Store
    folder: Path
    shared: dict[str, str]
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(self, verb: str, name: str) -> None:
        """Start a process, and wait until it is ready."""
        place = self.folder / name
        place.mkdir()
        log = (place / "log").open("wb")
        with log:
            self.processes[name] = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", verb),
                cwd=place,
                env=environment(place, self.discord, **self.shared),
                stdout=log,
                stderr=log,
            )
        await self.until(lambda: "ready " in self.log(name), f"{name} is ready")

    def log(self, name: str) -> str:
        return (self.folder / name / "log").read_text(errors="replace")

    def hold(self) -> None:
        """Have every training take long from now on, until `go_on`: thumbnails come slowly."""
        self.youtube.faults.thumbnails.delay = SLOW_SECONDS

    def go_on(self) -> None:
        self.youtube.faults.thumbnails.delay = 0

    def kill(self, name: str) -> None:
        self.processes[name].kill()

    async def until(self, check: Callable[[], bool], what: str, within: float = 90) -> None:
        try:
            async with asyncio.timeout(within):
                while not check():  # noqa: ASYNC110 - of other processes, there is no event
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"{what}? {self.logs()}") from None

    def logs(self) -> str:
        return "\n".join(f"--- {name}\n{self.log(name)}" for name in self.processes)

    async def last_run(self) -> Run:
        return (await self.store.runs.latest(self.discord.guild.id))[0]

    async def ends(self, name: str, number: signal.Signals) -> int | None:
        """End a process by a signal; returns its exit status."""
        self.processes[name].send_signal(number)
        async with asyncio.timeout(20):
            return await self.processes[name].wait()


@pytest.fixture
async def cluster(
    local_discord: LocalDiscord, postgres: str, local_s3: LocalS3, tmp_path: Path
) -> AsyncIterator[Cluster]:
    """A cluster without any process."""
    await asyncio.to_thread(draw_samples, tmp_path / "samples", 40)
    async with AsyncExitStack() as stack:
        youtube = await stack.enter_async_context(LocalYouTube(tmp_path / "samples", hold_back=HELD_BACK))
        store = Store(postgres)
        await store.open()
        stack.push_async_callback(store.close)
        shared = {
            "THUMBPRINT_DATABASE_URL": postgres,
            "THUMBPRINT_ARTIFACTS_URL": local_s3.url,
            "DISCORD_CDN_URLS": local_discord.url,
            "THUMBPRINT_JOBS": "queue",
            "THUMBPRINT_JOB_LEASE": str(LEASE),
            "THUMBPRINT_CHANNELS": " ".join(channel.handle for channel in youtube.library.channels),
            **youtube.settings.environment(),
            **local_s3.environment,
        }
        made = Cluster(local_discord, youtube, store, tmp_path, shared)
        try:
            yield made
        finally:
            for process in made.processes.values():
                if process.returncode is None:
                    process.kill()
                await process.wait()


@dataclass
class Training:
    """A training that an admin asked for: the message with its progress, and what happens from then on."""

    message: Message
    events: Watch

    async def shows(self, words: str, within: float = 60) -> None:
        """Wait until its message has these words, a regular expression."""
        await self.events.next(
            lambda event: (
                event.message is not None
                and event.message.id == self.message.id
                and bool(re.search(words, event.message.content))
            ),
            within=within,
        )

    async def reported(self, within: float = 300) -> Message:
        """Wait for the report, by which the new model is live."""
        report = (await self.events.next(self._reports, within=within)).message
        assert report is not None
        assert report.embeds[0]["title"] == SWAPPED
        return report

    async def not_reported_again(self) -> None:
        with pytest.raises(TimeoutError):
            await self.events.next(self._reports, within=0)

    def _reports(self, event: Event) -> bool:
        return event.message is not None and event.message.reference_id == self.message.id


async def ask(cluster: Cluster, events: Watch) -> Training:
    """An admin asks for a training."""
    local = cluster.discord
    return Training(await local.answer_to(await local.post(local.admin, local.general, "!retrain")), events)


@asynccontextmanager
async def in_progress(cluster: Cluster, worker: str) -> AsyncIterator[Training]:
    """A bot, and a worker that has begun a training, which is held."""
    await asyncio.gather(cluster.start("run", "bot"), cluster.start("work", worker))
    async with cluster.discord.watch() as events:
        cluster.hold()
        training = await ask(cluster, events)
        await training.shows(IN_PROGRESS)
        yield training


async def answer(cluster: Cluster) -> Message:
    """What the bot answers to a picture of the first channel."""
    channel = cluster.youtube.library.channels[0]
    picture = await asyncio.to_thread(channel.held_back[0].thumbnail.read_bytes)
    local = cluster.discord
    return await local.answer_to(await local.post(local.member, local.general, "", [("new.jpg", picture)]))


async def test_a_worker_trains_and_the_bot_answers_with_its_model(cluster: Cluster) -> None:
    async with in_progress(cluster, "worker") as training:
        assert "Cancel" in buttons(training.message)
        cluster.go_on()
        await training.reported()
        shown = cluster.discord.current(training.message)
        assert "**Training is done.**" in shown.content
        assert shown.components == ()
        answered = await answer(cluster)
    assert answered.embeds, f"{answered.content} {cluster.logs()}"
    assert answered.embeds[0]["title"] == cluster.youtube.library.channels[0].title
    run = await cluster.last_run()
    assert (run.state, run.attempt) == (RunState.DONE, 1)
    assert [path.name for path in (cluster.folder / "bot" / "data" / "models").glob("*/*")] == [run.version]
    crawled, fetched = ((cluster.folder / name / "data" / "thumbnails") for name in ("worker", "bot"))
    count = len(list(crawled.glob("*/*.jpg")))
    await cluster.until(lambda: len(list(fetched.glob("*/*.jpg"))) == count > 100, "the bot has the thumbnails, too")
    assert await cluster.ends("bot", signal.SIGTERM) == 0
    assert await cluster.ends("worker", signal.SIGTERM) == 0
    for name in ("bot", "worker"):
        assert "Traceback" not in cluster.log(name)


async def test_a_killed_workers_training_is_taken_over_and_ends_once(cluster: Cluster) -> None:
    async with in_progress(cluster, "first") as training:
        assert (await cluster.last_run()).attempt == 1
        cluster.kill("first")
        cluster.go_on()
        await cluster.start("work", "second")
        await training.reported()
        await training.not_reported_again()
    run = await cluster.last_run()
    assert (run.state, run.attempt) == (RunState.DONE, 2)
    assert len(await cluster.store.models.all(cluster.discord.guild.id)) == 1


async def test_a_worker_that_is_killed_before_its_report_is_reported_by_another(cluster: Cluster) -> None:
    local = cluster.discord
    async with in_progress(cluster, "first") as training:
        refused = Fault(502, r"/messages$", "POST", times=10_000)
        local.faults.add(refused)
        cluster.go_on()
        await cluster.until(lambda: refused.times < 10_000, "the first one tries to report")
        cluster.kill("first")
        assert await cluster.processes["first"].wait() == -signal.SIGKILL
        local.faults._pending.remove(refused)
        assert (await cluster.last_run()).state is RunState.DONE
        await cluster.start("work", "second")
        report = await training.reported()
        assert "I was interrupted before I could report" in report.embeds[0]["description"]
        assert local.current(training.message).content.startswith("**Training is done.**")
        assert await cluster.ends("second", signal.SIGTERM) == 0
        await training.not_reported_again()
    run = await cluster.last_run()
    assert (run.state, run.attempt) == (RunState.DONE, 1)
    assert len(await cluster.store.models.all(local.guild.id)) == 1


async def test_a_paused_workers_model_is_refused(cluster: Cluster) -> None:
    async with in_progress(cluster, "paused") as training:
        os.kill(cluster.processes["paused"].pid, signal.SIGSTOP)
        cluster.go_on()
        await cluster.start("work", "other")
        await training.reported()
        os.kill(cluster.processes["paused"].pid, signal.SIGCONT)
        await cluster.until(lambda: "another worker has taken over" in cluster.log("paused"), "it notices")
        await training.not_reported_again()
    run = await cluster.last_run()
    assert (run.state, run.attempt) == (RunState.DONE, 2)
    assert len(await cluster.store.models.all(cluster.discord.guild.id)) == 1


async def test_the_report_arrives_without_the_bot_that_asked(cluster: Cluster) -> None:
    await cluster.start("run", "bot")
    async with cluster.discord.watch() as events:
        training = await ask(cluster, events)
        await submitted(cluster)
        cluster.kill("bot")
        await cluster.start("work", "worker")
        await training.reported()


async def test_a_training_is_cancelled_whether_a_worker_has_it_or_not(cluster: Cluster) -> None:
    local = cluster.discord
    await cluster.start("run", "bot")
    async with local.watch() as events:
        waiting = await ask(cluster, events)
        await submitted(cluster)
        await local.press(local.admin, waiting.message, buttons(waiting.message)["Cancel"])
        await waiting.shows(CANCELLED)
        assert (await cluster.last_run()).state is RunState.CANCELLED
        await cluster.start("work", "worker")
        cluster.hold()
        begun = await ask(cluster, events)
        await begun.shows(IN_PROGRESS)
        await local.press(local.admin, begun.message, buttons(begun.message)["Cancel"])
        await begun.shows(CANCELLED)
    assert (await cluster.last_run()).state is RunState.CANCELLED


async def test_a_stopped_worker_hands_its_training_back(cluster: Cluster) -> None:
    async with in_progress(cluster, "first") as training:
        assert await cluster.ends("first", signal.SIGTERM) == 0
        cluster.go_on()
        assert (await cluster.last_run()).state is RunState.RUNNING
        await cluster.start("work", "second")
        await training.reported()
    assert (await cluster.last_run()).attempt == 2


async def test_a_training_survives_a_restart_of_the_database_and_a_store_that_is_away(
    cluster: Cluster, postgres_server: Postgres, local_s3: LocalS3
) -> None:
    async with in_progress(cluster, "worker") as training:
        await asyncio.to_thread(local_s3.stop)
        await asyncio.to_thread(postgres_server.restart)
        cluster.go_on()
        await training.shows(r"Testing +█{12}", within=120)  # all that is left is to publish the model
        await asyncio.to_thread(local_s3.start)
        await training.reported()
        assert "just trained" in (await ask(cluster, training.events)).message.content
        answered = await answer(cluster)
    assert answered.embeds[0]["title"] == cluster.youtube.library.channels[0].title
    assert (await cluster.last_run()).state is RunState.DONE
    assert len(await cluster.store.models.all(cluster.discord.guild.id)) == 1
    for name in ("bot", "worker"):
        assert "Traceback" not in cluster.log(name), cluster.log(name)


async def test_a_weekly_training_needs_no_bot_and_comes_once(cluster: Cluster, postgres: str) -> None:
    local = cluster.discord
    last_week = Store(postgres, clock=lambda: datetime.now(UTC) - timedelta(days=8))
    await last_week.open()
    await last_week.servers.set_weekly(local.guild.id, weekly=True)
    old = await last_week.runs.start(local.guild.id, channel=local.general.id, by=local.admin.id)
    await last_week.runs.finish(old.id, RunState.DONE)
    await last_week.close()
    await due_now(postgres)
    async with local.watch() as events:
        await asyncio.gather(cluster.start("work", "first"), cluster.start("work", "second"))
        shown = await events.next(lambda event: bool(event.message and "Cancel" in buttons(event.message)), within=60)
        assert shown.message is not None
        await Training(shown.message, events).reported()
        assert local.current(shown.message).content.startswith("**Training is done.**")
    assert shown.message.channel_id == local.general.id
    run, before = await cluster.store.runs.latest(local.guild.id)
    assert (run.state, run.scheduled, before.id) == (RunState.DONE, True, old.id)
    assert [it.info.version for it in await cluster.store.models.all(local.guild.id)] == [run.version]
    assert await cluster.store.runs.due(timedelta(days=7)) == ()
    for name in ("first", "second"):
        assert "Traceback" not in cluster.log(name), cluster.log(name)


async def due_now(url: str) -> None:
    """Make what workers do every hour due."""
    await install(address(url))
    async with await open_pool(address(url)) as pool:
        hourly = CronExpressionEntrypoint(CronEntrypoint("hourly"), CronExpression(EVERY_HOUR))
        await Queries(AsyncpgPoolDriver(pool)).insert_schedule({hourly: timedelta()})


async def submitted(cluster: Cluster) -> None:
    """Wait until a job waits in the queue."""
    async with asyncio.timeout(30), cluster.store._database.read() as connection:
        while not (await connection.exec_driver_sql("SELECT count(*) FROM pgqueuer")).scalar():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)
