"""Artifacts in an object store: Amazon S3 and what is compatible with it, Google Cloud Storage or Azure.

Credentials and addresses come from the environment, by the names that the makers of each store use, such as
AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL. Objects whose upload was interrupted don't appear: the store takes them whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError

from classifier.artifacts.protocol import MAX_BYTES, broken, checked, digest_of, missing, name_of
from classifier.errors import ArtifactError, StorageError

RETRY_SECONDS: Final = 60
"""How long a request is tried again while the store is away."""


class ObjectStoreArtifacts:
    """Artifacts as objects below a URL: s3://bucket/prefix, gs://bucket/prefix, az://account/container/prefix."""

    def __init__(self, url: str, *, retry_seconds: float = RETRY_SECONDS) -> None:
        """Raises StorageError if the URL or a setting of the store is invalid."""
        try:
            self._store = obstore.store.from_url(
                url,
                # HTTP only if the store's address in the environment says so.
                client_options={"timeout": "60s", "connect_timeout": "5s", "allow_http": True},
                retry_config={"max_retries": 100, "retry_timeout": timedelta(seconds=retry_seconds)},
            )
        except (BaseError, ValueError) as error:
            raise StorageError(
                "The object store {url} can't be used: {cause}. Check THUMBPRINT_ARTIFACTS_URL.",
                url=url,
                cause=_first_line(error),
            ) from error

    async def put(self, content: bytes) -> str:
        """Store bytes unless they are there already; returns their digest. Broken ones there are replaced."""
        digest = digest_of(content)
        name = name_of(digest)
        with _explained():
            try:
                await obstore.put_async(self._store, name, content, mode="create")
            except AlreadyExistsError:
                try:
                    await self.get(digest)
                except ArtifactError:
                    await obstore.put_async(self._store, name, content, use_multipart=False)
        return digest

    async def get(self, digest: str) -> bytes:
        """Read what was stored. Raises ArtifactError if it isn't there, or isn't what was stored."""
        name = name_of(digest)
        with _explained():
            try:
                found = await obstore.get_async(self._store, name)
                if found.meta["size"] > MAX_BYTES:
                    raise broken(digest)
                content = bytes(await found.bytes_async())
            except FileNotFoundError:
                raise missing(digest) from None
        return checked(digest, content)

    async def drop(self, digest: str) -> None:
        """Delete what was stored; nothing happens if it isn't there."""
        name = name_of(digest)
        with _explained():
            try:
                await obstore.delete_async(self._store, name)
            except FileNotFoundError:
                return


@contextmanager
def _explained() -> Iterator[None]:
    """Raise what the store refuses as StorageErrors."""
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageError(
            "The object store can't be used: {cause}. Check it and THUMBPRINT_ARTIFACTS_URL, then try again.",
            cause=_first_line(error),
        ) from error


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
