"""Accept or drop feedback, one page of the queue at a time: everybody's, or one person's."""

from typing import Any, Final

import discord
from discord import ui

from bot.languages import gettext as _
from bot.limits import ROWS
from bot.replies import actions
from bot.replies.message import Reply
from bot.replies.review import queue_page
from bot.replies.words import titles
from bot.rights import require_admin
from bot.services import Services
from bot.views.buttons import NUMBER, NumberedButton, record, services, view_of
from bot.views.pages import PageButton, nearest, pages_of, turner
from classifier.errors import ThumbprintError
from classifier.links import thumbnail_url

PER_PAGE: Final = ROWS - 1
"""One row of buttons each, and one to turn pages."""
EVERYBODY: Final = 0
"""In place of a person's id in buttons: nobody has this one."""


class OldReviewError(ThumbprintError):
    """A button that has changed since it was posted."""


class QueuePage(PageButton, template=rf"queue:{NUMBER}:{NUMBER}"):
    """Turns to a page of the queue, everybody's or a person's."""

    name = "queue"

    async def turned(self, interaction: discord.Interaction[Any]) -> tuple[Reply, ui.View | None]:
        """The page, only for admins."""
        await require_admin(interaction, "feedback")
        return await page_of_queue(services(interaction), interaction.guild_id, self.number, *self.more)


class _Review(NumberedButton, template=r"(?!)"):
    """A button about one piece of feedback, in the queue of everybody or of a person."""

    accept: bool

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Review it, and show the rest of the queue."""
        await require_admin(interaction, "feedback")
        shared, server = services(interaction), interaction.guild_id
        by = interaction.user.id
        reviewed = await shared.store.feedback.review(self.number, server, accept=self.accept, by=by)
        await _show_after(interaction, self.number, *self.more)
        await record(interaction, actions.feedback_reviewed(by, reviewed.answer.video or "", accepted=self.accept))


class Accept(_Review, template=rf"accept:{NUMBER}:{NUMBER}"):
    """Lets the next training use it."""

    name, accept = "accept", True


class Drop(_Review, template=rf"drop:{NUMBER}:{NUMBER}"):
    """Excludes it from training and statistics."""

    name, accept = "drop", False


class AcceptPage(NumberedButton, template=rf"accept-page:{NUMBER}:{NUMBER}:{NUMBER}"):
    """Accepts what a page shows: from its newest feedback to its oldest, and nothing that came later."""

    name = "accept-page"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Accept them, and show what is next."""
        await require_admin(interaction, "feedback")
        oldest, person = self.more
        by = interaction.user.id
        count = await services(interaction).store.feedback.accept_all(
            interaction.guild_id, newest=self.number, oldest=oldest, by=by, user=person or None
        )
        await _show_after(interaction, self.number, person)
        await record(interaction, actions.feedback_accepted(by, count))


class OldReview(NumberedButton, template=rf"(?:accept|drop|queue):{NUMBER}"):
    """A button of a queue that version 0.1 showed, whose pages had another order."""

    name = "queue"

    async def pressed(self, interaction: discord.Interaction[Any]) -> None:
        """Say what to do instead. Raises OldReviewError."""
        await require_admin(interaction, "feedback")
        raise OldReviewError("These buttons are from an older version of me. Use `/feedback` to review what is left.")


async def _show_after(interaction: discord.Interaction[Any], number: int, person: int) -> None:
    """Show the page that now begins, or goes on, where some feedback was."""
    shared, server = services(interaction), interaction.guild_id
    newer = await shared.store.feedback.queued(server, user=person or None, after=number)
    reply, view = await page_of_queue(shared, server, newer // PER_PAGE + 1, person)
    await interaction.response.edit_message(content=reply.text, embeds=reply.embeds, view=view)


async def page_of_queue(
    shared: Services, server: int | None, page: int, person: int = EVERYBODY
) -> tuple[Reply, ui.View | None]:
    """A page of the queue, or the nearest one that exists, and its buttons."""
    store, user = shared.store.feedback, person or None
    count = await store.queued(server, user=user)
    pages = pages_of(count, PER_PAGE)
    page = nearest(page, pages)
    first = (page - 1) * PER_PAGE
    waiting = await store.queue(server, user=user, limit=PER_PAGE, offset=first)
    videos = [given.answer.video for given in waiting if given.answer.video]
    thumbnails = {video: thumbnail_url(shared.settings.youtube.thumbnails_url, video) for video in videos}
    buttons: list[NumberedButton] = []
    for row, given in enumerate(waiting):
        number = first + row + 1
        buttons += [
            Accept(
                given.id, person, label=_("Accept {number}", number=number), style=discord.ButtonStyle.success, row=row
            ),
            Drop(given.id, person, label=_("Drop {number}", number=number), row=row),
        ]
    buttons += turner(QueuePage, page, pages, person, row=PER_PAGE)
    if len(waiting) > 1:
        numbers = waiting[0].id, waiting[-1].id, person
        buttons.append(AcceptPage(*numbers, label=_("Accept Page"), style=discord.ButtonStyle.success, row=PER_PAGE))
    reply = queue_page(
        waiting, titles(shared.engine.channels(server)), thumbnails, first=first + 1, count=count, person=user
    )
    return reply, view_of(buttons)
