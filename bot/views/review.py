"""Accept or drop feedback, one page of the queue at a time."""

from typing import Any, Final

import discord
from discord import ui

from bot.limits import ROWS
from bot.replies import actions
from bot.replies.message import Reply
from bot.replies.review import queue_page
from bot.replies.words import titles
from bot.rights import require_admin
from bot.services import Services
from bot.views.buttons import NUMBER, NumberedButton, record, services, view_of
from bot.views.pages import PageButton, nearest, pages_of, turner
from classifier.links import thumbnail_url

PER_PAGE: Final = ROWS - 1
"""One row of buttons each, and one to turn pages."""


class QueuePage(PageButton, template=rf"queue:{NUMBER}"):
    """Turns to a page of the queue."""

    name = "queue"

    async def turned(self, interaction: discord.Interaction[Any]) -> tuple[Reply, ui.View | None]:
        """The page, only for admins."""
        await require_admin(interaction, "feedback")
        return await page_of_queue(services(interaction), interaction.guild_id, self.number)


class Accept(NumberedButton, template=rf"accept:{NUMBER}"):
    """Lets the next training use it."""

    name = "accept"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Accept it, and show the rest of the queue."""
        await _review(interaction, self.number, accept=True)


class Drop(NumberedButton, template=rf"drop:{NUMBER}"):
    """Excludes it from training and statistics."""

    name = "drop"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Drop it, and show the rest of the queue."""
        await _review(interaction, self.number, accept=False)


async def _review(interaction: discord.Interaction[Any], number: int, *, accept: bool) -> None:
    await require_admin(interaction, "feedback")
    shared, server = services(interaction), interaction.guild_id
    reviewed = await shared.store.feedback.review(number, server, accept=accept, by=interaction.user.id)
    older = await shared.store.feedback.queued(server, before=number)
    reply, view = await page_of_queue(shared, server, older // PER_PAGE + 1)
    await interaction.response.edit_message(content=reply.text, embeds=reply.embeds, view=view)
    by, video = interaction.user.id, reviewed.answer.video or ""
    await record(interaction, actions.feedback_reviewed(by, video, accepted=accept))


async def page_of_queue(shared: Services, server: int | None, page: int) -> tuple[Reply, ui.View | None]:
    """A page of the queue, or the nearest one that exists, and its buttons."""
    count = await shared.store.feedback.queued(server)
    pages = pages_of(count, PER_PAGE)
    page = nearest(page, pages)
    first = (page - 1) * PER_PAGE
    waiting = await shared.store.feedback.queue(server, limit=PER_PAGE, offset=first)
    videos = [given.answer.video for given in waiting if given.answer.video]
    thumbnails = {video: thumbnail_url(shared.settings.youtube.thumbnails_url, video) for video in videos}
    buttons: list[NumberedButton] = []
    for row, given in enumerate(waiting):
        number = first + row + 1
        buttons += [
            Accept(given.id, label=f"Accept {number}", style=discord.ButtonStyle.success, row=row),
            Drop(given.id, label=f"Drop {number}", row=row),
        ]
    reply = queue_page(waiting, titles(shared.engine.channels(server)), thumbnails, first=first + 1, count=count)
    return reply, view_of([*buttons, *turner(QueuePage, page, pages, row=PER_PAGE)])
