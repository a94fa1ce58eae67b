"""Lifeline: a child process that ends when the process that started it does, however that one ends."""

import ctypes
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
"""The signal that a process gets when its parent ends: see prctl(2)."""


def tie_to(parent: int) -> None:
    """Have this process killed when `parent`, which started it, is gone; at once if it is gone already.

    Linux does it by itself. Elsewhere the end of standard input does, which must be a pipe that only the parent holds.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the line above
        _end()
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    """Wait for the end of standard input."""
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
