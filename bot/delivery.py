"""Delivery: the one way in which a reply reaches Discord, whoever asked for it."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import discord
import stamina

from bot.faults import ACKNOWLEDGED, CANNOT_REPLY, Fate, fate
from bot.replies.message import Reply

PATIENT_ATTEMPTS: Final = 12
"""Within some 8 minutes."""

Send = Callable[..., Awaitable[Any]]
"""The `send` of a channel, a context or a follow-up."""


async def deliver(
    send: Send,
    reply: Reply,
    *,
    to: discord.Message | discord.PartialMessage | None = None,
    **options: Any,  # noqa: ANN401 - of `send`
) -> Any:  # noqa: ANN401 - the message that `send` returns
    """Send a reply, as an answer `to` a message where Discord allows that.

    Raises what `send` raises; see `bot.faults` for what becomes of it.
    """
    if to is not None:
        reference = to.to_reference(fail_if_not_exists=False)
        try:
            return await _send(send, reply, reference=reference, **options)
        except discord.HTTPException as error:
            if error.code != CANNOT_REPLY:
                raise
    return await _send(send, reply, **options)


async def respond(interaction: discord.Interaction[Any], reply: Reply, **options: Any) -> None:  # noqa: ANN401 - of `send`
    """Answer an interaction; follow up if it has been acknowledged, even if only Discord knows that."""
    if not interaction.response.is_done():
        try:
            await deliver(interaction.response.send_message, reply, **options)
        except discord.HTTPException as error:
            if error.code != ACKNOWLEDGED:
                raise
        else:
            return
    await deliver(interaction.followup.send, reply, **options)


async def deliver_patiently(
    send: Send,
    reply: Reply,
    *,
    to: discord.PartialMessage | None = None,
    **options: Any,  # noqa: ANN401 - of `send`
) -> None:
    """Send a reply that nobody can ask for again, such as a report; goes on trying while Discord has problems."""
    async for attempt in stamina.retry_context(
        on=lambda error: fate(error) is Fate.RETRY,
        attempts=PATIENT_ATTEMPTS,
        timeout=None,
        wait_initial=1.0,
        wait_max=90.0,
        wait_jitter=1.0,
    ):
        with attempt:
            await deliver(send, reply, to=to, **options)


async def _send(send: Send, reply: Reply, **options: Any) -> Any:  # noqa: ANN401
    contents = {"embeds": list(reply.embeds), "files": reply.files()}
    return await send(reply.text, **{name: it for name, it in contents.items() if it}, **options)
