"""Uploaded files: stored in memory, with their content type and size."""

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
    """A file as sent."""

    filename: str
    data: bytes


class Uploads:
    """Stores files of up to `limit` bytes each; their URLs begin with `base_url`."""

    def __init__(self, new_id: Snowflakes, limit: int) -> None:
        self.base_url = ""
        self.limit = limit
        self._new_id = new_id
        self._files: dict[int, tuple[Attachment, bytes]] = {}

    def read(self, attachment_id: int) -> tuple[Attachment, bytes] | None:
        """The stored file; None if there is no such file."""
        return self._files.get(attachment_id)

    async def add(self, upload: Upload, channel_id: int, description: str | None = None) -> Attachment:
        """Store a file. Raises ApiError 40005 if it is too large."""
        if len(upload.data) > self.limit:
            raise ApiError(40005)
        new_id = self._new_id()
        name = _UNSAFE.sub("_", upload.filename).strip("._") or "unknown"
        attachment = await asyncio.to_thread(
            _with_type_and_size,
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

    async def attach(
        self,
        listed: Sequence[Json] | None,
        files: Mapping[int, Upload],
        channel_id: int,
        old: Sequence[Attachment] = (),
    ) -> tuple[Attachment, ...]:
        """Store a message's new files; returns its attachments in the listed order.

        Old attachments that are not listed are removed; without a list, they all stay. Raises ApiError 50035 if the
        list contains an unknown attachment.
        """
        if listed is None:
            new = [await self.add(upload, channel_id) for _, upload in sorted(files.items())]
            return (*old, *new)
        existing = {attachment.id: attachment for attachment in old}
        problems = Problems()
        for index, entry in enumerate(listed):
            if int(entry["id"]) not in existing and int(entry["id"]) not in files:
                problems.add(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", "Attachment not found")
        problems.raise_if_any()
        attachments = []
        for entry in listed:
            number = int(entry["id"])
            if number in existing:
                old_one = existing[number]
                attachments.append(replace(old_one, description=entry.get("description", old_one.description)))
            else:
                upload = files[number]
                named = replace(upload, filename=entry.get("filename") or upload.filename)
                attachments.append(await self.add(named, channel_id, entry.get("description")))
        return tuple(attachments)


def _with_type_and_size(attachment: Attachment, data: bytes) -> Attachment:
    guessed, _ = mimetypes.guess_type(attachment.filename)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                content_type = Image.MIME.get(picture.format or "", guessed)
                return replace(attachment, content_type=content_type, width=picture.width, height=picture.height)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return replace(attachment, content_type=guessed)
