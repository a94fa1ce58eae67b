"""Discord's permissions, by the names that its clients show."""

from collections.abc import Iterable
from typing import Final

from bot.languages import gettext, gettext_noop

_NAMES: Final = {
    "add_reactions": gettext_noop("Add Reactions"),
    "attach_files": gettext_noop("Attach Files"),
    "embed_links": gettext_noop("Embed Links"),
    "manage_guild": gettext_noop("Manage Server"),
    "read_message_history": gettext_noop("Read Message History"),
    "send_messages": gettext_noop("Send Messages"),
    "send_messages_in_threads": gettext_noop("Send Messages in Threads"),
    "view_channel": gettext_noop("View Channel"),
}


def permission_name(permission: str) -> str:
    """What people call a permission, by its name for code."""
    if permission in _NAMES:
        return gettext(_NAMES[permission])
    return permission.replace("guild", "server").replace("_", " ").title()


def lacking(channel: int, permissions: Iterable[str]) -> str:
    """Which permissions the bot lacks in a channel of Discord's, by their names for code."""
    return gettext(
        "I'm missing permissions in {channel}: {permissions}.",
        channel=f"<#{channel}>",
        permissions=", ".join(map(permission_name, permissions)),
    )
