"""A local S3: moto's server on loopback, in a process and with packages of its own."""

import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from scripts.benchmarks.local_postgres import NotInstalledError

CLIENTS: Final = Path(__file__).parents[2] / "tests" / "clients"
"""The folder that has the server, and an environment with its packages."""
_PYTHON: Final = CLIENTS / ".venv" / "bin" / "python"


@dataclass
class LocalS3:
    """An S3-compatible server with one bucket. While it is stopped, its address refuses connections."""

    process: subprocess.Popen[str]
    bucket: str = "thumbprint"
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.port = self._answer()
        self.request("PUT", f"/{self.bucket}")

    @property
    def url(self) -> str:
        """Where the bot keeps its artifacts."""
        return f"s3://{self.bucket}/artifacts"

    @property
    def environment(self) -> dict[str, str]:
        """The settings by which its clients find it."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }

    def start(self) -> None:
        """Start it, again with what it holds."""
        self._do("start")

    def stop(self) -> None:
        """Stop it; what it holds stays."""
        self._do("stop")

    def request(self, method: str, path: str, content: bytes | None = None) -> bytes:
        """Send a request without credentials, which it does not check; returns the body of the response."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", content, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return bytes(response.read())

    def _do(self, verb: str) -> None:
        stdin = cast("IO[str]", self.process.stdin)
        stdin.write(f"{verb}\n")
        stdin.flush()
        self._answer()

    def _answer(self) -> int:
        """The port, once what was asked for is done."""
        return int(cast("IO[str]", self.process.stdout).readline())


@contextmanager
def running_s3() -> Iterator[LocalS3]:
    """Run a local S3 inside the block. Raises NotInstalledError."""
    if not _PYTHON.exists():
        raise NotInstalledError("There is no local S3. Run `tests/clients/install`.")
    command = [_PYTHON, CLIENTS / "s3_server.py"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:  # noqa: S603
        yield LocalS3(process)
        process.communicate()
