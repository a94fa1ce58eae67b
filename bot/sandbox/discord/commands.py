"""The bot's application commands: global ones and those of single guilds."""

from bot.sandbox.discord.checks import check_command, check_commands
from bot.sandbox.discord.command_permissions import CommandPermissions
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.installs import ContextType, Owners, context_of, owners_of
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Channel, Json, Parsed, User
from bot.sandbox.discord.world import World

DEFAULTS: Json = {
    "type": 1,
    "description": "",
    "default_member_permissions": None,
    "dm_permission": True,
    "nsfw": False,
    "contexts": None,
    "integration_types": [0],
    "name_localizations": None,
    "description_localizations": None,
}
Scope = int | None


class Commands:
    """Commands by scope: a guild's id, or None for global ones."""

    def __init__(self, world: World, application_id: int) -> None:
        self._world = world
        self._application_id = application_id
        self.permissions = CommandPermissions(world, application_id)
        self._scopes: dict[Scope, list[Json]] = {}

    def all(self, scope: Scope) -> list[Json]:
        """The commands of one scope."""
        return self._scopes.get(scope, [])

    def overwrite(self, scope: Scope, forms: Parsed) -> list[Json]:
        """Replace all commands of the scope. Raises ApiError 50035."""
        check_commands(forms)
        self._scopes[scope] = [self._stored(scope, form) for form in forms]
        self._world.feed.publish(Event("COMMANDS_UPDATE"))
        return self._scopes[scope]

    def create(self, scope: Scope, form: Parsed) -> tuple[Json, bool]:
        """Create a command, or replace the one with its name and type; returns it and whether it is new.

        Raises ApiError 50035.
        """
        check_command(form)
        stored = self._stored(scope, form)
        others = [c for c in self.all(scope) if (c["name"], c["type"]) != (stored["name"], stored["type"])]
        new = len(others) == len(self.all(scope))
        self._scopes[scope] = [*others, stored]
        self._world.feed.publish(Event("COMMANDS_UPDATE"))
        return stored, new

    def get(self, scope: Scope, command_id: int) -> Json:
        """One command. Raises ApiError 10063."""
        for command in self.all(scope):
            if command["id"] == str(command_id):
                return command
        raise ApiError(10063)

    def delete(self, scope: Scope, command_id: int) -> None:
        """Delete one command. Raises ApiError 10063."""
        self._scopes[scope].remove(self.get(scope, command_id))
        self._world.feed.publish(Event("COMMANDS_UPDATE"))

    def offered(self, user: User, channel: Channel) -> list[Json]:
        """The commands that a user can run in a channel; a guild's command hides a global one of the same name.

        Where the bot is not, there are only those that the user has installed.
        """
        held = self._world.permissions(user, channel)
        if not held & Permission.USE_APPLICATION_COMMANDS:
            return []
        found: dict[tuple[str, int], Json] = {}
        for scope in dict.fromkeys((channel.guild_id, None)):
            for command in self.all(scope):
                found.setdefault((command["name"], command["type"]), command)
        context = context_of(channel, self._application_id)
        return [
            command
            for command in found.values()
            if self.owners(command, user, channel)
            and _is_for(command, context)
            and (context != ContextType.GUILD or self.permissions.permit(command, user, channel, held))
        ]

    def owners(self, command: Json, user: User, channel: Channel) -> Owners:
        """Who lets a user run a command (or what an interaction contains of it) in a channel."""
        everywhere = (*self.all(channel.guild_id), *self.all(None))
        types = next(stored["integration_types"] for stored in everywhere if stored["id"] == command["id"])
        return owners_of(self._world, user, channel, self._application_id, types)

    def _stored(self, scope: Scope, form: Json) -> Json:
        known = {(c["name"], c["type"]): c["id"] for c in self.all(scope)}
        kind = form.get("type") or 1
        stored = DEFAULTS | {key: value for key, value in form.items() if value is not None}
        permissions = stored["default_member_permissions"]
        stored |= {
            "type": kind,
            "id": known.get((form["name"], kind)) or str(self._world.new_id()),
            "application_id": str(self._application_id),
            "version": str(self._world.new_id()),
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        return stored if scope is None else stored | {"guild_id": str(scope)}


def _is_for(command: Json, context: ContextType) -> bool:
    """Whether a command is offered in a kind of place."""
    usual = [ContextType.GUILD, ContextType.BOT_DM] if command["dm_permission"] else [ContextType.GUILD]
    return context in (usual if command["contexts"] is None else command["contexts"])
