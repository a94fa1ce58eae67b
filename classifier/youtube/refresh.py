"""Refresh: what came from YouTube is brought up to date or deleted within 30 days, as YouTube's API policies ask."""

import asyncio
import hashlib
import shutil
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from classifier.disk import on_disk
from classifier.errors import CrawlError, DatasetError, LinkError
from classifier.links import channel_ref, is_channel_id, is_video_id
from classifier.pictures.channel_record import ChannelRecord, load_record, save_record
from classifier.pictures.unknown import UNKNOWN_NAME
from classifier.settings import YouTubeSettings
from classifier.values import KEEP, Channel, RefreshReport
from classifier.youtube.data_api import DataApi
from classifier.youtube.revalidation import Outcome, StoredThumbnail, revalidate
from classifier.youtube.thumbnail_store import label_of

DUE: Final = timedelta(days=20)
"""Age from which a thumbnail is refreshed: that leaves ten days in which it can fail."""
UNLISTED: Final = timedelta(hours=1)
"""Age of a record from which a channel that is on no list goes: it may have been listed and crawled a moment ago."""
MOST: Final = 2000
"""Thumbnails per refresh, so that no training waits long for one."""
PER_UNIT: Final = 50
"""Channels that YouTube describes for one unit of quota."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where thumbnails are: one folder per channel, one of unknown channels, and one of single videos."""

    channels: Path
    unknown: Path
    videos: Path


