"""GuardedCommands: the commands that Discord itself refuses to those who may not use them."""

from collections.abc import Iterable

from discord.app_commands import AppCommand


class GuardedCommands:
    """The commands of admins as Discord has them: it decides by each server's Integrations page who may use them.

    Empty until Discord has said so: it may still have commands of an earlier version, which everybody can use.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def update(self, known: Iterable[AppCommand]) -> None:
        """Learn Discord's commands."""
        self._ids = {command.name: command.id for command in known if command.default_member_permissions is not None}

    def id_of(self, name: str) -> int | None:
        """The id of a guarded command, by the first word of its name; None if Discord does not guard it."""
        return self._ids.get(name.split(" ", 1)[0])
