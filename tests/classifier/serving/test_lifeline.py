"""Lifeline: a child ends when its parent does, whichever of the two ways works."""

import os
import signal
import subprocess
import sys

import pytest

_CHILD = """
import os, sys, signal
sys.platform = {platform!r}
from classifier.serving.lifeline import tie_to
tie_to({parent})
print(os.getpid(), flush=True)
signal.pause()
"""
_PARENT = """
import subprocess, sys
subprocess.run([sys.executable, "-c", sys.argv[1]])
"""


def start(code: str, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_it_ends_with_its_standard_input() -> None:
    with start(_CHILD.format(platform="elsewhere", parent="os.getppid()")) as child:
        assert first_line(child) == f"{child.pid}\n"
        assert child.poll() is None
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(30) == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is of Linux")
def test_on_linux_it_ends_with_its_parent() -> None:
    """Its standard input is this test's, and stays open; its standard output ends when it does."""
    with start(_PARENT, _CHILD.format(platform="linux", parent="os.getppid()")) as parent:
        child = int(first_line(parent))
        os.kill(child, 0)
        parent.kill()
        assert first_line(parent) == ""
        assert parent.stdin is not None
        assert not parent.stdin.closed


@pytest.mark.parametrize("platform", ["linux", "elsewhere"])
def test_it_ends_at_once_if_its_parent_is_gone_already(platform: str) -> None:
    with start(_CHILD.format(platform=platform, parent="1 << 30")) as child:
        assert child.wait(30) == -signal.SIGKILL
        assert first_line(child) == ""
