"""What every place for artifacts does, and how an artifact is named: by its content."""

import hashlib
import re
from typing import Final, Protocol

from classifier.errors import ArtifactError

MAX_BYTES: Final = 512 * 2**20
"""The largest artifact that is read."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Artifacts(Protocol):
    """Keeps bytes by their digest: nothing is ever changed, and what is there is there whole.

    All methods raise StorageError if the place can't be used at the moment.
    """

    async def put(self, content: bytes) -> str:
        """Store bytes unless they are there already; returns their digest. Broken ones there are replaced."""

    async def get(self, digest: str) -> bytes:
        """Read what was stored. Raises ArtifactError if it isn't there, or isn't what was stored."""

    async def drop(self, digest: str) -> None:
        """Delete what was stored; nothing happens if it isn't there."""


def digest_of(content: bytes) -> str:
    """The SHA-256 of bytes, in hexadecimal: 64 characters."""
    return hashlib.sha256(content).hexdigest()


def name_of(digest: str) -> str:
    """The path of an artifact in its place. Raises ArtifactError for what is no digest, so that no path is odd."""
    if not _DIGEST.fullmatch(digest):
        raise ArtifactError("{digest} is not the digest of an artifact.", digest=repr(digest))
    return f"{digest[:2]}/{digest}"


def checked(digest: str, content: bytes) -> bytes:
    """The content, if it is the one of that digest. Raises ArtifactError."""
    if digest_of(content) != digest:
        raise broken(digest)
    return content


def broken(digest: str) -> ArtifactError:
    """The error for an artifact that isn't what was stored."""
    return ArtifactError(
        "The artifact {digest} is broken. Train again, or restore it from a backup.", digest=digest[:12]
    )


def missing(digest: str) -> ArtifactError:
    """The error for an artifact that isn't there."""
    return ArtifactError(
        "The artifact {digest} is missing. Train again, or restore it from a backup.", digest=digest[:12]
    )
