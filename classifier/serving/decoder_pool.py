"""DecoderPool: a few processes that decode pictures, so that a picture can cost nothing but itself."""

import asyncio
import hashlib
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final

import numpy as np

from classifier.errors import BusyError, ClosingError, PictureError, VerticalPictureError
from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.pictures.files.stripped import costly
from classifier.pictures.thumbnail import Thumbnail
from classifier.serving.decoder import ANSWER, LENGTH, SECONDS_WAITING, Answer

log = logging.getLogger(__name__)

SIZE: Final = 2
"""Processes, so that others go on while one is busy with a picture that takes long."""
GRACE_SECONDS: Final = 1.0
"""How much longer than its own limit a decoder may take before it is killed from outside."""
START_SECONDS: Final = 30.0

COMMAND: Final = (sys.executable, "-W", "ignore", "-m", "classifier.serving.decoder")

_PIECE: Final = 2**16
_CLOSING: Final = "The program is shutting down. Send the picture again in a minute."
_BROKEN: Final = "That image can't be read. Send another one, or the same one as a JPEG."
_VERTICAL: Final = (
    "That picture is vertical, like a Short's. Shorts have no custom thumbnail; I only learn long videos' thumbnails."
)
_INHERITED: Final = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
_ENVIRONMENT: Final = {"MALLOC_TRIM_THRESHOLD_": "131072"}  # glibc: return the memory of large pictures


def environment() -> dict[str, str]:
    """The environment of a decoder: where Python and its libraries are, and no secrets."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | _ENVIRONMENT


class _DecoderError(Exception):
    """A decoder that ended; `status` is its exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it ended with status {status}")
        self.status = status


class _Decoder:
    """One process, or none before `start`. It is `busy` from the first byte of a picture to the last of its answer."""

    def __init__(self) -> None:
        self.busy = False
        self._process: asyncio.subprocess.Process | None = None

    @property
    def alive(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start a process, and wait until it is ready. Raises OSError, _DecoderError."""
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment(),
            cwd=Path(__file__).parents[2],
            limit=2 * WIDTH * HEIGHT * 3,
        )
        async with asyncio.timeout(START_SECONDS):
            await _receive(self._process)

    async def decode(self, picture: bytes) -> tuple[Answer, bytes]:
        """Have a picture decoded. Raises _DecoderError, TimeoutError."""
        process = self._process
        if process is None or process.stdin is None:
            raise RuntimeError("start the decoder first")
        self.busy = True
        async with asyncio.timeout(SECONDS_WAITING + GRACE_SECONDS):
            try:
                process.stdin.write(LENGTH.pack(len(picture)))
                for start in range(0, len(picture), _PIECE):  # so that no copy of it waits to be sent
                    process.stdin.write(picture[start : start + _PIECE])
                    await process.stdin.drain()
            except ConnectionError:
                raise _DecoderError(await process.wait()) from None
            answer = await _receive(process)
        self.busy = False
        return answer

    async def stop(self) -> None:
        """Kill the process, and wait until it is gone."""
        process, self._process = self._process, None
        self.busy = False
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _receive(process: asyncio.subprocess.Process) -> tuple[Answer, bytes]:
    """The next answer. Raises _DecoderError."""
    if process.stdout is None:
        raise RuntimeError("the decoder has no output")
    try:
        kind, length = ANSWER.unpack(await process.stdout.readexactly(ANSWER.size))
        return Answer(kind), await process.stdout.readexactly(length)
    except asyncio.IncompleteReadError:
        raise _DecoderError(await process.wait()) from None


class DecoderPool:
    """Decodes pictures in processes of its own, several at a time.

    They get no secrets, and the system enforces their limits (see `decoder`). One that a picture brings down is
    replaced, and only that picture is refused. `restarts` counts them.
    """

    def __init__(self, size: int = SIZE) -> None:
        self.size = size
        self.restarts = 0
        self._decoders = [_Decoder() for _ in range(size)]
        self._idle: asyncio.LifoQueue[_Decoder] = asyncio.LifoQueue()
        for decoder in self._decoders:
            self._idle.put_nowait(decoder)
        self._replacing: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Start all processes. One that can't be started is tried again when it is needed."""
        await asyncio.gather(*(self._start(decoder) for decoder in self._decoders))

    async def close(self) -> None:
        """Kill all processes, whatever they do, and wait until they are gone."""
        self._closing = True
        for task in self._replacing:
            task.cancel()
        await asyncio.gather(*self._replacing, return_exceptions=True)
        await asyncio.gather(*(decoder.stop() for decoder in self._decoders))

    async def decode(self, picture: bytes) -> Thumbnail:
        """Decode a picture (an encoded file) as soon as a process is idle.

        Raises PictureError, VerticalPictureError, BusyError if there is no process, ClosingError.
        """
        decoder = await self._idle.get()
        try:
            if self._closing:
                raise ClosingError(_CLOSING)
            if not decoder.alive and not await self._start(decoder):
                raise BusyError("I can't open images right now. Send it again in a minute.")
            kind, content = await decoder.decode(picture)
        except (_DecoderError, TimeoutError) as error:
            raise self._refusal(picture, error) from None
        finally:
            if decoder.busy:  # whatever it still sends is not the answer to the next picture
                self._replacing.add(task := asyncio.create_task(self._replace(decoder)))
                task.add_done_callback(self._replacing.discard)
            else:
                self._idle.put_nowait(decoder)
        return _thumbnail(kind, content)

    async def _start(self, decoder: _Decoder) -> bool:
        try:
            await decoder.start()
        except (_DecoderError, OSError) as error:
            log.error("a decoder could not be started: %s", error)  # noqa: TRY400 - the sentence says it all
            await decoder.stop()
        if self._closing:
            await decoder.stop()
        return decoder.alive

    async def _replace(self, decoder: _Decoder) -> None:
        try:
            await decoder.stop()
            if not self._closing:
                self.restarts += 1
                await self._start(decoder)
        finally:
            self._idle.put_nowait(decoder)

    def _refusal(self, picture: bytes, error: _DecoderError | TimeoutError) -> PictureError | ClosingError:
        """What to say about a picture that brought a decoder down; the log names it."""
        if self._closing:
            return ClosingError(_CLOSING)
        digest = hashlib.sha256(picture).hexdigest()
        log.warning("a decoder is replaced because of a picture of %d bytes, %s: %s", len(picture), digest, error)
        if isinstance(error, TimeoutError) or -error.status in {signal.SIGPROF, signal.SIGALRM}:
            return costly()
        return PictureError(_BROKEN)


def _thumbnail(kind: Answer, content: bytes) -> Thumbnail:
    """What a decoder answered. Raises PictureError."""
    if kind is Answer.REFUSED:
        template, data = json.loads(content)
        raise PictureError(template, **data)
    if kind is Answer.VERTICAL:
        raise VerticalPictureError(_VERTICAL)
    if kind is Answer.FAILED:
        log.error("a picture could not be decoded:\n%s", content.decode())
        raise PictureError(_BROKEN)
    return Thumbnail(np.frombuffer(content, np.uint8).reshape(HEIGHT, WIDTH, 3))
