"""The place for artifacts that a URL names."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from classifier.artifacts.folder import FolderArtifacts
from classifier.artifacts.protocol import Artifacts
from classifier.errors import StorageError

SCHEMES: Final = ("s3", "gs", "az")


def open_artifacts(url: str) -> Artifacts:
    """Artifacts at the URL of an object store, or of a folder (file:///folder). Raises StorageError."""
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.strip("/"):
        return FolderArtifacts(Path(unquote(parts.path)))
    if parts.scheme not in SCHEMES:
        raise StorageError(
            "{url} is not a place for models. Set THUMBPRINT_ARTIFACTS_URL to s3://bucket/prefix, gs://bucket/prefix, "
            "az://account/container/prefix or file:///folder.",
            url=url,
        )
    try:
        from classifier.artifacts.object_store import ObjectStoreArtifacts  # noqa: PLC0415 - only a cluster needs it
    except ModuleNotFoundError as error:
        raise StorageError("Object stores need more packages: install thumbprint[cluster].") from error
    return ObjectStoreArtifacts(url)
