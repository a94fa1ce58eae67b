"""A local S3 for tests, which are skipped if it is not installed."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from scripts.benchmarks.local_postgres import NotInstalledError
from scripts.benchmarks.local_s3 import LocalS3, running_s3

__all__ = ["LocalS3", "local_s3", "overwrite", "s3_server"]

REQUIRED: Final = "THUMBPRINT_REQUIRE_CLIENTS"


def overwrite(server: LocalS3, key: str, content: bytes) -> None:
    """Change an object behind its owner's back."""
    import obstore  # noqa: PLC0415 - may not be installed

    obstore.put(obstore.store.from_url(server.url, client_options={"allow_http": True}), key, content)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[LocalS3]:
    """A local S3; skips the test if the packages of the cluster are not installed."""
    pytest.importorskip("obstore")
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_s3())
        except NotInstalledError as error:
            if REQUIRED in os.environ:
                raise
            pytest.skip(str(error))
        yield server


@pytest.fixture
def local_s3(s3_server: LocalS3, monkeypatch: pytest.MonkeyPatch) -> LocalS3:
    """A local S3, which the clients of this process find."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return s3_server
