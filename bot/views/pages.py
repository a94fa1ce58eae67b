"""Long lists, one page at a time. The page's number is in the button, so that it works after a restart."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.replies.message import Reply
from bot.views.buttons import NumberedButton, linked


class PageButton(NumberedButton, template=r"(?!)"):
    """Turns to a page, counted from 1, of one list.

    Whoever sees a list can turn its pages; a subclass whose list is not for everyone refuses in `turned`.
    """

    async def turned(self, interaction: discord.Interaction[Any]) -> tuple[Reply, ui.View | None]:
        """The page `self.number`, or the nearest one that exists, and its buttons."""
        raise NotImplementedError

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Replace the page that was shown."""
        reply, view = await self.turned(interaction)
        reply = linked(interaction, reply)
        await interaction.response.edit_message(
            content=reply.text, embeds=reply.embeds, attachments=reply.files(), view=view
        )


def turner(kind: type[PageButton], page: int, pages: int, *more: int, row: int | None = None) -> Sequence[PageButton]:
    """The buttons to the previous and next page, with what `more` they need; none if there is only one page."""
    if pages < 2:
        return ()
    back, forth = kind(page - 1, *more, label="◀", row=row), kind(page + 1, *more, label="▶", row=row)
    back.item.disabled, forth.item.disabled = page <= 1, page >= pages
    return back, forth


def pages_of(count: int, size: int) -> int:
    """How many pages a list has; an empty one has one."""
    return max(1, -(-count // size))


def nearest(page: int, pages: int) -> int:
    """The page of `pages` that is nearest to the wanted one."""
    return min(max(page, 1), pages)
