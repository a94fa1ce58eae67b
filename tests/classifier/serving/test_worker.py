"""Worker: a real child process, whose errors arrive with their kind and data, and which always ends."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.sandbox.youtube import LocalYouTube
from classifier.errors import (
    CancelledTrainingError,
    MissingKeyError,
    RefusedError,
    TooFewThumbnailsError,
    TrainingError,
    UnknownChannelError,
)
from classifier.serving import worker as worker_module
from classifier.serving.worker import Worker, _answer, inherited
from classifier.values import Progress
from tests.classifier.drawn import draw_channel
from tests.classifier.engines import NOWHERE, assert_gone


@pytest.fixture(autouse=True)
def one_thread_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def worker(local_youtube: LocalYouTube) -> Worker:
    return Worker(local_youtube.settings, lambda _: None)


async def test_channels_that_were_left_out_arrive_with_their_names(worker: Worker, tmp_path: Path) -> None:
    channels = ["@nobody", "https://example.com/", "--help"]
    summary = await worker.crawl(channels, tmp_path / "data", 3, unknown=tmp_path / "unknown")
    assert (summary.channels, summary.unknown, summary.units) == ((), None, 2)
    assert [(it.channel.title, it.gone) for it in summary.left_out] == [
        ("@nobody", True),
        ("https://example.com/", False),
        ("@--help", True),  # not taken as an option
    ]


async def test_an_error_arrives_with_its_data(local_youtube: LocalYouTube, worker: Worker, tmp_path: Path) -> None:
    local_youtube.faults.thumbnails.portal = 407
    with pytest.raises(RefusedError, match="answered 407") as caught:
        await worker.crawl(["@beta"], tmp_path / "data", 3, unknown=tmp_path / "unknown")
    assert caught.value.data == {"answered": "407"}


async def test_a_missing_key_arrives_as_a_missing_key(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    keyless = local_youtube.settings.model_copy(update={"api_key": SecretStr(" ")})
    with pytest.raises(MissingKeyError, match="YOUTUBE_API_KEY"):
        await Worker(keyless, lambda _: None).crawl(["@beta"], tmp_path / "data", 3, unknown=tmp_path / "unknown")


async def test_a_training_error_arrives_as_it_was(worker: Worker, tmp_path: Path) -> None:
    draw_channel(tmp_path / "data" / "amber", 8)
    with pytest.raises(TooFewThumbnailsError, match="Only 1 channel has enough thumbnails"):
        await worker.train(
            tmp_path / "data",
            ["amber"],
            tmp_path / "model",
            network="net",
            features=tmp_path / "features",
            feature_bytes=10**6,
            unknown=[],
            reviewed=None,
            corrected=None,
            against=None,
        )
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["NoSuchError", "CancelledError", "Exception"])
def test_an_error_of_no_known_kind_is_a_training_error(name: str) -> None:
    output = f'{{"error": "{name}", "template": "It failed.", "data": {{"count": 3}}}}'.encode()
    with pytest.raises(TrainingError, match=r"It failed\.") as caught:
        _answer("train", 1, output, [])
    assert type(caught.value) is TrainingError
    assert caught.value.data == {"count": 3}


def test_an_error_without_data_can_be_read() -> None:
    with pytest.raises(UnknownChannelError) as caught:
        _answer("crawl", 1, b'{"error": "UnknownChannelError", "template": "It is gone."}', [])
    assert caught.value.data == {}


# Processes that misbehave, in place of `python -m classifier`

Replace = Callable[[str], None]

STUBBORN = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
step = json.dumps({"stage": "train", "done": os.getpid(), "total": 1})
os.write(2, f"about to hang\\n{step}\\n".encode())
sys.stdin.read()
signal.pause()
"""


@pytest.fixture
def replace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Replace:
    """Replaces the process by a program."""

    def program(code: str) -> None:
        file = tmp_path / "program"
        file.write_text(f"#!{sys.executable}\nimport json, os, signal, sys\n{code}")
        file.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(file))

    return program


class Listener:
    """Collects progress; `heard` has the first one."""

    def __init__(self) -> None:
        self.steps: list[Progress] = []
        self.heard: asyncio.Future[Progress] = asyncio.get_running_loop().create_future()

    def __call__(self, step: Progress) -> None:
        self.steps.append(step)
        if not self.heard.done():
            self.heard.set_result(step)


class Clock:
    """Sleeps only end when the test says so."""

    def __init__(self) -> None:
        self.sleeps: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        assert seconds == 600
        sleeping: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.sleeps.put_nowait(sleeping)
        await sleeping


