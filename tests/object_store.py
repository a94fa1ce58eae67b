"""A local S3 for tests: moto's server on loopback, in a process of its own."""

import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

CLIENTS: Final = Path(__file__).parent / "clients"
PYTHON: Final = CLIENTS / ".venv" / "bin" / "python"
REQUIRED: Final = "THUMBPRINT_REQUIRE_CLIENTS"


@dataclass
class LocalS3:
    """An S3-compatible server with one bucket. While it is stopped, its address refuses connections."""

    process: subprocess.Popen[str]
    bucket: str = "thumbprint"

    def __post_init__(self) -> None:
        self.port = self._answer()
        self._request("PUT", f"/{self.bucket}")

    @property
    def url(self) -> str:
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
        self._do("stop")

    def overwrite(self, key: str, content: bytes) -> None:
        """Change an object behind its owner's back."""
        import obstore  # noqa: PLC0415 - may not be installed

        obstore.put(obstore.store.from_url(self.url, client_options={"allow_http": True}), key, content)

    def keys(self) -> str:
        """The listing of all objects, as XML."""
        return self._request("GET", f"/{self.bucket}?list-type=2").decode()

    def _do(self, verb: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{verb}\n")
        self.process.stdin.flush()
        self._answer()

    def _answer(self) -> int:
        """The port, once it has done what it was told."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def _request(self, method: str, path: str, content: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", content, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return bytes(response.read())


@contextmanager
def running_s3() -> Iterator[LocalS3]:
    """Run a local S3; skip the test if the packages of the cluster are not installed."""
    pytest.importorskip("obstore")
    if not PYTHON.exists() and REQUIRED not in os.environ:
        pytest.skip("there is no local S3: run tests/clients/install")
    command = [PYTHON, CLIENTS / "s3_server.py"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, text=True, **pipes) as process:  # noqa: S603
        yield LocalS3(process)
        process.communicate()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[LocalS3]:
    with running_s3() as server:
        yield server


@pytest.fixture
def local_s3(s3_server: LocalS3, monkeypatch: pytest.MonkeyPatch) -> LocalS3:
    """A local S3, which the clients of this process find."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server
