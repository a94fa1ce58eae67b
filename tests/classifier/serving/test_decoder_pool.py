"""Decoders that hang, die or eat memory: that picture is refused, the others are answered, the pool is whole again."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier.errors import BusyError, ClosingError, PictureError, VerticalPictureError
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving import decoder, decoder_pool
from classifier.serving.decoder_pool import DecoderPool
from tests.classifier.engines import assert_gone, png
from tests.classifier.serving import misbehaving

TOO_LONG = "takes too much work"
BROKEN = "can't be read"


@pytest.fixture
def _misbehaving(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[3]
    monkeypatch.setattr(decoder_pool, "COMMAND", (sys.executable, str(Path(misbehaving.__file__).relative_to(root))))
    monkeypatch.setenv("PYTHONPATH", str(root))


@pytest.fixture
async def pool() -> AsyncIterator[DecoderPool]:
    pool = DecoderPool()
    await pool.start()
    yield pool
    await pool.close()


def processes(pool: DecoderPool) -> set[int]:
    return {it._process.pid for it in pool._decoders if it._process is not None and it.alive}


async def whole(pool: DecoderPool) -> None:
    """Wait until every process that went down is replaced."""
    await asyncio.gather(*pool._replacing)


async def test_a_picture_is_decoded_as_in_this_process(pool: DecoderPool) -> None:
    thumbnail = await pool.decode(png("amber"))
    assert (thumbnail.pixels == Thumbnail.decode(png("amber")).pixels).all()
    assert thumbnail.pixels.shape == (180, 320, 3)
    assert thumbnail.pixels.dtype == np.uint8


async def test_a_refusal_is_passed_on_word_for_word(pool: DecoderPool) -> None:
    with pytest.raises(PictureError, match=r"^That file isn't a supported image\. Send a JPEG, PNG, WebP or GIF\.$"):
        await pool.decode(b"not an image")
    assert pool.restarts == 0


async def test_a_vertical_picture_is_refused_as_what_it_is(pool: DecoderPool) -> None:
    file = io.BytesIO()
    Image.effect_noise((90, 160), 50).save(file, "PNG")
    with pytest.raises(VerticalPictureError, match="Shorts have no custom thumbnail"):
        await pool.decode(file.getvalue())
    assert (await pool.decode(png("amber"))).pixels.any()
    assert pool.restarts == 0


async def test_the_processes_stay_the_same(pool: DecoderPool) -> None:
    before = processes(pool)
    assert len(before) == pool.size
    await asyncio.gather(*(pool.decode(png("amber", seed)) for seed in range(8)))
    assert processes(pool) == before


@pytest.mark.usefixtures("_misbehaving")
@pytest.mark.parametrize(
    ("mischief", "message"),
    [
        (b"spin", TOO_LONG),
        (b"sleep", TOO_LONG),
        (b"abort", BROKEN),
        (b"kill", BROKEN),
        (b"exit", BROKEN),
    ],
)
async def test_a_decoder_that_goes_down_costs_one_picture(
    mischief: bytes, message: str, pool: DecoderPool, caplog: pytest.LogCaptureFixture
) -> None:
    before = processes(pool)
    asked = [png("amber", 1), mischief, *(png("fern", seed) for seed in range(4))]
    answers = await asyncio.gather(*(pool.decode(picture) for picture in asked), return_exceptions=True)
    assert [isinstance(answer, Thumbnail) for answer in answers] == [True, False, True, True, True, True]
    assert isinstance(answers[1], PictureError)
    assert message in str(answers[1])
    await whole(pool)
    assert pool.restarts == 1
    assert len(processes(pool)) == pool.size
    assert len(processes(pool) & before) == pool.size - 1
    assert f"because of a picture of {len(mischief)} bytes" in caplog.text
    await asyncio.gather(*(pool.decode(png("amber", seed)) for seed in range(4)))


@pytest.mark.usefixtures("_misbehaving")
async def test_a_decoder_that_no_longer_runs_is_killed_from_outside(
    pool: DecoderPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoder_pool, "GRACE_SECONDS", 1.0 - decoder.SECONDS_WAITING)
    with pytest.raises(PictureError, match=TOO_LONG):
        await pool.decode(b"stop")
    await whole(pool)
    assert len(processes(pool)) == pool.size


@pytest.mark.usefixtures("_misbehaving")
async def test_a_decoder_that_eats_memory_refuses_the_picture_and_goes_on(pool: DecoderPool) -> None:
    before = processes(pool)
    with pytest.raises(PictureError):
        await pool.decode(b"eat")
    assert processes(pool) == before
    await asyncio.gather(*(pool.decode(png("amber", seed)) for seed in range(4)))


@pytest.mark.usefixtures("_misbehaving")
async def test_an_unforeseen_error_is_logged_and_refuses_the_picture(
    pool: DecoderPool, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(PictureError, match=BROKEN):
        await pool.decode(b"fail")
    assert "an unforeseen error" in caplog.text
    assert pool.restarts == 0


@pytest.mark.usefixtures("_misbehaving")
async def test_all_decoders_can_go_down_at_once(pool: DecoderPool) -> None:
    before = processes(pool)
    asked = [b"kill", b"abort", b"kill", png("amber"), b"exit", png("fern")]
    answers = await asyncio.gather(*(pool.decode(picture) for picture in asked), return_exceptions=True)
    assert [isinstance(answer, Thumbnail) for answer in answers] == [False, False, False, True, False, True]
    await whole(pool)
    assert pool.restarts == 4
    assert len(processes(pool)) == pool.size
    assert not processes(pool) & before


async def test_a_decoder_that_died_while_idle_costs_no_picture(pool: DecoderPool) -> None:
    for process in processes(pool):
        os.kill(process, signal.SIGKILL)
    await asyncio.gather(*(it._process.wait() for it in pool._decoders if it._process is not None))
    await asyncio.gather(*(pool.decode(png("amber", seed)) for seed in range(4)))
    assert len(processes(pool)) == pool.size


async def test_a_cancelled_picture_does_not_leave_its_answer_to_the_next(pool: DecoderPool) -> None:
    asked = [asyncio.create_task(pool.decode(png("amber"))) for _ in range(pool.size)]
    await asyncio.sleep(0)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    fern = await pool.decode(png("fern"))
    assert (fern.pixels == Thumbnail.decode(png("fern")).pixels).all()


async def test_decoders_that_can_not_be_started_are_an_error_until_they_can(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pool = DecoderPool()
    with monkeypatch.context() as broken:
        broken.setattr(decoder_pool, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
        await pool.start()
        assert "a decoder could not be started: it ended with status 3" in caplog.text
        broken.setattr(decoder_pool, "COMMAND", ("/no/such/python",))
        with pytest.raises(BusyError, match="in a minute"):
            await pool.decode(png())
    await pool.decode(png())
    await pool.close()


@pytest.mark.usefixtures("_misbehaving")
async def test_close_ends_a_picture_that_hangs_at_once(pool: DecoderPool) -> None:
    running = processes(pool)
    asked = [asyncio.create_task(pool.decode(b"sleep")) for _ in range(pool.size + 1)]
    await asyncio.sleep(0)
    await pool.close()
    assert [type(it) for it in await asyncio.gather(*asked, return_exceptions=True)] == [ClosingError] * len(asked)
    for process in running:
        assert_gone(process)
    assert (processes(pool), pool.restarts) == (set(), 0)
    with pytest.raises(ClosingError):
        await pool.decode(png())


async def test_signals_to_all_processes_do_not_end_decoders(pool: DecoderPool) -> None:
    for process in processes(pool):
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(process, number)
    await asyncio.gather(*(pool.decode(png("amber", seed)) for seed in range(4)))
    assert pool.restarts == 0


async def test_decoders_know_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a-token")
    pool = DecoderPool()
    await pool.start()
    for process in processes(pool):
        environment = await asyncio.to_thread(Path(f"/proc/{process}/environ").read_bytes)
        names = {entry.partition(b"=")[0] for entry in environment.split(b"\0")}
        assert names <= {b"LD_LIBRARY_PATH", b"PYTHONHOME", b"PYTHONPATH", b"MALLOC_TRIM_THRESHOLD_", b""}
    await pool.close()


async def test_decoders_are_light(pool: DecoderPool) -> None:
    await asyncio.gather(*(pool.decode(png("amber", seed)) for seed in range(4)))
    for process in processes(pool):
        loaded = await asyncio.to_thread(Path(f"/proc/{process}/maps").read_text)
        assert "/PIL/" in loaded
        for heavy in ("numpy", "onnxruntime", "torch", "sklearn", "_ssl"):
            assert f"/{heavy}" not in loaded


_PARENT = """
import asyncio, sys
from classifier.serving import decoder_pool

async def main():
    decoder_pool.COMMAND = (sys.executable, "tests/classifier/serving/misbehaving.py")
    pool = decoder_pool.DecoderPool()
    await pool.start()
    print(*(it._process.pid for it in pool._decoders), flush=True)
    await pool.decode(b"sleep")

asyncio.run(main())
"""


@pytest.mark.usefixtures("_misbehaving")
async def test_decoders_do_not_outlive_their_parent() -> None:
    """Neither an idle one nor one that hangs."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert parent.stdout is not None
    children = [int(word) for word in (await parent.stdout.readline()).split()]
    assert len(children) == decoder_pool.SIZE
    files = [os.pidfd_open(child) for child in children]
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(30):
        for file in files:
            ended = asyncio.Event()
            asyncio.get_running_loop().add_reader(file, ended.set)
            await ended.wait()
            asyncio.get_running_loop().remove_reader(file)
            os.close(file)
