"""Corrections: what admins decided about crawled thumbnails that a model doubts."""

from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from bot.store.database import Database, alone
from bot.store.servers import ensure_server
from bot.store.tables import corrections


class CorrectionStore:
    """The corrections of each server (None: of the default model). Its methods raise StoreError if the database fails.

    The label of a video is its right channel's, None if the video is to be left out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, server: int | None) -> Mapping[str, str | None]:
        """The labels that were corrected or confirmed, by video."""
        mine = select(corrections.c.video, corrections.c.label).where(corrections.c.server.is_not_distinct_from(server))
        async with self._database.read() as connection:
            return {row.video: row.label for row in await connection.execute(mine.order_by(corrections.c.id))}

    async def set(self, server: int | None, video: str, label: str | None, by: int) -> None:
        """Record what an admin decided; it replaces what was decided before."""
        row = {"server": server, "video": video, "label": label, "by": by, "at": self._database.now()}
        this = corrections.c.server.is_not_distinct_from(server) & (corrections.c.video == video)
        async with self._database.write() as connection:
            await alone(connection, server or 0)
            await ensure_server(connection, server)
            await connection.execute(delete(corrections).where(this))
            await connection.execute(insert(corrections).values(row))

    async def undo(self, server: int | None, by: int) -> str | None:
        """Forget what an admin decided last; returns the video, None if there is nothing to undo."""
        mine = corrections.c.server.is_not_distinct_from(server) & (corrections.c.by == by)
        last = select(corrections.c.id, corrections.c.video).where(mine).order_by(corrections.c.id.desc()).limit(1)
        async with self._database.write() as connection:
            found = (await connection.execute(last)).first()
            if found is None:
                return None
            await connection.execute(delete(corrections).where(corrections.c.id == found.id))
            video: str = found.video
        return video
