"""Names: the titles and handles of channels in all models, which must not be older than YouTube's policies allow."""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from classifier.errors import ArtifactError
from classifier.models.folder import CARD_NAME, read_info, rename_channels
from classifier.values import KEEP, Channel, RefreshReport

log = logging.getLogger(__name__)


def channel_ids(models: Path) -> tuple[str, ...]:
    """The ids of the channels of all models below a folder."""
    return tuple(sorted({it.id for _, channels in _cards(models) for it in channels if it.id}))


def refresh_names(models: Path, report: RefreshReport, now: datetime) -> tuple[Path, ...]:
    """Bring the names in all models up to date; returns the folders of the models that have changed.

    A channel that YouTube no longer has, or whose name could not be refreshed in time, goes by its id: what the model
    learned from it are numbers. A model that can't be read or written is logged.
    """
    found = {channel.id: channel for channel in report.channels}
    changed: list[Path] = []
    for folder, channels in _cards(models):
        card = folder / CARD_NAME
        expired = now - datetime.fromtimestamp(card.stat().st_mtime, UTC) >= KEEP
        names = {
            it.id: found.get(it.id) or Channel(it.label, it.id, it.id)
            for it in channels
            if it.id and (it.id in found or it.id in report.gone or expired)
        }
        if any(_is_renamed(it, names.get(it.id or "", it)) for it in channels):
            try:
                rename_channels(folder, names)
            except ArtifactError as error:
                log.warning("%s", error)
                continue
            changed.append(folder)
        if all(it.id is None or it.id in names for it in channels):
            with suppress(OSError):
                os.utime(card, (now.timestamp(), now.timestamp()))  # when its names were last confirmed
    return tuple(changed)


def _is_renamed(before: Channel, now: Channel) -> bool:
    return (before.title, before.handle) != (now.title, now.handle)


def _cards(models: Path) -> Iterator[tuple[Path, tuple[Channel, ...]]]:
    """The folder and the channels of every model that can be read."""
    for card in sorted(models.glob(f"*/*/{CARD_NAME}")):
        with suppress(ArtifactError):
            yield card.parent, read_info(card.parent).channels
