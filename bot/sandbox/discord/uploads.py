"""Uploaded files: kept in memory, served back, and looked at for what they are."""

import asyncio
import io
import mimetypes
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from bot.sandbox.discord.errors import ApiError, Problems
from bot.sandbox.discord.snowflake import Snowflakes
from bot.sandbox.discord.values import Attachment, Json

MAX_FILES = 10
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    filename: str
    data: bytes


class Uploads:
    """Takes files up to `limit` bytes each and gives them addresses under `base_url`."""

    def __init__(self, new_id: Snowflakes, limit: int) -> None:
        self.base_url = ""
        self.limit = limit
        self._new_id = new_id
        self._files: dict[int, tuple[Attachment, bytes]] = {}

    def read(self, attachment_id: int) -> tuple[Attachment, bytes] | None:
        """A stored file, None where there is none."""
        return self._files.get(attachment_id)

    async def take(self, upload: Upload, channel_id: int, description: str | None = None) -> Attachment:
        """Store a file. Raises ApiError 40005 where it is too large."""
        if len(upload.data) > self.limit:
            raise ApiError(40005)
        new_id = self._new_id()
        name = _UNSAFE.sub("_", upload.filename).strip("._") or "unknown"
        attachment = await asyncio.to_thread(
            _looked_at,
            Attachment(
                new_id,
                name,
                len(upload.data),
                f"{self.base_url}/attachments/{channel_id}/{new_id}/{name}",
                description=description,
            ),
            upload.data,
        )
        self._files[new_id] = attachment, upload.data
        return attachment

    async def arrange(
        self,
        listed: Sequence[Json] | None,
        files: Mapping[int, Upload],
        channel_id: int,
        old: Sequence[Attachment] = (),
    ) -> tuple[Attachment, ...]:
        """The attachments of a message: those of the old ones that are listed (all, without a list), then the files.

        Raises ApiError 50035 where the list names what is neither.
        """
        if listed is None:
            new = [await self.take(upload, channel_id) for _, upload in sorted(files.items())]
            return (*old, *new)
        kept = {attachment.id: attachment for attachment in old}
        problems = Problems()
        for index, entry in enumerate(listed):
            if int(entry["id"]) not in kept and int(entry["id"]) not in files:
                problems.add(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", "Attachment not found")
        problems.refuse()
        arranged = []
        for entry in listed:
            number = int(entry["id"])
            if number in kept:
                arranged.append(replace(kept[number], description=entry.get("description", kept[number].description)))
            else:
                upload = files[number]
                named = replace(upload, filename=entry.get("filename") or upload.filename)
                arranged.append(await self.take(named, channel_id, entry.get("description")))
        return tuple(arranged)


def _looked_at(attachment: Attachment, data: bytes) -> Attachment:
    guessed, _ = mimetypes.guess_type(attachment.filename)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                kind = Image.MIME.get(picture.format or "", guessed)
                return replace(attachment, content_type=kind, width=picture.width, height=picture.height)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return replace(attachment, content_type=guessed)
