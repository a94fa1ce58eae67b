"""Routes of application commands: global ones and those of one guild."""

from bot.sandbox.discord.checks import check_command_permissions
from bot.sandbox.discord.errors import ApiError
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.rest import Answer, Call, Route
from bot.sandbox.discord.state import State
from bot.sandbox.discord.values import Guild


def _scope(state: State, call: Call) -> int | None:
    if call.id("application_id") != state.application.id:
        raise ApiError(50001)
    return state.world.guild(call.id("guild_id")).id if "guild_id" in call.params else None


async def commands(state: State, call: Call) -> Answer:
    """Get all commands of the scope."""
    return 200, state.commands.all(_scope(state, call))


async def overwrite(state: State, call: Call) -> Answer:
    """Replace all commands of the scope."""
    return 200, state.commands.overwrite(_scope(state, call), call.form)


async def create(state: State, call: Call) -> Answer:
    """Create a command."""
    command, new = state.commands.create(_scope(state, call), call.form)
    return 201 if new else 200, command


async def command(state: State, call: Call) -> Answer:
    """Get a command."""
    return 200, state.commands.get(_scope(state, call), call.id("command_id"))


async def delete(state: State, call: Call) -> Answer:
    """Delete a command."""
    state.commands.delete(_scope(state, call), call.id("command_id"))
    return 204, None


async def guild_permissions(state: State, call: Call) -> Answer:
    """Get who may use which command in a guild."""
    return 200, state.commands.permissions.all(_guild(state, call))


async def permissions(state: State, call: Call) -> Answer:
    """Get who may use a command in a guild."""
    found = state.commands.permissions.of(_guild(state, call), call.id("command_id"))
    if found is None:
        raise ApiError(10066)
    return 200, found


async def set_permissions(state: State, call: Call) -> Answer:
    """Set who may use a command, or all commands, in a guild; with the token of somebody who manages it."""
    guild, target = _guild(state, call), call.id("command_id")
    if call.user is None:
        raise ApiError(20001)
    held = state.world.guild_permissions(call.user, guild)
    if not (held & Permission.MANAGE_GUILD and held & Permission.MANAGE_ROLES):
        raise ApiError(50013)
    if target != state.application.id:
        known = (*state.commands.all(None), *state.commands.all(guild.id))
        if str(target) not in {command["id"] for command in known}:
            raise ApiError(10063)
    check_command_permissions(call.form)
    return 200, state.commands.permissions.set(guild, target, call.form["permissions"])


def _guild(state: State, call: Call) -> Guild:
    scope = _scope(state, call)
    if scope is None or state.world.guild(scope).member(state.bot.id) is None:
        raise ApiError(50001)
    return state.world.guild(scope)


SCOPES = ("/applications/{application_id}/commands", "/applications/{application_id}/guilds/{guild_id}/commands")
GUILD = SCOPES[1]
ROUTES = (
    Route("GET", GUILD + "/permissions", guild_permissions),
    Route("GET", GUILD + "/{command_id}/permissions", permissions),
    Route("PUT", GUILD + "/{command_id}/permissions", set_permissions, personal=True),
    *(
        route
        for scope in SCOPES
        for route in (
            Route("GET", scope, commands),
            Route("PUT", scope, overwrite),
            Route("POST", scope, create),
            Route("GET", scope + "/{command_id}", command),
            Route("DELETE", scope + "/{command_id}", delete),
        )
    ),
)
