"""Who may use which command in a guild: what its admins choose on the Integrations page of the server settings."""

from collections.abc import Iterable, Sequence

from bot.sandbox.discord.feed import Event
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.values import Channel, Guild, Json, User
from bot.sandbox.discord.world import World

ROLE, USER, CHANNEL = 1, 2, 3
"""What an overwrite is about."""


class CommandPermissions:
    """Overwrites of a guild, by the id of a command, or by the application's for all its commands."""

    def __init__(self, world: World, application_id: int) -> None:
        self._world = world
        self._application_id = application_id
        self._overwrites: dict[int, dict[int, list[Json]]] = {}

    def all(self, guild: Guild) -> list[Json]:
        """The overwrites of a guild."""
        return [self._payload(guild, target) for target in self._overwrites.get(guild.id, {})]

    def of(self, guild: Guild, target: int) -> Json | None:
        """The overwrites of a command or the application; None if there are none."""
        return self._payload(guild, target) if target in self._overwrites.get(guild.id, {}) else None

    def set(self, guild: Guild, target: int, overwrites: Sequence[Json]) -> Json:
        """Replace the overwrites of a command or the application."""
        chosen = [{"id": str(it["id"]), "type": it["type"], "permission": it["permission"]} for it in overwrites]
        self._overwrites.setdefault(guild.id, {})[target] = chosen
        payload = self._payload(guild, target)
        if not chosen:
            del self._overwrites[guild.id][target]
        self._world.feed.publish(Event("COMMANDS_UPDATE", guild=guild))
        return payload

    def permit(self, command: Json, user: User, channel: Channel, held: int) -> bool:
        """Whether a member with the permissions `held` may use a command in a guild's channel.

        Administrators always may. A command's own overwrites take precedence over those of the application, an
        overwrite for a member over those for roles, and one for a channel over that for all channels. What no
        overwrite of the command grants needs the permissions that the command asks for by default.
        """
        guild = self._world.guild_of(channel)
        member = None if guild is None else guild.member(user.id)
        if guild is None or member is None:
            return False
        if held & Permission.ADMINISTRATOR:
            return True
        stored = self._overwrites.get(guild.id, {})
        own, general = (stored.get(target, []) for target in (int(command["id"]), self._application_id))
        place = channel.parent_id or channel.id
        places = [_decision(it, CHANNEL, [[place], [guild.id - 1]]) for it in (own, general)]
        if next((it for it in places if it is not None), True) is False:
            return False
        by_command, by_application = (_about(it, user.id, member.role_ids, guild.id) for it in (own, general))
        if by_command is not None:
            return by_command
        needed = command["default_member_permissions"]
        return by_application is not False and (needed is None or _has(held, int(needed)))

    def _payload(self, guild: Guild, target: int) -> Json:
        return {
            "id": str(target),
            "application_id": str(self._application_id),
            "guild_id": str(guild.id),
            "permissions": self._overwrites[guild.id][target],
        }


def _about(overwrites: Sequence[Json], user: int, roles: Iterable[int], everyone: int) -> bool | None:
    """What overwrites say about a member: their own one, else those of their roles, else that of @everyone."""
    own = _decision(overwrites, USER, [[user]])
    return _decision(overwrites, ROLE, [roles, [everyone]]) if own is None else own


def _decision(overwrites: Sequence[Json], kind: int, layers: Iterable[Iterable[int]]) -> bool | None:
    """What the overwrites of one kind say: the first layer that has any decides, and one that allows is enough."""
    for ids in layers:
        wanted = {str(it) for it in ids}
        found = [it["permission"] for it in overwrites if it["type"] == kind and it["id"] in wanted]
        if found:
            return any(found)
    return None


def _has(held: int, needed: int) -> bool:
    """Whether a member has all permissions that a command needs; 0 means that only administrators can run it."""
    return needed != 0 and held & needed == needed
