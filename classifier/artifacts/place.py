"""The place for artifacts that a URL names."""

from pathlib import Path
from typing import Final

from classifier.artifacts.folder import FolderArtifacts
from classifier.artifacts.protocol import Artifacts
from classifier.errors import StorageError

SCHEMES: Final = ("s3", "gs", "az")


def open_artifacts(url: str, folder: Path) -> Artifacts:
    """Artifacts at a URL of an object store, or in a folder if the URL is empty. Raises StorageError."""
    if not url:
        return FolderArtifacts(folder)
    if url.partition("://")[0] not in SCHEMES:
        raise StorageError(
            "{url} is not the URL of an object store. Set THUMBPRINT_ARTIFACTS_URL to s3://bucket/prefix, "
            "gs://bucket/prefix or az://account/container/prefix, or omit it.",
            url=url,
        )
    try:
        from classifier.artifacts.object_store import ObjectStoreArtifacts  # noqa: PLC0415 - only a cluster needs it
    except ModuleNotFoundError as error:
        raise StorageError("Object stores need more packages: install thumbprint[cluster].") from error
    return ObjectStoreArtifacts(url)
