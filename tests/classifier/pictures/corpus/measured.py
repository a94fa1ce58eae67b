"""A decoder as the pool starts it, and what each picture costs it."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Self

from classifier.errors import PictureError
from classifier.pictures.decoding import HEIGHT, WIDTH
from classifier.serving.decoder import ANSWER, LENGTH, Answer
from classifier.serving.decoder_pool import COMMAND, environment
from tests.classifier.pictures.corpus.sample import Outcome

ROOT = Path(__file__).parents[4]
PIXEL_BYTES = WIDTH * HEIGHT * 3


class Cost(NamedTuple):
    """How decoding ended, in processor seconds and in bytes of memory above those of the decoder at its start.

    `text` is a refusal's sentence, or how the decoder died. `memory` is 0 where it died: the system's peak of an ended
    child counts what its parent held when it was started.
    """

    outcome: Outcome
    text: str
    seconds: float
    memory: int
    died: bool = False


class MeasuredDecoder:
    """One decoder process, replaced when a picture brings it down."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment()
        )
        self._receive()
        self._start = self._status("VmRSS")

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """A decoder that ends with the block."""
        decoder = cls()
        try:
            yield decoder
        finally:
            decoder.close()

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()

    def decode(self, picture: bytes) -> Cost:
        """Decode a picture; how it ends, and what that costs."""
        (self._proc / "clear_refs").write_text("5")  # the peak starts here
        before = self._seconds()
        try:
            answer, content = self._send(picture)
        except EOFError:
            return self._bury(before)
        seconds, memory = self._seconds() - before, self._status("VmHWM") - self._start
        if answer is Answer.PIXELS:
            assert len(content) == PIXEL_BYTES
            return Cost(Outcome.ANSWERED, "", seconds, memory)
        if answer is Answer.VERTICAL:
            return Cost(Outcome.ANSWERED, "", seconds, memory)
        assert answer is Answer.REFUSED, content.decode()
        template, values = json.loads(content)
        return Cost(Outcome.REFUSED, str(PictureError(template, **values)), seconds, memory)

    @property
    def _proc(self) -> Path:
        return Path(f"/proc/{self._process.pid}")

    def _send(self, picture: bytes) -> tuple[Answer, bytes]:
        assert self._process.stdin
        try:
            self._process.stdin.write(LENGTH.pack(len(picture)) + picture)
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise EOFError from error
        return self._receive()

    def _receive(self) -> tuple[Answer, bytes]:
        assert self._process.stdout
        head = self._process.stdout.read(ANSWER.size)
        if len(head) < ANSWER.size:
            raise EOFError
        kind, length = ANSWER.unpack(head)
        return Answer(kind), self._process.stdout.read(length)

    def _bury(self, before: float) -> Cost:
        """What a picture cost that brought the process down; starts another."""
        _, status, usage = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        seconds = usage.ru_utime + usage.ru_stime - before
        cost = Cost(Outcome.REFUSED, f"died with {self._process.returncode}", seconds, memory=0, died=True)
        self.close()
        self.__init__()  # type: ignore[misc]
        return cost

    def _seconds(self) -> float:
        return int((self._proc / "schedstat").read_text().split()[0]) / 1e9

    def _status(self, name: str) -> int:
        lines = (self._proc / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
