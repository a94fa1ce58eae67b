"""`python -m classifier.serving.decoder`: decodes pictures for another process, within limits that the system enforces.

Standard input brings pictures, standard output takes the answers, both with their length ahead. The process ends when
its input does, and dies of a picture that takes longer than its limits.
"""

import resource
import signal
import struct
import sys
import traceback
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image

from classifier.errors import PictureError
from classifier.pictures.decoding import decode_wide
from classifier.pictures.files.strip import strip

LENGTH: Final = struct.Struct(">I")
ANSWER: Final = struct.Struct(">BI")
"""The kind of an answer, and the length of what follows."""
SECONDS: Final = 0.9
"""Processor time per picture."""
SECONDS_WAITING: Final = 5.0
"""Time per picture, however little the processor has to do with it."""
MEMORY: Final = 147_000_000
"""Bytes above what the process holds at its start."""


class Answer(IntEnum):
    """What follows: pixels, why the picture is refused, the traceback of an unforeseen error, or nothing (vertical)."""

    PIXELS = 0
    REFUSED = 1
    FAILED = 2
    VERTICAL = 3


def main(source: BinaryIO, answers: BinaryIO) -> None:
    """Answer each picture until there are no more; a first, empty answer says that the process is ready."""
    Image.preinit()
    _limit()
    _send(answers, Answer.PIXELS, b"")
    while length := source.read(LENGTH.size):
        _send(answers, *_answer(source.read(*LENGTH.unpack(length))))


def _answer(picture: bytes) -> tuple[Answer, bytes]:
    _set_timers(SECONDS, SECONDS_WAITING)
    try:
        file = strip(picture)
        del picture  # no two copies of a large file while it is decoded
        pixels = decode_wide(file)
        return (Answer.VERTICAL, b"") if pixels is None else (Answer.PIXELS, pixels.tobytes())
    except PictureError as error:
        return Answer.REFUSED, str(error).encode()
    except Exception:  # noqa: BLE001 - whatever it is, it is sent to be logged
        return Answer.FAILED, traceback.format_exc().encode()
    finally:
        _set_timers(0, 0)


def _send(answers: BinaryIO, kind: Answer, content: bytes) -> None:
    answers.write(ANSWER.pack(kind, len(content)))
    answers.write(content)
    answers.flush()


def _set_timers(processor: float, waiting: float) -> None:
    """Die when a timer ends; 0 stops it. Unlike Python's own handlers, the system's interrupt any code."""
    signal.setitimer(signal.ITIMER_PROF, processor)
    signal.setitimer(signal.ITIMER_REAL, waiting)


def _limit() -> None:
    for name in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(name, signal.SIG_DFL)
    for name in (signal.SIGINT, signal.SIGTERM):  # may be sent to all processes: the parent decides when to end
        signal.signal(name, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if held := _held():
        resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY, held + MEMORY))


def _held() -> int:
    """Bytes of private memory that this process has; 0 if the system doesn't say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
