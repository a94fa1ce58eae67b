"""Run as a script: a decoder that hangs, dies or eats memory if a picture says so, under the limits of a real one."""

import os
import signal
import sys
import time
from collections.abc import Callable

from PIL import Image

from classifier.serving import decoder

decode = decoder.decode


def spin() -> None:
    while True:
        pass


def eat() -> None:
    eaten = []
    while True:
        eaten.append(b"\xff" * 10_000_000)


def fail() -> None:
    raise RuntimeError("an unforeseen error")


MISCHIEF: dict[bytes, Callable[[], object]] = {
    b"spin": spin,
    b"sleep": lambda: time.sleep(3600),
    b"abort": os.abort,
    b"kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    b"exit": lambda: os._exit(0),
    b"stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
    b"eat": eat,
    b"fail": fail,
    b"environment": lambda: sys.stderr.write(repr(dict(os.environ))) or sys.stderr.flush(),
}


def decode_or_misbehave(picture: bytes) -> Image.Image:
    if picture in MISCHIEF:
        MISCHIEF[picture]()
    return decode(picture)


if __name__ == "__main__":
    decoder.decode = decode_or_misbehave
    decoder.SECONDS = 0.3
    decoder.SECONDS_WAITING = 1.0
    decoder.main(sys.stdin.buffer, sys.stdout.buffer)
