"""A local S3 for tests: moto's server on loopback."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass
class LocalS3:
    """An S3-compatible server with one bucket. While it is stopped, its address refuses connections."""

    port: int = 0
    bucket: str = "thumbprint"

    def __post_init__(self) -> None:
        self.start()
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
        from moto.server import ThreadedMotoServer  # noqa: PLC0415 - takes seconds

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self._server.start()
        _, self.port = self._server.get_host_and_port()

    def stop(self) -> None:
        self._server.stop()

    def overwrite(self, key: str, content: bytes) -> None:
        """Change an object behind its owner's back."""
        import obstore  # noqa: PLC0415 - may not be installed

        obstore.put(obstore.store.from_url(self.url, client_options={"allow_http": True}), key, content)

    def keys(self) -> str:
        """The listing of all objects, as XML."""
        return self._request("GET", f"/{self.bucket}?list-type=2").decode()

    def _request(self, method: str, path: str, content: bytes | None = None) -> bytes:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", content, method=method)
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return bytes(response.read())


@contextmanager
def running_s3() -> Iterator[LocalS3]:
    """Run a local S3; skip the test if the packages of the cluster are not installed."""
    pytest.importorskip("obstore")
    pytest.importorskip("moto")
    server = LocalS3()
    try:
        yield server
    finally:
        server.stop()


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