async def refresh(
    settings: YouTubeSettings, folders: Folders, *, listed: Collection[str], used: Collection[str], now: datetime
) -> RefreshReport:
    """Refresh names of channels and due thumbnails; delete what YouTube no longer has, or could not be refreshed.

    Channels are kept if they are `listed` (by id, handle or link), and named if they are listed or `used` (ids).
    Everything is safe to repeat: what is due follows from the files. Raises DatasetError.
    """
    records = await asyncio.to_thread(lambda: dict(_records(folders.channels)))
    wanted = frozenset(_references(listed))
    ids = {*used, *(record.id for record in records.values()), *(name for name in wanted if is_channel_id(name))}
    names = await _look_up(settings, ids)
    await asyncio.to_thread(_update_folders, records, names, wanted, now)
    thumbnails = sorted(
        await asyncio.to_thread(lambda: list(_thumbnails(folders))), key=lambda it: (it.seen_at, it.file)
    )
    due = [it for it in thumbnails if now - it.seen_at >= DUE]
    outcomes = await revalidate(settings.thumbnails_url, due[:MOST], now)
    counts = Counter(outcomes.values())
    checked = len(outcomes) - counts["failed"]
    more = len(due) > MOST and checked > 0
    failed = [it for it in (due[:MOST] if more else due) if outcomes.get(it, "failed") == "failed"]
    expired = [it for it in failed if now - it.seen_at >= KEEP]
    await asyncio.to_thread(_delete, expired)
    await asyncio.to_thread(_update_records, outcomes, expired)
    return RefreshReport(
        channels=names.found,
        gone=names.gone,
        checked=checked,
        changed=counts["changed"],
        deleted=counts["gone"] + len(expired),
        more=more,
        units=names.units,
        problem=names.problem or (f"{len(failed)} of {len(due)} thumbnails can't be reached." if failed else None),
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """What YouTube says about channels: those found, the ids of those gone, and what stopped it from saying more."""

    found: tuple[Channel, ...] = ()
    gone: tuple[str, ...] = ()
    units: int = 0
    problem: str | None = None


async def _look_up(settings: YouTubeSettings, ids: Collection[str]) -> _Names:
    found: list[Channel] = []
    gone: list[str] = []
    units, order = 0, sorted(ids)
    try:
        async with DataApi(settings) as api:
            for start in range(0, len(order), PER_UNIT):
                asked = order[start : start + PER_UNIT]
                try:
                    answered = {it.id: it for it in await api.channels(asked)}
                finally:
                    units = api.units
                found += [
                    Channel(label_of(it.id, it.handle), it.title or it.id, it.id, it.handle) for it in answered.values()
                ]
                gone += [channel for channel in asked if channel not in answered]
    except CrawlError as error:
        return _Names(tuple(found), tuple(gone), units, str(error))
    return _Names(tuple(found), tuple(gone), units)


def _records(data: Path) -> Iterator[tuple[Path, ChannelRecord]]:
    """The folders that a crawl made, and their records."""
    for folder in sorted(data.iterdir()) if data.is_dir() else ():
        try:
            record = load_record(folder) if folder.is_dir() else None
        except DatasetError:  # another channel's broken record is no reason to stop
            continue
        if record is not None:
            yield folder, record


def _references(listed: Collection[str]) -> Iterator[str]:
    """Ids, and handles in lower case with the names of their folders."""
    for name in listed:
        try:
            ref = channel_ref(name)
        except LinkError:
            continue
        yield ref.value if ref.kind == "id" else str(ref).casefold()
        yield label_of(ref.value, str(ref) if ref.kind == "handle" else None)


def _update_folders(records: dict[Path, ChannelRecord], names: _Names, wanted: frozenset[str], now: datetime) -> None:
    """Bring the records up to date, and delete the folders of channels that are on no list.

    Channels that are gone lose their names; their thumbnails go once YouTube no longer has them. Titles of videos that
    no crawl has confirmed in time go.
    """
    found = {channel.id: channel for channel in names.found}
    for folder, stored in records.items():
        is_listed = bool({stored.id, (stored.handle or "").casefold(), folder.name} & wanted)
        age = now - stored.fetched_at
        has_titles = stored.titled_at is not None and now - stored.titled_at < KEEP
        record = stored if has_titles else replace(stored, titles={})
        if channel := found.get(record.id):
            record = replace(record, title=channel.title, handle=channel.handle, fetched_at=now)
        elif record.id in names.gone or age >= KEEP:
            record = replace(record, title=record.id, handle=None, fetched_at=now)
        with on_disk(folder, DatasetError):
            if not is_listed and age >= UNLISTED:
                shutil.rmtree(folder)
            elif record != stored:
                save_record(folder, record)


def _thumbnails(folders: Folders) -> Iterator[StoredThumbnail]:
    """Every thumbnail that a crawl stored."""
    for folder, _ in _records(folders.channels):
        yield from _in(folder)
    yield from _in(folders.videos)
    yield from _in(folders.unknown)


def _in(folder: Path) -> Iterator[StoredThumbnail]:
    with on_disk(folder, DatasetError):
        for file in folder.glob("*.jpg"):
            named = UNKNOWN_NAME.fullmatch(file.stem)
            video = named["video"] if named else file.stem
            if is_video_id(video):
                yield StoredThumbnail(file, video, datetime.fromtimestamp(file.stat().st_mtime, UTC))


def _delete(thumbnails: Sequence[StoredThumbnail]) -> None:
    for it in thumbnails:
        with on_disk(it.file, DatasetError):
            it.file.unlink(missing_ok=True)


def _update_records(outcomes: Mapping[StoredThumbnail, Outcome], expired: Sequence[StoredThumbnail]) -> None:
    """Write what the thumbnails of channels contain now into their records."""
    touched = [it.file for it, outcome in outcomes.items() if outcome in {"changed", "gone"}]
    files = {*touched, *(it.file for it in expired)}
    for folder in {file.parent for file in files}:
        record = load_record(folder)
        if record is None:  # of unknown channels, or of single videos
            continue
        with on_disk(folder, DatasetError):
            sha256 = {video: known for video, known in record.sha256.items() if folder / f"{video}.jpg" not in files}
            for file in sorted(files):
                if file.parent == folder and file.exists():
                    sha256[file.stem] = hashlib.sha256(file.read_bytes()).hexdigest()
            save_record(folder, replace(record, sha256=dict(sorted(sha256.items()))))
