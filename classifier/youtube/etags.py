"""ETags: what the thumbnail host calls the versions of the thumbnails in a folder, by the names of their files."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from classifier.disk import write_whole

_FILE: Final = ".etags.json"
_LENGTH: Final = 200
_TAGS: Final = TypeAdapter(dict[str, str])


def load_etags(folder: Path) -> dict[str, str]:
    """The ETags of a folder; none if they can't be read: then everything is downloaded again."""
    try:
        return _TAGS.validate_json((folder / _FILE).read_bytes())
    except (OSError, ValidationError):
        return {}


def save_etags(folder: Path, etags: Mapping[str, str]) -> None:
    """Write the ETags of a folder, if it is still there and can be written."""
    with suppress(OSError):
        if folder.is_dir():
            write_whole(folder / _FILE, json.dumps(dict(etags)).encode())


def learn_etags(folder: Path, downloaded: Mapping[str, str]) -> None:
    """Take the ETags of what was downloaded; what came without a usable one loses that of before."""
    if downloaded:
        etags = {**load_etags(folder), **downloaded}
        save_etags(folder, {name: tag for name, tag in etags.items() if is_usable(tag)})


def is_usable(etag: str) -> bool:
    """Whether an ETag, which comes from the host, is there and not absurdly long."""
    return 0 < len(etag) <= _LENGTH