async def test_a_process_that_hangs_is_killed(
    replace: Replace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also one that ignores SIGTERM. Whatever it prints starts the clock anew."""
    monkeypatch.setattr(worker_module, "GRACE_SECONDS", 1.0)
    replace(STUBBORN)
    clock, listener = Clock(), Listener()
    work = asyncio.create_task(Worker(NOWHERE, listener, sleep=clock.sleep).fetch([], Path("out")))
    process = (await listener.heard).done
    assert not work.done()
    first, second = await clock.sleeps.get(), await clock.sleeps.get()
    assert first.cancelled()
    os.kill(process, 0)
    second.set_result(None)
    with pytest.raises(TrainingError, match=r"The fetch process hung: it printed nothing for 600 s and was stopped"):
        await work
    assert_gone(process)
    assert "about to hang" in caplog.text


async def test_a_process_that_ignores_sigterm_can_be_cancelled(
    replace: Replace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "GRACE_SECONDS", 1.0)
    replace(STUBBORN)
    listener = Listener()
    worker = Worker(NOWHERE, listener)
    work = asyncio.create_task(worker.fetch([], Path("out")))
    process = (await listener.heard).done
    worker.cancel()
    with pytest.raises(CancelledTrainingError):
        await work
    assert_gone(process)


@pytest.mark.skipif(sys.platform != "linux", reason="watches a process that is not its child")
async def test_its_children_end_with_it(replace: Replace) -> None:
    replace(
        "child = os.fork()\nif child:\n    print(json.dumps({'stage': 'train', 'done': child, 'total': 1}), "
        "file=sys.stderr, flush=True)\nsignal.pause()"
    )
    listener = Listener()
    worker = Worker(NOWHERE, listener)
    work = asyncio.create_task(worker.fetch([], Path("out")))
    child = (await listener.heard).done
    watched = os.pidfd_open(child)
    worker.cancel()
    with pytest.raises(CancelledTrainingError):
        await work
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(watched, ended.set)
    async with asyncio.timeout(30):
        await ended.wait()
    asyncio.get_running_loop().remove_reader(watched)
    os.close(watched)


async def test_endless_lines_are_cut(replace: Replace, caplog: pytest.LogCaptureFixture) -> None:
    replace("print('x' * 10**6, file=sys.stderr)\nprint('the end', end='', file=sys.stderr)")
    with pytest.raises(TrainingError, match="ended unexpectedly"):
        await Worker(NOWHERE, lambda _: None).fetch([], Path("out"))
    assert "x\nthe end" in caplog.text
    assert len(caplog.text) < 10**5


async def test_it_inherits_no_secrets(replace: Replace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-token")
    monkeypatch.setenv("THUMBPRINT_DATABASE_URL", "postgresql://user:a-password@host/name")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.setenv("YOUTUBE_API_KEY", "another-key")
    replace("print(json.dumps({'error': 'TrainingError', 'template': '', 'data': dict(os.environ)}))")
    with pytest.raises(TrainingError) as caught:
        await Worker(NOWHERE, lambda _: None).fetch([], Path("out"))
    received = caught.value.data
    assert not any("a-token" in f"{value}" or "a-password" in f"{value}" for value in received.values())
    expected = {"HTTPS_PROXY": "http://127.0.0.1:9", "OMP_NUM_THREADS": "7", "YOUTUBE_API_KEY": "none"}
    assert expected.items() <= received.items()
    assert received["PATH"] == os.environ["PATH"]


def test_the_environment_is_an_allow_list() -> None:
    wanted = ("PATH", "HOME", "LANG", "LC_ALL", "OMP_NUM_THREADS", "http_proxy", "NO_PROXY", "SSL_CERT_FILE")
    other = ("DISCORD_TOKEN", "THUMBPRINT_DATA_DIR", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "MY_PATH", "PATHS")
    assert inherited(dict.fromkeys((*wanted, *other), "x")) == dict.fromkeys(wanted, "x")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_it_ends_when_the_bot_is_killed(local_youtube: LocalYouTube, tmp_path: Path) -> None:
    """A crawl that would take long, started by a process that SIGKILL ends."""
    local_youtube.faults.api.delay = 3600
    code = f"""
import asyncio
from pathlib import Path
from pydantic import SecretStr
from classifier.serving.worker import Worker
from classifier.settings import YouTubeSettings

async def main():
    youtube = YouTubeSettings(_env_file=None, api_key={local_youtube.api_key!r}, api_url={local_youtube.api_url!r})
    worker = Worker(youtube, lambda _: None)
    work = asyncio.create_task(worker.crawl(["@beta"], Path({str(tmp_path)!r}), 3, unknown=Path({str(tmp_path)!r})))
    while worker._process is None:
        await asyncio.sleep(0)
    print(worker._process.pid, flush=True)
    await work

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    watched = os.pidfd_open(child)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(watched, ended.set)
    parent.send_signal(signal.SIGKILL)
    await parent.wait()
    async with asyncio.timeout(30):
        await ended.wait()
    asyncio.get_running_loop().remove_reader(watched)
    os.close(watched)
